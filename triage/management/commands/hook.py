"""How does an operator give a provider an address to report to, or close one?"""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deliveries import receipts
from deliveries.models import Dialect, HookEndpoint, Provider, Scheme, Source

SECRET = "HOOK_SECRET"  # noqa: S105  (the name of a variable)


class Command(BaseCommand):
    """``hook create|close|list``."""

    help = "Make, close and list the addresses at which providers report."
    action = "provider.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser(
            "create",
            help=f"print a new address, shown this once; its secret is in {SECRET}",
        )
        create.add_argument("dialect", choices=Dialect.values)
        create.add_argument("--provider", help="the provider, by its slug")
        create.add_argument("--source", help="only about messages of this source")
        create.add_argument(
            "--scheme", choices=Scheme.values, help="default: the best of the dialect"
        )
        close = verbs.add_parser("close", help="refuse what still comes in")
        close.add_argument("id", type=int, help="the number in the list")
        verbs.add_parser("list", help="list every address that was ever made")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        verbs = {"create": self._create, "close": self._close, "list": self._list}
        verbs[options["verb"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        provider = _row(Provider, options["provider"])
        source = _row(Source, options["source"])
        scheme = options["scheme"] or receipts.best_scheme(options["dialect"])
        secrets = os.environ.get(SECRET, "").split()
        try:
            row, token = receipts.issue(
                dialect_name=options["dialect"],
                provider=provider,
                source=source,
                proof=receipts.Proof(scheme, secrets),
            )
        except receipts.BadEndpoint as error:
            cure = f" The secret is read from the variable {SECRET}."
            raise CommandError(f"{error}{cure}") from error
        if not row.trusted:
            self.stderr.write("Unproven: evidence at most “accepted”, no suppression.")
        self.stdout.write(receipts.path_of(row, token))

    def _close(self, options: dict[str, Any]) -> None:
        rows = HookEndpoint.objects.filter(pk=options["id"], enabled=True)
        if not rows.update(enabled=False):
            raise CommandError(f"There is no open address {options['id']}.")
        self.stdout.write(f"Closed {options['id']}.")

    def _list(self, options: dict[str, Any]) -> None:
        for row in HookEndpoint.objects.select_related("provider", "source"):
            source = row.source.slug if row.source else "every source"
            state = "open" if row.enabled else "closed"
            fields = [str(row.pk), row.name, row.dialect, row.scheme, source, state]
            self.stdout.write("\t".join(fields))


def _row(model: Any, slug: str | None) -> Any:
    """Return the row of a slug, None without one."""
    if slug is None:
        return None
    row = model.objects.filter(slug=slug).first()
    if row is None:
        raise CommandError(f"There is no {model._meta.verbose_name} “{slug}”.")
    return row
