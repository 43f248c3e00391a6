"""How does the demo world come to be, and how is it kept alive?"""

import random
import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from triage.demo import ACCOUNTS, traffic, world


class Command(BaseCommand):
    """``demo [--live]``."""

    help = "Fill the database with a small believable world; --live lets it go on."
    action = "account.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the one choice."""
        parser.add_argument(
            "--live",
            action="store_true",
            help="deliver as the demo's provider and let messages fail, until SIGTERM",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Build the world; with ``--live``, run its traffic until asked to stop."""
        if not settings.DEBUG:
            raise CommandError(
                "The demo makes accounts with known passwords and refuses to run with"
                " DEBUG off."
            )
        world.build(timezone.now())
        if options["live"]:
            stop = Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            traffic.run(stop, random.Random())  # noqa: S311  # of made-up people
        elif options["verbosity"]:
            for name, password, role in ACCOUNTS:
                self.stdout.write(f"log in as {name} with {password} ({role})")
