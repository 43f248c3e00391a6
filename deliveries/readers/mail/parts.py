"""Of which messages and parts is a mail made? Found in one pass, whatever it holds.

Nothing is decoded here, and attachments are never opened. The structure is scanned
instead of parsed, because bounces quote broken mail and hostile mail nests without end.
"""

import re
from dataclasses import dataclass, field

from deliveries.readers.mail import headers
from deliveries.readers.mail.headers import Headers
from deliveries.readers.mail.reading import Fault

LONGEST_MAIL = 1024 * 1024  # bytes looked at; a notice stands before what it quotes
MOST_PARTS = 200
DEEPEST = 10  # parts inside parts; forwarded bounces of real life reach five
FARTHEST_BORDER = 64 * 1024  # bytes in which a border that is not named is looked for
LONGEST_BORDER = 200  # characters; RFC 2046, 5.1.1 allows 70

_GUESSED_BORDER = re.compile(
    rb"(?:^|\n)--([^\n]{1,200})\n{1,2}(?=[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z]{2,20}:)"
)
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(slots=True)
class Part:
    """A part that holds no others; ``body`` is still in its transfer encoding."""

    media_type: str
    headers: Headers
    body: bytes
    preamble: bool = False  # for programs that do not know MIME (RFC 2046, 5.1.1)


@dataclass(slots=True)
class Message:
    """A mail, or one inside another, with its own parts in order."""

    headers: Headers
    depth: int = 0
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Mail:
    """The outer message first, then those it holds, and what was wrong."""

    messages: list[Message]
    faults: list[Fault]


@dataclass(slots=True)
class _Border:
    """An open multipart: its border and the message that its parts belong to."""

    name: bytes
    message: Message


class _Scanner:
    """Goes through a mail once, from the top."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.messages: list[Message] = []
        self.faults: list[Fault] = []
        self.open: list[_Border] = []
        self.count = 0

    def scan(self) -> Mail:
        """Read entity after entity until the end or a bound."""
        at: int | None = self._start()
        message: Message | None = None
        depth = 0
        while at is not None:
            if self.count >= MOST_PARTS:
                self._note(Fault.TOO_MANY_PARTS)
                break
            self.count += 1
            found, body = headers.read(self.raw, at)
            if found.cut:
                self._note(Fault.LONG_HEADERS)
            if message is None:
                message = Message(found, depth)
                self.messages.append(message)
            media_type = found.media_type()
            if media_type in _MESSAGES and not _encoded(found):
                depth = message.depth + 1
                if depth > DEEPEST:
                    self._note(Fault.TOO_DEEP)
                    break
                message, at = None, self._past_blank(body)
            else:
                at, message = self._entity(message, media_type, found, body)
        return Mail(self.messages, self.faults)

    def _entity(
        self, message: Message, media_type: str, found: Headers, body: int
    ) -> tuple[int | None, Message]:
        """Read one part; return where the next begins and whose part it is."""
        preamble = False
        if media_type.startswith("multipart/"):
            if name := self._border(found, body):
                if len(self.open) >= DEEPEST:
                    self._note(Fault.TOO_DEEP)
                    return None, message
                self.open.append(_Border(name, message))
                preamble = True
            media_type = "text/plain"
        end, after = self._next(body)
        message.parts.append(
            Part(media_type or "text/plain", found, self.raw[body:end], preamble)
        )
        if after is None:
            return None, message
        return after, self.open[-1].message

    def _border(self, found: Headers, body: int) -> bytes:
        """Return the border that the body uses, named or not; nothing for none."""
        name = found.parameter("boundary")[:LONGEST_BORDER].rstrip()
        named = name.encode("utf-8", "surrogateescape")
        if named and self._at_line(b"--" + named, body) >= 0:
            return named
        self._note(Fault.NO_BOUNDARY)
        guessed = _GUESSED_BORDER.search(
            self.raw, max(0, body - 1), body + FARTHEST_BORDER
        )
        return guessed[1].rstrip() if guessed else b""

    def _at_line(self, words: bytes, start: int) -> int:
        """Find a line that begins so; -1 for none."""
        if self.raw.startswith(words, start):
            return start
        return self.raw.find(b"\n" + words, max(0, start - 1))

    def _next(self, start: int) -> tuple[int, int | None]:
        """Return where a part ends and where the next begins, if there is one."""
        by_name = {border.name: at for at, border in enumerate(self.open)}
        end: int | None = None
        at = self._at_line(b"--", start) if by_name else -1
        while at >= 0:
            first = at if self.raw[at : at + 1] == b"-" else at + 1
            stop = self.raw.find(b"\n", first)
            stop = len(self.raw) if stop < 0 else stop
            line = self.raw[first + 2 : min(stop, first + LONGEST_BORDER + 8)].rstrip()
            name, closes = (
                (line, False) if line in by_name else (line.removesuffix(b"--"), True)
            )
            if name in by_name:
                end = first if end is None else end
                depth = by_name[name]
                del self.open[depth + (not closes) :]
                if not closes:
                    return end, min(stop + 1, len(self.raw))
                by_name = {border.name: i for i, border in enumerate(self.open)}
                if not by_name:
                    return end, None
            at = self.raw.find(b"\n--", stop)
        return (len(self.raw) if end is None else end), None

    def _start(self) -> int:
        """Skip what mailboxes put before a mail."""
        at = self._past_blank(3 if self.raw.startswith(b"\xef\xbb\xbf") else 0)
        while self.raw.startswith((b"From ", b">From "), at):
            stop = self.raw.find(b"\n", at)
            at = len(self.raw) if stop < 0 else stop + 1
        return at

    def _past_blank(self, at: int) -> int:
        while self.raw.startswith(b"\n", at):
            at += 1
        return at

    def _note(self, fault: Fault) -> None:
        if fault not in self.faults:
            self.faults.append(fault)


def _encoded(found: Headers) -> bool:
    how = found.first("content-transfer-encoding").strip().lower()
    return how in ("base64", "quoted-printable")


def split(raw: bytes) -> Mail:
    """Split the first megabyte of a mail; any bytes will do, line ends of any kind."""
    cut = len(raw) > LONGEST_MAIL
    raw = raw[:LONGEST_MAIL].replace(b"\x00", b"")
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    mail = _Scanner(raw).scan()
    if cut:
        mail.faults.insert(0, Fault.CUT)
    if not raw.strip():
        mail.faults.append(Fault.EMPTY)
    elif not mail.messages[0].headers.fields:
        mail.faults.append(Fault.NO_HEADERS)
    return mail
