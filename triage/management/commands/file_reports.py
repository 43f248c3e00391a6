"""How are failures in a file reported the way a client would, and followed to rest?

Each line of the file is a JSON object with ``channel``, ``provider``, ``raw``,
``smtp_code`` and ``enhanced_status``; a folder holds mails (``.eml``). The last line on
standard output is ``filed N, final N, waiting N, lost N``.
"""

import json
import secrets
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deliveries.models import ApiKey, Scope, Source, issue_key
from triage import stack
from triage.management import reported
from triage.management.progress import Progress
from triage.management.reported import BadPiece, Piece
from triage.management.rest_client import GaveUp, RestClient
from triage.models import ReportState
from triage.supervisor import lock

REPORTS = "/api/v1/reports/"
LOCAL_URL = "http://127.0.0.1:8000"
SOURCE = "import"
LOST_AFTER_S = 60.0  # a report that is not diagnosed by then counts as lost
POLL_S = 1.0
FAULTS_SHOWN = 20

UNSETTLED = (ReportState.RECEIVED, ReportState.DIAGNOSED)
WAITING = (ReportState.TICKETED, ReportState.REPAIRING)


@dataclass(slots=True)
class Filing:
    """What became of the pieces; ``states`` holds each report's state by its id."""

    pieces: int = 0
    bad: int = 0
    states: dict[str, str] = field(default_factory=dict)
    since: str = ""  # when the first was received, by the server's clock

    @property
    def unsettled(self) -> int:
        """How many reports are neither final nor waiting."""
        return sum(state in UNSETTLED for state in self.states.values())

    @property
    def lost(self) -> int:
        """How many pieces came to nothing although nothing was wrong with them."""
        return self.unsettled + self.pieces - self.bad - len(self.states)

    def __str__(self) -> str:
        waiting = sum(state in WAITING for state in self.states.values())
        final = len(self.states) - waiting - self.unsettled
        return (
            f"filed {len(self.states)}, final {final}, waiting {waiting},"
            f" lost {self.lost}"
        )


class Command(BaseCommand):
    """``file_reports PATH [--url U --key K]``."""

    help = "File failures over REST, from a JSONL file or mails, until all are at rest."
    action = "key.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the file and, for another installation, its address and key."""
        parser.add_argument(
            "path", type=Path, help="a file of JSON lines, an .eml, or a folder of them"
        )
        parser.add_argument("--url", help="the installation; default: the running one")
        parser.add_argument("--key", help="an API key; default: one made for this run")

    def handle(self, *args: Any, **options: Any) -> None:
        """File, wait, sum up; exit 1 when something was lost or the server failed."""
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(f"There is no file {path}.")
        found = reported.pieces(path)
        if path.is_dir() and not found:
            raise CommandError(f"There is no .eml in {path}.")
        filing = Filing()
        with _key_for(options["key"]) as key:
            client = RestClient(options["url"] or _local_url(), key)
            try:
                self._file(found, client, filing)
                self._wait(client, filing)
            except GaveUp as error:
                self.stderr.write(str(error))
        if filing.bad:
            what = "mails" if path.is_dir() else "lines"
            self.stderr.write(f"{filing.bad} {what} could not be filed.")
        if client.server_errors:
            self.stderr.write(f"The server failed {client.server_errors} times.")
        self.stdout.write(str(filing))
        if filing.lost or client.server_errors:
            raise SystemExit(1)

    def _file(self, found: Sequence[Piece], client: RestClient, filing: Filing) -> None:
        run = secrets.token_hex(6)
        filing.pieces = len(found)
        bar = Progress(self.stderr, "filing", len(found))
        for number, piece in enumerate(found, 1):
            try:
                self._file_piece(piece, f"{run}-{number}", client, filing)
            except BadPiece as error:
                filing.bad += 1
                if filing.bad <= FAULTS_SHOWN:
                    self.stderr.write(f"{piece.name}: {error}")
            bar.show(number)
        bar.close()

    def _file_piece(
        self, piece: Piece, name: str, client: RestClient, filing: Filing
    ) -> None:
        report = {**piece.report(), "client_report_id": name}
        answer = client.post(REPORTS, report, name)
        if 400 <= answer.status < 500:
            raise BadPiece(_refusal(answer.text))
        if answer.status < 300:
            filed = json.loads(answer.body)
            filing.states[filed["id"]] = filed["state"]
            filing.since = filing.since or filed["received_at"]

    def _wait(self, client: RestClient, filing: Filing) -> None:
        """Ask until every report is at rest, or long enough."""
        bar = Progress(self.stderr, "diagnosing", len(filing.states))
        give_up = time.monotonic() + LOST_AFTER_S
        while filing.unsettled:
            for row in client.rows(REPORTS, {"created_after": filing.since}):
                if row["id"] in filing.states:
                    filing.states[row["id"]] = row["state"]
            bar.show(len(filing.states) - filing.unsettled)
            if time.monotonic() >= give_up:
                break
            if filing.unsettled:
                client.sleep(POLL_S)
        bar.close()


def _refusal(problem: str) -> str:
    """Say in one line what the API found wrong."""
    try:
        found = json.loads(problem)
        faults = [f"{each['pointer']} {each['detail']}" for each in found["errors"]]
        return " ".join(faults) or str(found["detail"])
    except (ValueError, KeyError, TypeError):
        return problem[:200]


def _local_url() -> str:
    """Where the stack over our own folder serves, else where it serves by default."""
    pid, note = lock.holder(stack.places(Path(settings.UNDELIVERED_VAR)).lock)
    return note if pid is not None and note.startswith("http") else LOCAL_URL


@contextmanager
def _key_for(given: str | None) -> Iterator[str]:
    """Lend a key: the one that was given, or one that is valid for this run alone."""
    if given:
        yield given
        return
    source, _ = Source.objects.get_or_create(slug=SOURCE, defaults={"name": "Import"})
    scopes = [Scope.REPORT_WRITE, Scope.REPORT_READ]
    row, key = issue_key(source, "file_reports", [scope.value for scope in scopes])
    try:
        yield key
    finally:
        ApiKey.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
