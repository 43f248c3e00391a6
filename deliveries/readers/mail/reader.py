"""What does a whole mail say about the failure of another?

Bounces of any form, delay notices, complaints, automatic replies and reports of
success, in any charset, also forwarded or broken. Nothing in a mail makes it raise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deliveries.readers import smtp
from deliveries.readers.mail import kinds, notice, original, parts, statuses, texts
from deliveries.readers.mail.parts import Mail, Message, Part
from deliveries.readers.mail.reading import (
    Fault,
    MailKind,
    MailReading,
    RecipientStatus,
)
from deliveries.readers.reading import CodeKind

LONGEST_SUBJECT = 200  # characters
MOST_TEXT_PARTS = 12  # of one message that are decoded
MOST_DIAGNOSTICS = 10
LONGEST_LOOK = 8000  # characters that may tell a delay from a failure

_REPORTS = frozenset(
    {"message/delivery-status", "message/global-delivery-status"}
    | {"message/feedback-report", "message/disposition-notification"}
    | {"message/global-disposition-notification", "message/delivery-status-report"}
)
_ORIGINALS = frozenset(
    {"text/rfc822-headers", "text/rfc822-header", "message/global-headers"}
    | {"message/rfc822-headers", "message/rfc822", "message/global", "message/partial"}
    | {"text/rfc822", "message/external-body"}
)
_NOT_WORDS = frozenset(
    {"text/calendar", "text/css", "text/csv", "text/vcard", "text/x-vcard", "text/xml"}
)
# "Returned mail: User unknown", but not "Undeliverable: <the original's subject>".
_REASON_IN_SUBJECT = re.compile(
    r"(?:returned mail|(?:mail )?delivery (?:failure|error)|mail error)\s{0,3}[:-]"
    r"\s{0,3}(?!see transcript|return)(.{3,})",
    re.IGNORECASE,
)
_GENERIC = re.compile(r"[245]\.0\.0")


@dataclass(frozen=True, slots=True)
class _Told:
    """What one message of a mail tells."""

    kind: MailKind
    report: statuses.Report
    recipients: tuple[RecipientStatus, ...]
    lines: Sequence[str]
    subject: str
    quoted: str = ""


def read_mail(raw: bytes) -> MailReading:
    """Read the first megabyte of a mail; any bytes will do.

    Takes time in proportion to that and a few times its memory. A mail that tells
    nothing itself but holds one that does is read as that one.
    """
    mail = parts.split(raw)
    told, answer = _most_telling(mail)
    failed = _failed(told)
    if not answer and told.kind is not MailKind.DELAY:
        answer = _spare(told.subject, notice.all_of(told.lines))
    smtp_code, enhanced = _codes(failed, answer)
    return MailReading(
        kind=told.kind,
        answer=answer,
        smtp_code=smtp_code,
        enhanced_code=enhanced,
        recipients=told.recipients,
        reporting_mta=statuses.untyped(told.report.fields.get("reporting-mta", "")),
        remote_mta=next((each.remote_mta for each in failed if each.remote_mta), ""),
        subject=told.subject,
        faults=tuple(dict.fromkeys(mail.faults)),
    )


def _answer(told: _Told) -> str:
    diagnostics = [each.diagnostic for each in _failed(told) if each.diagnostic]
    return notice.arranged(
        diagnostics[:MOST_DIAGNOSTICS], told.lines, waits=told.kind is MailKind.DELAY
    )


def _spare(subject: str, lines: str) -> str:
    """What is said where the notice leaves the reason out: its subject may give it."""
    reason = _REASON_IN_SUBJECT.match(subject)
    said = f"{reason[1] if reason else ''}\n{lines}".strip()
    return said or subject


def _most_telling(mail: Mail) -> tuple[_Told, str]:
    """The first message that tells of another, and its words.

    A bounce that only passes on a bounce says no more than that it failed: then the
    one inside is read.
    """
    waiting = list(reversed(mail.messages))
    outer = _tell(waiting.pop(), mail.faults)
    waiting = [*_quoted(outer), *waiting]
    best = outer, _answer(outer)
    while waiting and not _suffices(*best):
        told = _tell(waiting.pop(), mail.faults)
        answer = _answer(told)
        if best[0].kind is MailKind.OTHER or _suffices(told, answer):
            best = (told, answer) if told.kind is not MailKind.OTHER else best
    return best


def _suffices(told: _Told, answer: str) -> bool:
    """Whether a message says something that one inside it could not say better."""
    if told.kind is MailKind.BOUNCE:
        return notice.quotes(answer)
    return told.kind is not MailKind.OTHER


def _quoted(told: _Told) -> list[Message]:
    """The mail that a text quotes as it came."""
    if not told.quoted.strip():
        return []
    return parts.split(told.quoted.encode("utf-8", "replace")).messages[:1]


def _tell(message: Message, faults: list[Fault]) -> _Told:
    subject = " ".join(message.headers.text("subject")[:LONGEST_SUBJECT].split())
    reported, spoken = _texts(message.parts, faults)
    forwarded = kinds.is_forwarded(subject)
    report, beside = statuses.found_in(reported)
    lines: list[str] = []
    quoted = ""
    for text in spoken:
        own, rest = _own_lines(text, forwarded=forwarded, first=not lines)
        quoted = quoted or "\n".join(rest)
        found = statuses.read("\n".join(own))
        report.extend(found)
        lines += ["", *found.rest]
    lines += [line for text in beside for line in text.split("\n")]
    recipients = report.statuses()
    kind = kinds.of_mail(
        message.headers, subject, report, recipients, "\n".join(lines)[:LONGEST_LOOK]
    )
    return _Told(kind, report, recipients, lines, subject, quoted)


def _own_lines(
    text: str, *, forwarded: bool, first: bool
) -> tuple[list[str], list[str]]:
    """The lines of a notice, and those of the mail that it quotes.

    A text that is all quoted says so only beside another.
    """
    lines = text.split("\n")
    if forwarded:
        return [line.lstrip("> ") if line[:1] == ">" else line for line in lines], []
    end = original.begins(lines)
    if first and not any(line.strip() for line in lines[:end]):
        return lines, []
    return lines[:end], lines[end:]


def _texts(found: Sequence[Part], faults: list[Fault]) -> tuple[list[str], list[str]]:
    """The texts of reports, then those for people, each in order."""
    kinds_of_text: dict[str, list[str]] = {"report": [], "plain": [], "html": []}
    kinds_of_text |= {"preamble": [], "attached": []}
    for part in found:
        kind = _kind_of_text(part)
        if not kind or sum(map(len, kinds_of_text.values())) >= MOST_TEXT_PARTS:
            continue
        text, wrong = texts.text_of(part)
        faults += wrong
        if text.strip():
            kinds_of_text[kind].append(text)
    reports = kinds_of_text["report"]
    spoken = kinds_of_text["plain"] or kinds_of_text["html"]
    attached = kinds_of_text["attached"]
    if spoken:
        # An attached text is the original, or a report under a wrong name.
        reports += [text for text in attached if statuses.read(text).recipients]
        return reports, spoken
    # A preamble is for programs without MIME; it counts where nothing else speaks.
    return reports, attached or ([] if reports else kinds_of_text["preamble"])


def _kind_of_text(part: Part) -> str:
    """Say what a part is read as; nothing for one that is not opened."""
    media_type = part.media_type
    if media_type in _REPORTS:
        return "report"
    if media_type in _ORIGINALS or media_type in _NOT_WORDS:
        return ""
    if part.preamble:
        return "preamble"
    if not media_type.startswith("text/") and "/" in media_type:
        return ""
    if part.headers.first("content-disposition").lower().startswith("attachment"):
        return "attached"
    return "html" if media_type == "text/html" else "plain"


def _failed(told: _Told) -> list[RecipientStatus]:
    """The recipients that the mail is about, those that failed first."""
    worst = [each for each in told.recipients if each.action.startswith("fail")]
    return worst or list(told.recipients)


def _codes(failed: Sequence[RecipientStatus], answer: str) -> tuple[str, str]:
    """The reply code and the enhanced code of the first failed recipient.

    The server's own words come before the field that the reporting system filled in;
    a status that only repeats the class says less than any other.
    """
    own = failed[0].diagnostic if failed else ""
    given = failed[0].enhanced_code if failed else ""
    smtp_code, enhanced = _coded(own if notice.tells(own) else answer)
    if given and (not enhanced or _GENERIC.fullmatch(enhanced)):
        enhanced = given if not enhanced or not _GENERIC.fullmatch(given) else enhanced
    return smtp_code, enhanced


def _coded(words: str) -> tuple[str, str]:
    found = smtp.ENHANCED.search(words)
    codes = [code for code in smtp.codes(words) if code.kind is CodeKind.SMTP]
    first = min(
        [code for code in codes if code.value[0] != "2"],
        key=lambda code: code.start or 0,
        default=None,
    )
    return first.value if first else "", found[0] if found else ""
