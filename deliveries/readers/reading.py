"""In which form does a reader hand over what it found in an answer?"""

from dataclasses import dataclass
from enum import StrEnum

# An answer says what it has to say early; the rest is quoted mail or a stack trace.
LONGEST_ANSWER = 20_000  # characters
MOST_CODES = 24


class CodeKind(StrEnum):
    """Which table explains a code?"""

    SMTP = "smtp"  # RFC 5321, 4.2: three digits
    ENHANCED = "enhanced"  # RFC 3463: class.subject.detail
    HTTP = "http"  # RFC 9110, 15
    PROVIDER = "provider"  # the provider's own documentation


class Place(StrEnum):
    """Where a code stood."""

    ANSWER = "answer"
    PROVIDER_CODE = "provider_code"
    ENHANCED_CODE = "enhanced_code"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was written.

    ``start`` and ``end`` count characters in the raw answer; None for a code that was
    given beside it. ``times`` says how often the same code stood there, ``field`` in
    which field: its letters, in lower case, or nothing.
    """

    kind: CodeKind
    value: str
    start: int | None = None
    end: int | None = None
    place: Place = Place.ANSWER
    times: int = 1
    field: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer holds: codes in the order of reading, the words, a wished wait.

    ``text`` is the part meant for people on one line; ``retry_after_s`` is in seconds.
    """

    codes: tuple[Code, ...]
    text: str
    retry_after_s: int | None = None
