"""How are articles brought in from a folder or a ZIP of Markdown files?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from knowledgebase import importing
from knowledgebase.front_matter import Unreadable
from knowledgebase.search import words

FAULTS_SHOWN = 50


class Command(BaseCommand):
    """``import_articles PATH [--publish] [--dry-run]``, or ``--starter``."""

    help = (
        "Import articles from a folder or ZIP of Markdown files with front matter, as"
        " drafts or published. Safe to repeat: unchanged texts make no version."
    )
    action = "article.publish"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe where the files are and what becomes of them."""
        parser.add_argument("path", nargs="?", type=Path, help="a folder, .zip or .md")
        parser.add_argument(
            "--starter", action="store_true", help="the articles of the product"
        )
        parser.add_argument(
            "--publish", action="store_true", help="publish at once, without review"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen, write nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import everything or nothing; name every fault by file and line."""
        path: Path | None = options["path"]
        if (path is None) != options["starter"]:
            raise CommandError("Name a folder, a ZIP or a file, or say --starter.")
        try:
            outcome = self._import(
                path, publish=options["publish"], dry=options["dry_run"]
            )
        except Unreadable as error:
            shown = [str(each) for each in error.faults[:FAULTS_SHOWN]]
            left = len(error.faults) - len(shown)
            more = [f"and {left} more"] if left else []
            raise CommandError(
                "\n".join([*shown, *more, "Nothing is imported."])
            ) from error
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{would}new {outcome.new}, changed {outcome.newer},"
            f" unchanged {outcome.same}, left to people {outcome.left}"
        )

    def _import(
        self, path: Path | None, *, publish: bool, dry: bool
    ) -> importing.Outcome:
        now = timezone.now()
        with transaction.atomic():
            if path is None:
                outcome = importing.import_starter(now)
            else:
                found = importing.pages(path)
                outcome = importing.import_pages(found, now=now, publish=publish)
            transaction.set_rollback(dry)
        if not dry:
            words.refresh()
        return outcome
