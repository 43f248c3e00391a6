"""What do the fields of a delivery or feedback report say, wherever they stand?

Source: RFC 3464 and RFC 6533 (delivery), RFC 5965 (feedback), RFC 8098 (disposition).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from deliveries.readers.mail.reading import RecipientStatus

MOST_RECIPIENTS = 50
LONGEST_DIAGNOSTIC = 2000  # characters

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{2,40})[ \t]{0,4}:[ \t]{0,8}(.{0,2000})")
_TYPE = re.compile(r"[A-Za-z0-9._+-]{1,40}\s{0,4};\s{0,8}")
_CODE = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?![\w.])")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533, 3

_OF_MAIL = frozenset(
    {"reporting-mta", "received-from-mta", "arrival-date", "original-envelope-id"}
    | {"dsn-gateway", "reporting-ua", "mdn-gateway", "disposition"}
)
_OF_RECIPIENT = frozenset(
    {"final-recipient", "original-recipient", "action", "status", "remote-mta"}
    | {"diagnostic-code", "last-attempt-date", "will-retry-until", "final-log-id"}
    | {"x-actual-recipient", "x-display-name", "x-supplementary-info"}
    | {"localized-reason"}
)
_OF_FEEDBACK = frozenset(
    {"feedback-type", "user-agent", "version", "original-mail-from", "source-ip"}
    | {"original-rcpt-to", "reported-domain", "authentication-results", "incidents"}
    | {"auth-failure", "delivery-result", "reported-uri", "abuse-type"}
)
_KNOWN = _OF_MAIL | _OF_RECIPIENT | _OF_FEEDBACK
# Fields that no letter of a person opens a line with by chance.
_CERTAIN = frozenset(
    {"final-recipient", "original-recipient", "reporting-mta", "diagnostic-code"}
    | {"feedback-type", "disposition"}
)


@dataclass(slots=True)
class Report:
    """The fields of a report; ``rest`` are the lines around it."""

    fields: dict[str, str] = field(default_factory=dict)
    recipients: list[dict[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def extend(self, other: "Report") -> None:
        """Take over what another part of the mail said."""
        for name, value in other.fields.items():
            self.fields.setdefault(name, value)
        self.recipients += other.recipients[: MOST_RECIPIENTS - len(self.recipients)]

    def statuses(self) -> tuple[RecipientStatus, ...]:
        """Return what is said about each recipient, in order."""
        return tuple(_status(each) for each in self.recipients)


def read(text: str) -> Report:
    """Take the fields of a report out of a text; a text without any is all rest."""
    report = Report()
    lines = text.split("\n")
    if not any(_named(line) in _CERTAIN for line in lines):
        # A report may hold the outcome alone: Action and Status without an address.
        names = {_named(line) for line in lines}
        if not {"action", "status"} <= names:
            report.rest = lines
            return report
    current: dict[str, str] | None = None
    last: tuple[dict[str, str], str] | None = None
    blank = False
    for line in lines:
        name = _named(line)
        if name in _OF_RECIPIENT:
            if current is None or _begins(name, current, after_blank=blank):
                current = {}
                if len(report.recipients) < MOST_RECIPIENTS:
                    report.recipients.append(current)
            last = _set(current, name, line)
        elif name in _KNOWN or name.startswith("x-"):
            last = _set(report.fields, name, line)
        elif not line.strip():
            report.rest.append("")
            last = None
        elif last and (line[0] in " \t" or last[1] == "diagnostic-code"):
            _continue(*last, line)
        else:
            last = None
            report.rest.append(line)
        blank = not line.strip()
    return report


def _named(line: str) -> str:
    found = _FIELD.match(line)
    return found[1].lower() if found else ""


def _begins(name: str, current: dict[str, str], *, after_blank: bool) -> bool:
    """Whether a field opens the report of another recipient."""
    if name in ("final-recipient", "original-recipient"):
        return name in current
    return after_blank and name in ("action", "status") and name in current


def _set(target: dict[str, str], name: str, line: str) -> tuple[dict[str, str], str]:
    found = _FIELD.match(line)
    target.setdefault(name, found[2].strip() if found else "")
    return target, name


def _continue(target: dict[str, str], name: str, line: str) -> None:
    if len(target[name]) < LONGEST_DIAGNOSTIC:
        # A line that is not indented was not folded, but is a line of its own.
        joint = " " if line[0] in " \t" else "\n"
        target[name] += joint + line.strip()[:LONGEST_DIAGNOSTIC]


def _status(fields: dict[str, str]) -> RecipientStatus:
    code = _CODE.search(fields.get("status", ""))
    address = fields.get("final-recipient") or fields.get("original-recipient", "")
    action = fields.get("action", "").lower().split()
    return RecipientStatus(
        address=_plain(untyped(address)).strip("<> "),
        action=action[0].strip(";.,()") if action else "",
        enhanced_code=code[0] if code else "",
        diagnostic=_plain(untyped(fields.get("diagnostic-code", ""))),
        remote_mta=untyped(fields.get("remote-mta", "")),
    )


def untyped(value: str) -> str:
    """``smtp; 550 no`` without its type."""
    found = _TYPE.match(value)
    return (value[found.end() :] if found else value).strip()


def _plain(value: str) -> str:
    return _ESCAPED.sub(_sign, value) if "\\x{" in value else value


def _sign(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    valid = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if valid else "\ufffd"


def found_in(texts: Iterable[str]) -> tuple[Report, list[str]]:
    """Read the reports of several texts as one; return what stands beside them."""
    whole = Report()
    rest = []
    for text in texts:
        report = read(text)
        whole.extend(report)
        rest.append("\n".join(report.rest))
    return whole, rest
