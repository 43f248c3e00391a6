"""Is this installation fit, and if not, what cures it?"""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from triage import health
from triage.management import env_example
from triage.supervisor import programs


class Command(BaseCommand):
    """Print each check with its cure; exit status 1 if anything is not fit."""

    help = "Check database, queue store, migrations and workers, with a cure each."
    # A fault in the settings is a finding too, and --env needs no database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--env", action="store_true", help="print .env.example and check nothing"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=programs.default_web_workers(),
            help="web workers that share the database; one for each core by default",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and print, worst news with its cure below it."""
        if options["env"]:
            source = Path(settings.BASE_DIR) / "triage" / "settings.py"
            text = source.read_text(encoding="utf-8")
            self.stdout.write(env_example.render(text), ending="")
            return
        findings = health.examination(timezone.now(), options["workers"])
        for finding in findings:
            self._print(finding)
        if not all(finding.ok for finding in findings):
            sys.exit(1)

    def _print(self, finding: health.Finding) -> None:
        if finding.ok:
            self.stdout.write(f"{self.style.SUCCESS(_('fit'))}    {finding.text}")
            return
        self.stdout.write(f"{self.style.ERROR(_('fault'))}  {finding.text}")
        self.stdout.write(f"       {finding.cure}")
        for line in finding.detail.splitlines():
            self.stdout.write(f"       ({line})")
