"""Who may do what, as a page of the manual?"""

from typing import Any

from django.core.management.base import BaseCommand

from triage.management import permissions_page


class Command(BaseCommand):
    """Print the permission table; asks no database."""

    help = "Print docs/permissions.md, generated from the permission table."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the page."""
        self.stdout.write(permissions_page.render(), ending="")
