"""What does each kind of provider promise, as a table of the manual?"""

from typing import Any

from django.core.management.base import BaseCommand

from deliveries.channels import promises


class Command(BaseCommand):
    """Print the table of providers; asks no database."""

    help = "Print the table of docs/channels.md, generated from providers.json."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        self.stdout.write(promises.table(), ending="")
