"""How is the whole product started with one command?"""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.stack import StackError
from triage.supervisor import programs
from triage.supervisor.start import Plan, up


class Command(BaseCommand):
    """Start the embedded servers, the web server and the workers; stop with Ctrl-C."""

    help = "Start everything: PostgreSQL, Valkey, web server and workers."
    # They need the database, which this command starts.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--demo", action="store_true", help="with a small world and live traffic"
        )
        parser.add_argument("--var", metavar="DIR", help="where all state is kept")
        parser.add_argument("--host", default="127.0.0.1", help="address to bind to")
        parser.add_argument("--port", type=int, default=8000, help="port to bind to")
        parser.add_argument(
            "--workers",
            type=int,
            default=programs.default_web_workers(),
            help="web workers; one for each core by default",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes; exit status 1 if a child had to be given up."""
        if options["demo"] and not settings.DEBUG:
            raise CommandError(
                "--demo makes accounts with known passwords and refuses to run with"
                " DEBUG off."
            )
        if options["workers"] < 1:
            raise CommandError("--workers must be at least 1.")
        _use_folder(options["var"])
        plan = Plan(
            host=options["host"],
            port=options["port"],
            web_workers=options["workers"],
            demo=options["demo"],
        )
        try:
            status = up(plan)
        except StackError as error:
            raise CommandError(str(error)) from error
        sys.exit(status)


def _use_folder(var: str | None) -> None:
    """Start anew under the folder of ``--var``: settings were read before it."""
    if var is None or Path(var).resolve() == Path(settings.UNDELIVERED_VAR).resolve():
        return
    os.environ["UNDELIVERED_VAR"] = str(Path(var).resolve())
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
