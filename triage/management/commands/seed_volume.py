"""How is the desk filled with very many tickets, so that it can be measured?"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from triage.demo import volume
from triage.models import FailureReport

MOST = 5_000_000


class Command(BaseCommand):
    """``seed_volume --tickets N [--into-existing]``."""

    help = "Add a year of N tickets with reports, events and words in both languages."
    action = "account.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe how many, and into what."""
        parser.add_argument("--tickets", type=int, required=True, metavar="N")
        parser.add_argument(
            "--into-existing",
            action="store_true",
            help="add them beside reports that are there; slower",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill an empty desk, or another one if asked to."""
        tickets = options["tickets"]
        if not 1 <= tickets <= MOST:
            raise CommandError(f"Name a number of tickets from 1 to {MOST:,}.")
        existing = FailureReport.objects.exists()
        if existing and not options["into_existing"]:
            raise CommandError(
                "There are reports here already, which this would drown. Name another"
                " database, or add --into-existing if that is what you want."
            )
        began = time.monotonic()

        def tell(done: int) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(f"{done:,} tickets, {time.monotonic() - began:.0f} s")

        made = volume.seed(tickets, timezone.now(), quickly=not existing, tell=tell)
        if options["verbosity"]:
            seconds = time.monotonic() - began
            self.stdout.write(
                f"{made.tickets:,} tickets, {made.rows:,} rows, {seconds:.0f} s"
            )
