"""What is said to a relay, and what does each end of the dialogue prove?

The one way out besides :mod:`deliveries.outbound`, under the same rules: addresses are
checked when connecting, one clock runs over the whole, nothing goes out without TLS.
Up to the data nothing was taken; from their first byte to the answer it is open.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult

from django.conf import settings

from deliveries import outbound
from deliveries.outbound import RefusedReason, UnclearReason

TOTAL_S = 15.0  # relays look into a mail before they answer; a lease lasts 60 s
CLOCK_S = 0.05  # a wait may end so much before its time
REPLY_BYTES = 16 * 1024
PORTS = {"smtp": 587, "smtps": 465}
READY, GO_AHEAD = 220, 354
YES, REPLIES = range(200, 300), range(200, 600)


class Stage(StrEnum):
    """What a dialogue that breaks off here proves to be the matter."""

    NAMING = RefusedReason.DNS_FAILED
    CHECKING = RefusedReason.FORBIDDEN_ADDRESS
    CONNECTING = RefusedReason.CONNECTION_REFUSED
    WAITING = RefusedReason.CONNECT_TIMEOUT
    SECURING = RefusedReason.TLS_FAILED
    ENTERING = "secrets.malformed"
    TALKING = UnclearReason.CONNECTION_RESET
    DATA = UnclearReason.HALF_ANSWER


@dataclass(frozen=True, slots=True)
class Mail:
    """Everything that is said in one dialogue."""

    relay: SplitResult
    helo: str
    authority: str
    user: str
    password: str = field(repr=False)
    return_path: str
    to: str = field(repr=False)
    body: bytes = field(repr=False)


class Lines:
    """The replies of a relay, line by line, under the clock of the dialogue."""

    def __init__(self, dialogue: "Dialogue", line: socket.socket) -> None:
        self._dialogue = dialogue
        self._line = line
        self.rest = b""
        self.reply = b""

    def readline(self, limit: int) -> bytes:
        """Return a line with its end, or what there is of it (called by smtplib)."""
        while b"\n" not in self.rest and len(self.rest) < limit:
            self._line.settimeout(self._dialogue.left())
            received = self._line.recv(4096)
            if not received:
                break
            self.rest += received
        end = self.rest.find(b"\n") + 1 or limit
        line, self.rest = self.rest[:end], self.rest[end:]
        self.reply += line
        if len(self.reply) > REPLY_BYTES:
            raise OSError("a reply without end")
        return line

    def close(self) -> None:
        """Nothing to close: the socket is the dialogue's."""


class Broken(Exception):
    """A dialogue came to no answer; ``reason`` and ``open`` say what that proves."""

    def __init__(self, reason: str, *, may_be_taken: bool) -> None:
        super().__init__(reason)
        self.reason = str(reason)
        self.may_be_taken = may_be_taken


class Dialogue(smtplib.SMTP):
    """One dialogue (RFC 5321) with a relay over TLS (RFC 3207 or RFC 8314, 3.3)."""

    file: Any  # of smtplib, where it is a file

    def __init__(self, mail: Mail) -> None:
        super().__init__(local_hostname=mail.helo)
        self.stage = Stage.NAMING
        self.lines: Lines | None = None
        self.about_mail = False  # whether a no concerns this mail, not the relay
        self._mail = mail
        self._host = mail.relay.hostname or ""  # whose certificate is asked for
        self._deadline = time.monotonic() + TOTAL_S

    @property
    def heard(self) -> str:
        """The last reply as it came."""
        raw = self.lines.reply if self.lines else b""
        return raw.decode("utf-8", "replace").replace("\0", "\ufffd").strip()

    def left(self) -> float:
        """Return the seconds that are left; raises ``TimeoutError`` if none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time of the dialogue is over")
        return left

    def hand_over(self) -> bool:
        """Say the mail; False when the relay refused, which :attr:`heard` tells.

        Raises :class:`Broken`.
        """
        try:
            return self._greet() and self._announce() and self._give()
        except smtplib.SMTPResponseException as error:
            if self.stage is Stage.DATA:
                raise self._broken() from error
            return False
        except smtplib.SMTPServerDisconnected as error:
            if self.stage is Stage.ENTERING:
                self.stage = Stage.TALKING
            raise self._broken() from error
        except (OSError, LookupError, ValueError) as error:
            raise self._broken() from error
        finally:
            self.close()

    def _greet(self) -> bool:
        relay = self._mail.relay
        code, _ = self.connect(self._host, relay.port or PORTS[relay.scheme])
        if code != READY:
            return False
        self.ehlo_or_helo_if_needed()
        if relay.scheme == "smtp":
            self._secure()
        if self._mail.user:
            self.stage = Stage.ENTERING
            self.login(self._mail.user, self._mail.password)
            self.stage = Stage.TALKING
        return True

    def _announce(self) -> bool:
        if self.mail(self._mail.return_path)[0] not in YES:
            return False
        self.about_mail = True
        if self.rcpt(self._mail.to)[0] not in YES:
            return False
        self.about_mail = False
        return self.docmd("DATA")[0] == GO_AHEAD

    def _give(self) -> bool:
        self.stage, self.about_mail = Stage.DATA, True
        if self.lines:
            self.lines.reply = b""
        # A line that begins with a dot gets a second one: RFC 5321, 4.5.2.
        self.send(re.sub(rb"(?m)^\.", b"..", self._mail.body.rstrip(b"\r\n")))
        self.send(b"\r\n.\r\n")
        code, _ = self.getreply()
        if code not in REPLIES:
            raise OSError("words that are no reply")
        with contextlib.suppress(OSError):
            self.send(b"QUIT\r\n")
        return code in YES

    def _secure(self) -> None:
        if not self.has_extn("starttls"):
            self.stage = Stage.SECURING
            raise OSError("nothing is said in the open")
        code, words = self.docmd("STARTTLS")
        if code != READY:
            raise smtplib.SMTPResponseException(code, words)
        if self.lines and self.lines.rest:
            # Somebody on the way put words before the handshake: RFC 3207, 5.
            self.stage = Stage.SECURING
            raise ssl.SSLError("words before the handshake")
        if self.sock is None:
            raise OSError("hung up")
        self.sock = self._wrapped(self.sock)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.ehlo_or_helo_if_needed()

    def _wrapped(self, line: socket.socket) -> ssl.SSLSocket:
        self.stage = Stage.SECURING
        if self._mail.authority:
            context = ssl.create_default_context(cadata=self._mail.authority)
        else:
            context = outbound.authorities("smtp")
        line.settimeout(min(self.left(), outbound.CONNECT_S))
        secured = context.wrap_socket(line, server_hostname=self._host)
        self.stage = Stage.TALKING
        return secured

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect to an address that was checked (called by smtplib)."""
        self.stage = Stage.NAMING
        found = outbound.addresses_of(host, min(self.left(), outbound.CONNECT_S))
        self.stage = Stage.CHECKING
        if not settings.OUTBOUND_ALLOW_PRIVATE and not all(
            map(outbound.is_public, found)
        ):
            raise OSError("an address that is never called")
        self.stage = Stage.CONNECTING
        line = self._first_open(found, port)
        if self._mail.relay.scheme == "smtps":
            return self._wrapped(line)
        self.stage = Stage.TALKING
        return line

    def _first_open(self, found: list[str], port: int) -> socket.socket:
        last: OSError = OSError("no address")
        for address in found:
            wait = min(self.left(), outbound.CONNECT_S)
            try:
                return socket.create_connection((address, port), wait)
            except TimeoutError as error:
                self.stage, last = Stage.WAITING, error
            except OSError as error:
                self.stage, last = Stage.CONNECTING, error
        raise last

    def send(self, s: Any) -> None:
        """Send within the time that is left (called by smtplib)."""
        if self.sock:
            self.sock.settimeout(self.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply, and keep it as it came (called by smtplib)."""
        if self.file is None and self.sock is not None:
            self.file = self.lines = Lines(self, self.sock)
        if self.lines:
            self.lines.reply = b""
        return super().getreply()

    def _broken(self) -> Broken:
        late = time.monotonic() >= self._deadline - CLOCK_S
        if self.stage is Stage.DATA:
            silent = UnclearReason.TIMEOUT if late else UnclearReason.CONNECTION_RESET
            partly = self.lines is not None and (self.lines.reply or self.lines.rest)
            reason = UnclearReason.HALF_ANSWER if partly else silent
            return Broken(reason, may_be_taken=True)
        if self.stage is Stage.TALKING and late:
            return Broken(UnclearReason.TIMEOUT, may_be_taken=False)
        return Broken(self.stage, may_be_taken=False)
