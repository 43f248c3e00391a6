"""Is every sentence in both languages? Updates, checks and compiles the catalogue."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from triage import catalogue


class Command(BaseCommand):
    """Needs no database and no services."""

    help = "Update the Chinese catalogue; --check reports faults, --compile compiles."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own type)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to check or to compile instead of updating."""
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--compile", action="store_true", dest="compile_only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one thing that was asked."""
        if options["compile_only"]:
            catalogue.compile_catalogue()
        elif options["check"]:
            faults = catalogue.faults()
            if faults:
                raise CommandError("\n".join(faults))
            self.stdout.write("The catalogue is complete.")
        else:
            added, gone = catalogue.update()
            self.stdout.write(f"{added} added, {gone} dropped")
