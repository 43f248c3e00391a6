"""What does a provider's answer over HTTP settle?

Only proof counts. An acceptance is a success status with what the provider documents
beside it; a success status with a body that says neither yes nor no is unclear.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from deliveries import outbound
from deliveries.channels.base import Reply, ReplyKind
from deliveries.channels.mask import Mask
from deliveries.models import EvidenceLevel
from deliveries.outbound import RefusedReason, UnclearReason

LONGEST_WAIT_S = 366 * 24 * 3600  # fits the column, and means "not soon" anyway
HEADER = "header:"  # how a pointer says that it means a header
ANY = "*"

SEALED = "sealed"
UNREADABLE = "unreadable_answer"
CONTENT_MISSING = "content.missing"
CONTENT_MALFORMED = "content.malformed"
ADDRESS_MISSING = "address.missing"
ADDRESS_MALFORMED = "address.malformed"
SETTINGS_MISSING = "settings.missing"
SETTINGS_MALFORMED = "settings.malformed"
SECRETS_MISSING = "secrets.missing"
SECRETS_MALFORMED = "secrets.malformed"
# What diagnosis reads when something broke before there was a whole answer.
WORDS: dict[str, str] = {
    SEALED: "What was sealed can no longer be opened.",
    CONTENT_MISSING: "What the message says was not handed over, so it was not sent.",
    CONTENT_MALFORMED: "What the message says does not fit the channel.",
    ADDRESS_MISSING: "The message has no address on this channel.",
    ADDRESS_MALFORMED: "The address is not one of this channel.",
    SETTINGS_MISSING: "A setting of the provider is missing.",
    SETTINGS_MALFORMED: "A setting of the provider cannot be used.",
    SECRETS_MISSING: "A credential of the provider is missing.",
    SECRETS_MALFORMED: "A credential of the provider cannot be used.",
    UNREADABLE: "The provider's answer says neither yes nor no.",
    RefusedReason.BAD_REQUEST: "The provider's address or token cannot be used.",
    RefusedReason.FORBIDDEN_ADDRESS: "The provider's address is not public.",
    RefusedReason.DNS_FAILED: "Temporary failure in name resolution.",
    RefusedReason.CONNECTION_REFUSED: "Connection refused.",
    RefusedReason.CONNECT_TIMEOUT: "Connection timed out.",
    RefusedReason.TLS_FAILED: "TLS handshake failed.",
    RefusedReason.NO_HTTP2: "The provider needs HTTP/2, which is not installed here.",
    UnclearReason.TIMEOUT: "Timed out waiting for the answer.",
    UnclearReason.CONNECTION_RESET: "Connection reset before an answer.",
    UnclearReason.HALF_ANSWER: "Connection closed in the middle of the answer.",
}
_CODE = re.compile(r"[\w.:/+-]{1,64}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,200}")
_STATUSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Form:
    """Where an answer says what; pointers are those of RFC 6901, with ``*`` for each.

    ``proof`` maps a pointer to the value that a success has there, ``*`` for any.
    ``names`` point to the provider's name for the message, ``codes`` and ``subcodes``
    to what is wrong, ``waits`` to a wait in seconds; the first that is there counts.
    What stands at one of ``but`` turns a success into a refusal. ``already`` are
    statuses that mean "taken the first time", ``unclear`` codes that leave it open,
    ``busy`` codes that speak of the provider rather than of the message, ``stale``
    codes and statuses after which an access token is of no use.
    """

    proof: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    subcodes: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer, looked at through its form."""

    answer: outbound.Answer
    form: Form
    body: object

    @property
    def succeeded(self) -> bool:
        """Whether status and proof say yes, and nothing beside them says no."""
        if str(self.answer.status) in self.form.already:
            return True
        if self.answer.status not in _STATUSES or self.first(self.form.but):
            return False
        return all(
            (found := self.first((pointer,))) and value in (ANY, found)
            for pointer, value in self.form.proof.items()
        )

    @property
    def code(self) -> str:
        """What is wrong, in the provider's own code; empty if it gives none."""
        if code := self.first(self.form.codes):
            proven = self.answer.status in _STATUSES and code in self._successes
            if not proven:
                return code
        for pointer in self.form.but:
            if self.first((pointer,)):
                return pointer.rpartition("/")[2]
        return ""

    @property
    def fault(self) -> bool:
        """Whether a refusal speaks of the provider: busy, broken, not letting us in."""
        status = self.answer.status
        return (
            status == 429 or status >= 500 or self.code in self.form.busy or self.stale
        )

    @property
    def stale(self) -> bool:
        """Whether the access token is of no use any more."""
        return bool({self.code, str(self.answer.status)} & {*self.form.stale})

    def first(self, pointers: tuple[str, ...]) -> str:
        """Return the first scalar that a pointer leads to, as text."""
        for pointer in pointers:
            if pointer.startswith(HEADER):
                found = self.answer.headers.get(pointer.removeprefix(HEADER), "")
            else:
                found = _scalar(self.body, pointer.split("/")[1:])
            if found:
                return found
        return ""

    @property
    def _successes(self) -> set[str]:
        return {self.form.proof.get(pointer, "") for pointer in self.form.codes}


def look(answer: outbound.Answer, form: Form) -> Reading:
    """Read the body as JSON, if it is that."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    return Reading(answer, form, body)


def reply(
    result: outbound.Result,
    form: Form,
    mask: Mask,
    *,
    level: EvidenceLevel,
    now: datetime,
) -> Reply:
    """Say what a call settles; ``level`` is what an acceptance is worth."""
    if isinstance(result, outbound.Refused):
        return broken(ReplyKind.REFUSED, result.reason)
    if isinstance(result, outbound.Unclear):
        if result.answer is None:
            return broken(ReplyKind.UNCLEAR, result.reason)
        return _told(ReplyKind.UNCLEAR, look(result.answer, form), mask)
    reading = look(result, form)
    if reading.succeeded:
        return _told(ReplyKind.ACCEPTED, reading, mask, level=level)
    if reading.code in form.unclear and reading.code:
        return _told(ReplyKind.UNCLEAR, reading, mask)
    if result.status in _STATUSES and not reading.code:
        return _told(ReplyKind.UNCLEAR, reading, mask, code=UNREADABLE)
    return _told(ReplyKind.REFUSED, reading, mask, wait=_wait_s(reading, now))


def broken(kind: ReplyKind, reason: str) -> Reply:
    """Say that there is no answer, and why."""
    return Reply(kind, reply_code=reason, raw_answer=WORDS[reason])


def _told(
    kind: ReplyKind,
    reading: Reading,
    mask: Mask,
    *,
    level: EvidenceLevel = EvidenceLevel.NONE,
    wait: int | None = None,
    code: str = "",
) -> Reply:
    answer = reading.answer
    accepted = kind is ReplyKind.ACCEPTED
    said = code or ("" if accepted else _clean(reading.code, _CODE, mask))
    subcode = "" if accepted else reading.first(reading.form.subcodes)
    name = reading.first(reading.form.names)
    return Reply(
        kind,
        level=level,
        reply_code=said or str(answer.status),
        enhanced_code=_clean(subcode, _CODE, mask),
        raw_answer=mask(answer.text.strip() or f"HTTP {answer.status}"),
        retry_after_s=wait,
        provider_ref=_clean(name, _REFERENCE, mask) if accepted else "",
        fault=reading.fault if kind is ReplyKind.REFUSED else None,
    )


def _clean(text: str, shape: re.Pattern[str], mask: Mask) -> str:
    """Return a code or reference, or nothing if it is neither or repeats a secret."""
    return text if shape.fullmatch(text) and mask.hides_nothing(text) else ""


def clean_code(text: str, mask: Mask) -> str:
    """Return a code, or nothing if it is none or repeats what we gave."""
    return _clean(text, _CODE, mask)


def value(body: object, pointer: str) -> object:
    """Return whatever a pointer of names leads to; None if nothing is there."""
    for step in pointer.split("/")[1:]:
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def _scalar(body: object, steps: list[str]) -> str:
    """Follow a pointer to a text, number or truth; empty for anything else."""
    if not steps:
        if isinstance(body, bool):
            return str(body).lower()
        return str(body) if isinstance(body, str | int | float) else ""
    step, rest = steps[0], steps[1:]
    if isinstance(body, Mapping):
        return _scalar(body.get(step), rest)
    if isinstance(body, list):
        chosen = (
            body if step == ANY else body[int(step) :][:1] if step.isdecimal() else []
        )
        return next(filter(None, (_scalar(each, rest) for each in chosen)), "")
    return ""


def _wait_s(reading: Reading, now: datetime) -> int | None:
    told = reading.first(reading.form.waits)
    headers = {"retry-after": told} if told else reading.answer.headers
    return retry_after_s(headers, now)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3) in either form, as seconds from now.

    Names in ``headers`` are in lower case. A time that has passed is 0; what is
    neither seconds nor a date is ignored.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        # More digits than the longest wait has need not be read as a number.
        seconds = int(value) if len(value) < 10 else LONGEST_WAIT_S
        return min(seconds, LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    # "-0000" in a date means UTC of unknown local zone: RFC 5322, 3.3.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, min(round((at - now).total_seconds()), LONGEST_WAIT_S))
