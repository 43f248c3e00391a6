"""What is the cause of each failure in a file? Needs neither database nor services.

Each line of the input is a JSON object, see ``triage/diagnosis/cases.py``; each line of
the output holds ``id``, ``category``, ``confidence``, ``auto_retry``, ``ms`` and
``evidence``. A line that holds no failure is answered with ``id``, ``line``, ``error``.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from deliveries.readers import LONGEST_MAIL, read_mail
from triage.diagnosis import cases, engine
from triage.diagnosis.cases import BadLine, Line
from triage.diagnosis.evidence import Bundle, Evidence, Finding
from triage.management.progress import Progress

STANDARD = Path("-")


class Command(BaseCommand):
    """``diagnose --input F.jsonl --output G.jsonl [--mails DIR]``."""

    help = "Diagnose the failures of a JSONL file, without a database."
    action = "site.open"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the files; ``-`` is standard input or output."""
        parser.add_argument(
            "--input", type=Path, required=True, help="one object a line"
        )
        parser.add_argument(
            "--output", type=Path, required=True, help="one answer a line"
        )
        parser.add_argument("--mails", type=Path, help="the folder of the whole mails")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line, and say at the end how many held no failure."""
        mails: Path | None = options["mails"]
        if mails is not None and not mails.is_dir():
            raise CommandError(f"There is no folder {mails}.")
        lines = _lines(options["input"])
        bar = Progress(self.stderr, "diagnosing", len(lines))
        # The rules are read once; the first failure should not pay for it.
        engine.diagnose(Evidence("email", "", "", ""))
        bad = 0
        with _opened(options["output"]) as out:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    answer = answered(line, number, mails)
                    bad += "error" in answer
                    out.write(json.dumps(answer, ensure_ascii=True) + "\n")
                bar.show(number)
        bar.close()
        if bad:
            self.stderr.write(f"{bad} lines held no failure; their answers say why.")


def answered(line: bytes, number: int, mails: Path | None) -> dict[str, Any]:
    """Diagnose one line; one that holds no failure gets an answer that says why."""
    # The time that this failure takes on one core, whatever else runs on it.
    started = time.process_time()
    try:
        told, _ = cases.parse(line)
        evidence = _with_mail(told, mails) if told.mail else told.evidence
    except BadLine as error:
        return {"id": error.id, "line": number, "error": str(error)}
    verdict = engine.diagnose(evidence)
    first = verdict.findings[0]
    return {
        "id": told.id,
        "category": first.category,
        "confidence": round(first.confidence, 4),
        "auto_retry": verdict.auto_retry,
        "ms": round(1000 * (time.process_time() - started), 3),
        "evidence": list(_reasons(first, evidence)),
    }


def _with_mail(told: Line, mails: Path | None) -> Evidence:
    """Return the evidence of a whole mail, or of the raw answer where one is given.

    On known failures the answer that somebody cut out of a mail tells more than the
    mail; its kind is known from the mail alone. Raises ``BadLine``.
    """
    evidence = told.evidence
    try:
        reading = read_mail(_mail(told, mails))
    except BadLine:
        # A name that leaves the folder is refused, whatever else the line holds.
        if evidence.answer.strip() and not _leaves(told.mail, mails):
            return evidence
        raise
    evidence = replace(evidence, kind=str(reading.kind))
    if evidence.answer.strip():
        return evidence
    return replace(
        evidence,
        answer=reading.answer,
        provider_code=evidence.provider_code or reading.smtp_code,
        enhanced_code=evidence.enhanced_code or reading.enhanced_code,
    )


def _mail(told: Line, mails: Path | None) -> bytes:
    if mails is None:
        raise BadLine("names a mail, but --mails names no folder", told.id)
    if _leaves(told.mail, mails):
        raise BadLine("names a mail outside the folder of mails", told.id)
    # A name may begin with the folder itself, as when the file lies beside it.
    parts = Path(told.mail).parts
    for name in (Path(*parts[at:]) for at in range(len(parts))):
        try:
            with (mails / name).open("rb") as file:
                return file.read(LONGEST_MAIL + 1)
        except (OSError, ValueError):
            continue
    raise BadLine("names a mail that cannot be read", told.id)


def _leaves(name: str, mails: Path | None) -> bool:
    """Whether a name leads out of the folder, also over a link."""
    if mails is None:
        return False
    try:
        return not (mails / name).resolve().is_relative_to(mails.resolve())
    except (OSError, ValueError, RuntimeError):
        return False  # no such file can be opened either


def _reasons(first: Finding, evidence: Evidence) -> Iterator[dict[str, Any]]:
    for reason in first.speaks_for:
        told: dict[str, Any] = {
            "rule": reason.rule,
            "start": reason.start,
            "end": reason.end,
        }
        if reason.bundle == Bundle.ANSWER and reason.start is not None:
            told["text"] = evidence.answer[reason.start : reason.end]
        yield told


def _lines(path: Path) -> list[bytes]:
    if path == STANDARD:
        return sys.stdin.buffer.read().split(b"\n")
    try:
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """Open a file that is whole or not there at all; ``-`` is standard output."""
    if path == STANDARD:
        yield sys.stdout
        return
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as out:
            yield out
        beside.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from error
