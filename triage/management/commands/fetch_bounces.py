r"""How do returned mails come in from a mailbox, each once?

Beside ``deliveries/outbound`` and the mail channel the only door to the network. What
was taken is marked (IMAP ``\Seen``, Maildir ``new`` to ``cur``); a mail that cannot be
fetched stays where it is and is counted. Fetching a mail again changes nothing.
"""

import imaplib
import os
import re
import socket
import ssl
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deliveries import receipts
from deliveries.models import Fate
from deliveries.outbound import addresses
from triage.management.progress import Progress

PASSWORD = "BOUNCES_PASSWORD"  # noqa: S105  (the name of a variable)
PORT = 993  # IMAP over TLS: RFC 8314, 3.2
PATIENCE_S = 30.0
LIMIT = 1000
SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")


class Unfetched(Exception):
    """A mail is there and cannot be read now; the message says why."""


class Mailbox(Protocol):
    """A place where mails lie; every mail has a name in it."""

    def names(self) -> list[str]:
        """The mails that were not taken yet, the oldest first."""

    def fetch(self, name: str) -> bytes:
        """Read a mail without marking it; raises :class:`Unfetched`."""

    def mark(self, name: str) -> None:
        """Mark a mail as taken; raises :class:`Unfetched`."""

    def close(self) -> None:
        """Let go of the mailbox."""


class Maildir:
    """A folder with ``new`` and ``cur`` in it (Maildir, D. J. Bernstein, 1995)."""

    def __init__(self, folder: Path) -> None:
        self._new, self._cur = folder / "new", folder / "cur"
        if not (self._new.is_dir() and self._cur.is_dir()):
            raise CommandError(f"{folder} is no Maildir: it lacks “new” or “cur”.")

    def names(self) -> list[str]:
        """The files of ``new``."""
        found = [each for each in self._new.iterdir() if not each.name.startswith(".")]
        return sorted(each.name for each in found)

    def fetch(self, name: str) -> bytes:
        """Read one file; what is longer than a mail may be is not read at all."""
        path = self._new / name
        try:
            if not path.is_file() or path.stat().st_size > receipts.LONGEST_MAIL:
                raise Unfetched("no file of at most 10 MB")
            return path.read_bytes()
        except OSError as error:
            raise Unfetched(type(error).__name__) from error

    def mark(self, name: str) -> None:
        """Move it to ``cur``, as seen."""
        try:
            (self._new / name).rename(self._cur / f"{name}:2,S")
        except OSError as error:
            raise Unfetched(type(error).__name__) from error

    def close(self) -> None:
        """Nothing is held."""


class _Line(imaplib.IMAP4_SSL):
    """IMAP over TLS to an address that was checked before it is connected to."""

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        found = addresses.addresses_of(self.host, PATIENCE_S)
        if not settings.OUTBOUND_ALLOW_PRIVATE:
            found = [each for each in found if addresses.is_public(each)]
        if not found:
            raise OSError("no public address")
        line = socket.create_connection((found[0], self.port), PATIENCE_S)
        believed: ssl.SSLContext = self.ssl_context
        return believed.wrap_socket(line, server_hostname=self.host)


class Imap:
    r"""A folder on a server; only mails without ``\Seen`` count."""

    def __init__(self, host: str, port: int) -> None:
        self._line = _Line(host, port, ssl_context=context(), timeout=PATIENCE_S)

    def enter(self, user: str, password: str, folder: str) -> None:
        """Log in, and choose the folder whose mails are fetched."""
        self._line.login(user, password)
        if not folder.isascii():
            raise CommandError("Give the folder as the server writes it (RFC 3501).")
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        answer, said = self._line.select(f'"{quoted}"')
        if answer != "OK":
            raise CommandError(f"The server has no folder “{folder}”: {said!r:.100}")

    def names(self) -> list[str]:
        """Their unique numbers."""
        found = self._ask("SEARCH", "UNSEEN")
        return found[0].decode("ascii", "replace").split() if found else []

    def fetch(self, name: str) -> bytes:
        """Read one and leave it unseen; one that is too long is not fetched."""
        size = _size(self._ask("FETCH", name, "(RFC822.SIZE)"))
        if size is None or size > receipts.LONGEST_MAIL:
            raise Unfetched("no mail of at most 10 MB")
        for part in self._ask("FETCH", name, "(BODY.PEEK[])"):
            if isinstance(part, tuple):
                return bytes(part[1])
        raise Unfetched("gone meanwhile")

    def mark(self, name: str) -> None:
        """Set the flag that it was seen."""
        self._ask("STORE", name, "+FLAGS.SILENT", "(\\Seen)")

    def _ask(self, command: str, *words: str) -> list[Any]:
        """Ask about one mail; a refusal is :class:`Unfetched`, a broken line is not."""
        try:
            answer, said = self._line.uid(command, *words)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Unfetched(str(error)[:100]) from error
        if answer != "OK":
            raise Unfetched(f"{said!r:.100}")
        return [each for each in said if each is not None]

    def close(self) -> None:
        """Say goodbye, if anybody listens, and hang up."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._line.logout()
        with suppress(OSError):
            self._line.shutdown()


def context() -> ssl.SSLContext:
    """Whom we believe: the authorities of the system."""
    return ssl.create_default_context()


def _size(answer: list[Any]) -> int | None:
    """The size in bytes that a server names."""
    for part in answer:
        found = SIZE.search(part) if isinstance(part, bytes) else None
        if found:
            return int(found[1])
    return None


class Command(BaseCommand):
    """``fetch_bounces --maildir PATH`` or ``--imap HOST --user NAME``."""

    help = "Take in returned mails from a Maildir or over IMAP."
    action = "provider.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the mailbox and how much of it is taken."""
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--maildir", type=Path, help="a folder with new and cur")
        place.add_argument("--imap", metavar="HOST[:PORT]", help="a server, over TLS")
        parser.add_argument("--user", help=f"at the server; password in {PASSWORD}")
        parser.add_argument("--folder", default="INBOX", help="default: INBOX")
        parser.add_argument("--limit", type=int, default=LIMIT, help=f"default {LIMIT}")
        parser.add_argument(
            "--dry-run", action="store_true", help="count, take nothing, mark nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in, mark, sum up; exit 1 when something could not be read."""
        if options["limit"] < 1:
            raise CommandError("Give a limit of at least 1.")
        try:
            mailbox = _open(options)
        except (OSError, LookupError, imaplib.IMAP4.error) as error:
            raise CommandError(f"The mailbox cannot be opened: {error}") from error
        try:
            counted = self._take(mailbox, options["limit"], dry=options["dry_run"])
        except (OSError, imaplib.IMAP4.error) as error:
            raise CommandError(f"The mailbox broke off: {error}") from error
        finally:
            mailbox.close()
        self.stdout.write(", ".join(f"{what} {n}" for what, n in counted.items()))
        if counted["left"]:
            raise SystemExit(1)

    def _take(self, mailbox: Mailbox, limit: int, *, dry: bool) -> Counter[str]:
        names = mailbox.names()
        counted = Counter({"taken": 0, "known": 0, "foreign": 0, "left": 0})
        bar = Progress(self.stderr, "fetching", min(limit, len(names)))
        for name in names:
            done = sum(counted.values()) - counted["left"]
            if done >= limit:
                break
            counted[self._take_one(mailbox, name, dry=dry)] += 1
            bar.show(done + 1)
        bar.close()
        return counted

    def _take_one(self, mailbox: Mailbox, name: str, *, dry: bool) -> str:
        try:
            raw = mailbox.fetch(name)
            if dry:
                return "taken" if receipts.tells(raw) else "foreign"
            fate = receipts.take_mail(raw, timezone.now()).fate
            receipts.count(None, fate, timezone.now())
            mailbox.mark(name)
        except Unfetched as error:
            self.stderr.write(f"{name}: {error}")
            return "left"
        return {Fate.TAKEN: "taken", Fate.KNOWN: "known"}.get(fate, "foreign")


def _open(options: dict[str, Any]) -> Mailbox:
    if options["maildir"]:
        return Maildir(options["maildir"])
    password = os.environ.get(PASSWORD, "")
    if not options["user"] or not password:
        raise CommandError(f"Give --user, and the password in the variable {PASSWORD}.")
    host, _, port = options["imap"].partition(":")
    if port and not port.isdigit():
        raise CommandError("Give the server as HOST or HOST:PORT.")
    mailbox = Imap(host, int(port or PORT))
    try:
        mailbox.enter(options["user"], password, options["folder"])
    except BaseException:
        mailbox.close()
        raise
    return mailbox
