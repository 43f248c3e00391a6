"""How does the demo world come to be, and how is it kept alive?"""

import random
import signal
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from triage.demo import ACCOUNTS, traffic, world


class Command(BaseCommand):
    """``demo [--live [--site URL]]``."""

    help = "Fill the database with a small believable world; --live lets it go on."
    action = "account.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the choices."""
        parser.add_argument(
            "--live",
            action="store_true",
            help="deliver as the demo's providers, send, and let messages fail, until"
            " SIGTERM",
        )
        parser.add_argument(
            "--site",
            default="http://127.0.0.1:8000",
            metavar="URL",
            help="where the desk takes receipts (%(default)s)",
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
            rng = random.Random()  # noqa: S311  # made-up people
            traffic.run(_until_signalled(), rng, options["site"])
        elif options["verbosity"]:
            for name, password, role in ACCOUNTS:
                self.stdout.write(f"log in as {name} with {password} ({role})")


def _until_signalled() -> Event:
    """Return an event that is set by SIGTERM or Ctrl-C."""
    stop = Event()

    def ask(*_signal: object) -> None:
        # The signal may interrupt a wait that holds the lock which set() takes.
        Thread(target=stop.set).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop
