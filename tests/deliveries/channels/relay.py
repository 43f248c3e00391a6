"""How do tests come by a mail relay that answers, breaks off or says nothing?"""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG_UP = b""  # instead of a reply
SILENCE = b"..."
OFFER = b"250-relay.example\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
REPLIES = {
    "connect": b"220 relay.example ready\r\n",
    "EHLO": OFFER,
    "STARTTLS": b"220 2.0.0 go ahead\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "MAIL": b"250 2.1.0 sender ok\r\n",
    "RCPT": b"250 2.1.5 recipient ok\r\n",
    "DATA": b"354 end with a dot\r\n",
    ".": b"250 2.0.0 Ok: queued as 4F1\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class Relay:
    """The relay of one test: ``replies`` are by command, ``.`` is the end of a mail."""

    port: int
    replies: Mapping[str, bytes] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    secured: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def heard_out(self) -> bool:
        """Whether the call has ended: a caller does not wait for the last reply."""
        return self.ended.wait(timeout=30)

    def reply(self, command: str) -> bytes:
        """What it says to a command."""
        return self.replies[command] if command in self.replies else REPLIES[command]


@contextmanager
def relay(tls: ssl.SSLContext, *, implicit: bool = False) -> Iterator[Relay]:
    """Run a relay that takes one caller."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        running = Relay(server.getsockname()[1])

        def serve() -> None:
            with contextlib.suppress(OSError):
                line, _ = server.accept()
                line.settimeout(5)
                _talk(running, line, tls, implicit=implicit)
            running.ended.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield running
        finally:
            running.over.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _talk(
    running: Relay, line: socket.socket, tls: ssl.SSLContext, *, implicit: bool
) -> None:
    with line:
        if not implicit:
            return _dialogue(running, line, tls)
        with tls.wrap_socket(line, server_side=True) as secured:
            running.secured = True
            return _dialogue(running, secured, tls)


def _dialogue(running: Relay, line: socket.socket, tls: ssl.SSLContext) -> None:
    _say(running, line, "connect")
    _commands(running, line, tls)


def _commands(running: Relay, line: socket.socket, tls: ssl.SSLContext) -> None:
    rest = b""
    while True:
        command, rest = _until(line, rest, b"\r\n")
        text = command.decode()
        running.said.append(text)
        word = text.split(" ")[0].upper()
        _say(running, line, word)
        if word == "STARTTLS" and running.reply(word).startswith(b"220"):
            with tls.wrap_socket(line, server_side=True) as secured:
                running.secured = True
                return _commands(running, secured, tls)
        if word == "DATA" and running.reply(word).startswith(b"354"):
            mail, rest = _until(line, rest, b"\r\n.\r\n")
            running.mails.append(re.sub(rb"(?m)^\.\.", b".", mail))
            _say(running, line, ".")
        elif word == "QUIT":
            return None


def _say(running: Relay, line: socket.socket, command: str) -> None:
    reply = running.reply(command)
    if reply == SILENCE:
        running.over.wait()
    if reply in (HANG_UP, SILENCE):
        raise ConnectionError("as the script says")
    line.sendall(reply)


def _until(line: socket.socket, rest: bytes, end: bytes) -> tuple[bytes, bytes]:
    while end not in rest:
        received = line.recv(4096)
        if not received:
            raise ConnectionError("the caller hung up")
        rest += received
    found, _, rest = rest.partition(end)
    return found, rest
