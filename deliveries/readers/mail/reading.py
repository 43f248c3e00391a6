"""In which form is a whole mail handed over once it has been read?"""

from dataclasses import dataclass
from enum import StrEnum

KIND = "X-Undelivered-Kind"  # of a mail that we cut ourselves, see ``excerpt``


class MailKind(StrEnum):
    """What a mail tells about an earlier one."""

    BOUNCE = "bounce"  # it will not arrive
    DELAY = "delay"  # it has not arrived yet
    DELIVERED = "delivered"  # it arrived, was passed on or opened
    AUTO_REPLY = "auto_reply"  # a program answered for its reader
    COMPLAINT = "complaint"  # its reader does not want such mail
    OTHER = "other"


class Fault(StrEnum):
    """What was wrong with a mail; it was read all the same."""

    CUT = "cut"  # longer than what is looked at
    EMPTY = "empty"
    NO_HEADERS = "no_headers"
    LONG_HEADERS = "long_headers"
    NO_BOUNDARY = "no_boundary"  # parts are promised, their border is not found
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    UNKNOWN_CHARSET = "unknown_charset"
    WRONG_CHARSET = "wrong_charset"
    BAD_ENCODING = "bad_encoding"  # not in the transfer encoding that it names


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What a delivery report says about one recipient. Source: RFC 3464, 2.3.

    ``action`` is in lower case; ``diagnostic`` are the words without their type.
    """

    address: str
    action: str
    enhanced_code: str
    diagnostic: str
    remote_mta: str


@dataclass(frozen=True, slots=True)
class MailReading:
    """What a mail says about the failure of another.

    ``answer`` holds the remote server's words for the failed recipients, then what the
    notice says beside them, without the original mail; lines end in a line feed.
    ``smtp_code`` and ``enhanced_code`` are those of the first failed recipient or
    empty. ``faults`` are in the order in which they were met.
    """

    kind: MailKind
    answer: str
    smtp_code: str
    enhanced_code: str
    recipients: tuple[RecipientStatus, ...]
    reporting_mta: str
    remote_mta: str
    subject: str
    faults: tuple[Fault, ...]
