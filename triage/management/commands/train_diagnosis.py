"""How is the diagnosis taught anew, from known failures and from the desk's own work?

It prints how many failures it learned from and how well it does on those held out, and
then writes the weights. Nothing but numbers is written.
"""

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deliveries import taxonomy
from triage.diagnosis import cases, fitted, fitting, lessons
from triage.diagnosis.cases import BadLine
from triage.diagnosis.evidence import Verdict
from triage.diagnosis.lessons import Case
from triage.management.progress import Progress
from triage.management.solved import solved_cases

DEV = Path("../shared/diagnosis/dev.jsonl")  # where a checkout has it beside itself
FEWEST = 20  # cases that can be held out at all


class Command(BaseCommand):
    """``train_diagnosis [--dev PATH] [--desk] [--output F]``."""

    help = "Teach the diagnosis from known failures and write its weights."
    action = "account.manage"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe where the failures come from and where the weights go."""
        parser.add_argument("--dev", type=Path, help=f"known failures; default: {DEV}")
        parser.add_argument(
            "--desk", action="store_true", help="learn from resolved tickets as well"
        )
        parser.add_argument(
            "--output",
            type=Path,
            default=fitted.SHIPPED,
            help="the file of weights; default: the one that is used",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Teach, judge what was held out, write; exit 1 when there is too little."""
        known = self._known(options["dev"], desk=options["desk"])
        if len(known) < FEWEST:
            raise CommandError(
                f"{len(known)} known failures are too few, {FEWEST} are needed."
                " Name a file with --dev, or use --desk when tickets are resolved."
            )
        started = time.monotonic()
        taught = list(lessons.of_rules())
        self.stdout.write(f"{len(known)} known failures, {len(taught)} lessons")
        folds = fitting.folds_by([case.evidence.provider for case in known])
        bar = Progress(self.stderr, "teaching", len(set(folds)) + 1)
        held = fitting.hold_out(known, taught, folds, lambda done, _: bar.show(done))
        result = fitting.fit(known, taught, held)
        bar.show(len(set(folds)) + 1)
        bar.close()
        self.stdout.write(_in_words(fitting.conclude(held)))
        trained = _provenance(known, len(taught))
        _write(options["output"], fitted.dumps(result, trained))
        self.stdout.write(
            f"{options['output']}: {len(result.model.rows)} features,"
            f" {time.monotonic() - started:.0f} s"
        )

    def _known(self, dev: Path | None, *, desk: bool) -> list[Case]:
        known: list[Case] = []
        if dev is not None or DEV.is_file():
            try:
                known += cases.known(dev or DEV)
            except (OSError, BadLine) as error:
                raise CommandError(f"{dev or DEV} cannot be read: {error}") from error
        if desk:
            known += solved_cases()
        return known


def _in_words(verdicts: Sequence[tuple[Case, Verdict]]) -> str:
    """Say how many of the failures held out were judged right."""
    told = [(case, verdict.findings[0]) for case, verdict in verdicts if case.accept]
    families = sum(
        first.category.partition(".")[0] in case.families
        and (first.category != taxonomy.UNKNOWN or taxonomy.UNKNOWN in case.accept)
        for case, first in told
    )
    leaves = sum(first.category in case.accept for case, first in told)
    resent = [case.retry for case, verdict in verdicts if verdict.auto_retry]
    passing = sum(case.retry == "transient" for case, _ in verdicts)
    return (
        f"held out by provider: family {families / len(told):.3f},"
        f" leaf {leaves / len(told):.3f},"
        f" false retries {resent.count('permanent')},"
        f" retry recall {resent.count('transient') / max(passing, 1):.3f}"
    )


def _provenance(known: Sequence[Case], taught: int) -> dict[str, str | int]:
    """Name what was learned from, so that two trainings can be told apart."""
    digest = hashlib.sha256()
    for case in known:
        digest.update(f"{case.evidence.digest()} {case.accept}\n".encode())
    return {
        "known_failures": len(known),
        "lessons": taught,
        "digest": digest.hexdigest()[:16],
    }


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from error
