"""How does an operator give a source a key, or take one away?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.text import slugify

from deliveries.models import ApiKey, Scope, Source, issue_key
from deliveries.models.source import KEY_MARK


class Command(BaseCommand):
    """``api_key create|revoke|list``."""

    help = "Create, revoke and list the API keys of sources."
    action = "key.manage"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="print a new key, shown this once")
        create.add_argument("--source", required=True, help="the source, by its name")
        create.add_argument(
            "--scope",
            required=True,
            action="extend",
            nargs="+",
            choices=Scope.values,
            dest="scopes",
            help="one or more; may be given again",
        )
        create.add_argument("--name", default="", help="what the key is for")
        create.add_argument(
            "--rate", type=int, help="requests a minute for all keys of the source"
        )
        revoke = verbs.add_parser("revoke", help="end a key within ten seconds")
        revoke.add_argument("prefix", help="the eight characters after und_")
        verbs.add_parser("list", help="list every key that was ever made")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        verbs = {"create": self._create, "revoke": self._revoke, "list": self._list}
        verbs[options["verb"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        name, rate = options["source"], options["rate"]
        slug = slugify(name)
        if not slug:
            raise CommandError("Give the source a name with letters or digits.")
        if rate is not None and rate < 1:
            raise CommandError("Give a rate of at least 1 request a minute.")
        source, made = Source.objects.get_or_create(slug=slug, defaults={"name": name})
        if made:
            self.stderr.write(f"Made the source “{slug}”.")
        if rate is not None:
            source.limits |= {"reports": rate, "reads": rate}
            source.save(update_fields=["limits"])
            self.stderr.write(
                f"The keys of “{slug}” may make {rate} requests a minute."
            )
        _row, key = issue_key(
            source, options["name"] or f"{slug} key", sorted(set(options["scopes"]))
        )
        self.stdout.write(key)

    def _revoke(self, options: dict[str, Any]) -> None:
        prefix = options["prefix"].removeprefix(f"{KEY_MARK}_")
        now = timezone.now()
        rows = ApiKey.objects.filter(prefix=prefix, revoked_at=None)
        if not rows.update(revoked_at=now):
            raise CommandError(f"There is no live key with the prefix {prefix}.")
        self.stdout.write(f"Revoked {KEY_MARK}_{prefix}; it ends within 10 seconds.")

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        for row in ApiKey.objects.select_related("source"):
            used = f"{row.last_used_at:%F %H:%M}" if row.last_used_at else "never used"
            scopes = " ".join(row.scopes)
            fields = [f"{KEY_MARK}_{row.prefix}", row.source.slug, row.name]
            self.stdout.write("\t".join([*fields, scopes, used, _state(row, now)]))


def _state(row: ApiKey, now: Any) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at and row.expires_at <= now else "live"
