"""How does a desk of a million tickets come to be, always the same?

For measuring, not for showing: a year of reports, tickets, decisions and resolutions
in both languages, a fifth of them live. Only what lists, pages and the search read is
there; nothing of it is due, so no worker acts on it.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from deliveries import addresses
from deliveries.models import (
    Address,
    ChannelKind,
    FailureCategory,
    Provider,
    Recipient,
    Source,
)
from triage.demo import copying
from triage.demo.volume_rows import Writer
from triage.demo.volume_shape import Base
from triage.models import GENERAL, MemberRole, Membership, Queue

CHUNK = 50_000
PEOPLE = 200  # whose masked addresses the messages go to
AGENTS = ("vera", "viktor", "wen", "willa", "xin", "yusuf")
QUEUES = {
    "verification": ("Verification and receipts", "验证码与回执"),
    "partners": ("Partner webhooks", "合作方回调"),
    "night": ("Night shift", "夜班"),
}
SOURCES = {"shop": ("Shop 商城", "en"), "passport": ("Passport 通行证", "zh-hans")}


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows were made."""

    tickets: int
    rows: int


def seed(
    tickets: int, now: datetime, *, quickly: bool, tell: Callable[[int], None]
) -> Seeded:
    """Add so many tickets with all that belongs to them; ``tell`` hears of each chunk.

    ``quickly`` builds indexes at the end, which suits tables that are empty.
    """
    with transaction.atomic():
        base = _base(now, tickets)
    with transaction.atomic():
        writer = Writer(base)
        tables = copying.tables_of(writer.lines)
        way = copying.built_at_the_end(tables) if quickly else nullcontext()
        with way, copying.without_triggers(tables):
            for begin in range(0, tickets, CHUNK):
                end = min(begin + CHUNK, tickets)
                for index in range(begin, end):
                    writer.write(index)
                writer.copy()
                tell(end)
        writer.settle_sequences()
    copying.look_over(tables)
    return Seeded(tickets, writer.rows)


def _base(now: datetime, tickets: int) -> Base:
    """What must be there before a ticket is; made by hand where it is missing."""
    for slug, (name, locale) in SOURCES.items():
        words = {"name": name, "default_locale": locale}
        Source.objects.get_or_create(slug=slug, defaults=words)
    for slug, (name, name_zh) in QUEUES.items():
        words = {"name": name, "name_zh_hans": name_zh}
        Queue.objects.get_or_create(slug=slug, defaults=words)
    queues = {queue.slug: queue.pk for queue in Queue.objects.all()}
    agents = [_agent(name, list(queues.values())) for name in AGENTS]
    sources = {
        source.slug: source for source in Source.objects.filter(slug__in=SOURCES)
    }
    people = {slug: _addresses(source) for slug, source in sources.items()}
    return Base(
        now=now,
        tickets=tickets,
        categories=dict(FailureCategory.objects.values_list("slug", "pk")),
        providers=dict(Provider.objects.values_list("slug", "pk")),
        sources={slug: (each.pk, each.name) for slug, each in sources.items()},
        queues=queues | {"general": queues[GENERAL]},
        agents=agents,
        people=people,
    )


def _agent(name: str, queues: list[int]) -> int:
    person, made = User.objects.get_or_create(
        username=f"{name}-volume", defaults={"first_name": name.capitalize()}
    )
    if made:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    for queue in queues:
        Membership.objects.get_or_create(
            person=person, queue_id=queue, role=MemberRole.AGENT
        )
    return int(person.pk)


def _addresses(source: Source) -> list[tuple[int, int]]:
    """Recipients with one address each, as pairs of their keys."""
    pairs = []
    for number in range(PEOPLE):
        ref = f"volume-{number}"
        person, _made = Recipient.objects.get_or_create(source=source, external_ref=ref)
        known = Address.objects.filter(recipient=person).first()
        value = f"{chr(97 + number % 26)}{number}@mail-{number % 17}.example"
        address = known or addresses.keep(person, ChannelKind.EMAIL, value)
        if address is not None:
            pairs.append((person.pk, address.pk))
    return pairs
