"""How do tests come by a mail server? A small one over TLS, with one folder.

It speaks as much of IMAP (RFC 3501) as a mailbox is fetched with, and keeps what it
was asked.
"""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

UID = re.compile(rb"UID (\w+) (\S+)(?: (.*))?", re.IGNORECASE)


@dataclass
class Folder:
    """Mails by their unique numbers, which of them were seen, and what is broken."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    hangs_up_after: int = 10_000
    password: str = "correct horse"


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        """Greet, then answer line by line."""
        folder = self.server.folder
        self.wfile.write(b"* OK ready\r\n")
        for line in iter(self.rfile.readline, b""):
            tag, _, command = line.strip().partition(b" ")
            if not tag:
                continue  # the line break after a literal
            folder.asked.append(command.decode())
            if len(folder.asked) > folder.hangs_up_after:
                return
            if not self._answer(tag, command, folder):
                return

    def _answer(self, tag: bytes, command: bytes, folder: Folder) -> bool:
        word = command.split()[0].upper()
        done = b"OK done"
        if word == b"CAPABILITY":
            self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif word == b"LOGIN" and folder.password.encode() not in command:
            done = b"NO wrong password"
        elif word == b"SELECT":
            if b'"INBOX"' in command:
                self.wfile.write(b"* %d EXISTS\r\n" % len(folder.mails))
            else:
                done = b"NO no such folder"
        elif word == b"UID":
            done = self._of_mails(command, folder)
        elif word == b"LOGOUT":
            self.wfile.write(b"* BYE\r\n" + tag + b" OK\r\n")
            return False
        self.wfile.write(tag + b" " + done + b"\r\n")
        return True

    def _of_mails(self, command: bytes, folder: Folder) -> bytes:
        found = UID.fullmatch(command)
        if found is None:
            return b"BAD"
        verb, name, what = found[1].upper(), found[2], found[3] or b""
        if verb == b"SEARCH":
            unseen = sorted(set(folder.mails) - folder.seen)
            self.wfile.write(b"* SEARCH " + b" ".join(b"%d" % n for n in unseen))
            self.wfile.write(b"\r\n")
            return b"OK done"
        uid = int(name)
        if uid in folder.refused:
            return b"NO try later"
        if verb == b"STORE":
            folder.seen.add(uid)
        elif b"RFC822.SIZE" in what:
            size = len(folder.mails[uid])
            self.wfile.write(b"* 1 FETCH (RFC822.SIZE %d UID %d)\r\n" % (size, uid))
        else:
            raw = folder.mails[uid]
            self.wfile.write(b"* 1 FETCH (UID %d BODY[] {%d}\r\n" % (uid, len(raw)))
            self.wfile.write(raw + b")\r\n")
        return b"OK done"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Folder, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.folder = folder
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        """Shake hands at once; a client that does not trust us is dropped."""
        line, address = super().get_request()
        line.settimeout(10)
        return self.context.wrap_socket(line, server_side=True), address


@contextmanager
def serving(folder: Folder, certificate: Path) -> Iterator[Folder]:
    """Serve a folder on this machine; its ``port`` is set."""
    with _Server(folder, certificate) as server:
        folder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield folder
        finally:
            server.shutdown()
            thread.join()
