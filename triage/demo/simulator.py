"""How is a provider of the demo made to fail, and how does one see what follows?

The row of the provider is the truth: its address says how it behaves. Nothing else is
touched: routes, breakers and messages learn of it by what comes back.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from deliveries import outbound
from deliveries.actor import Actor
from deliveries.models import DeliveryAttempt, Outcome, Provider
from triage.demo.loopback import place_of
from triage.demo.loopback.behaviours import HOST
from triage.demo.loopback.ledger import COUNTED_S
from triage.demo.loopback.server import COUNTS
from triage.demo.providers import CARRIERS, addressed, scenario_of
from triage.demo.scenarios import Scenario

log = logging.getLogger(__name__)

LATELY = timedelta(seconds=COUNTED_S)
ASK_WITHIN_S = 1.0
LEAST_TAKEN, LEAST_SHARE = 5, 0.8  # the two clocks differ by a message or so


class NotThere(Exception):
    """No provider of the demo has this name."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a provider was asked in the last minutes, as the desk has it.

    ``received`` is how many people really got something, as the provider itself says;
    None when it cannot be asked. ``unclear`` is part of what was asked.
    """

    asked: int = 0
    taken: int = 0
    refused: int = 0
    unclear: int = 0
    received: int | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether clearly fewer people got something than the provider took."""
        if self.received is None or self.taken < LEAST_TAKEN:
            return False
        return self.received < LEAST_SHARE * self.taken


def is_on() -> bool:
    """Whether the demo runs beside the site."""
    return bool(settings.UNDELIVERED_DEMO)


def providers() -> list[Provider]:
    """The demo's providers, in the order of their table; none where it never ran."""
    order = list(CARRIERS)
    rows = Provider.objects.filter(slug__in=order)
    mine = [each for each in rows if scenario_of(each) is not None]
    return sorted(mine, key=lambda each: order.index(each.slug))


def switch(actor: Actor, slug: str, scenario: Scenario) -> Provider:
    """Let a provider behave otherwise from its next request on.

    Raises :class:`NotThere`.
    """
    with transaction.atomic():
        row = Provider.objects.select_for_update().filter(slug=slug).first()
        if row is None or not _behave(row, scenario):
            raise NotThere(slug)
    log.info("%s is “%s” now, says %s.", slug, scenario.value, actor.name)
    return row


def heal(actor: Actor) -> int:
    """Let every provider be healthy again; return how many were not."""
    healed = 0
    with transaction.atomic():
        rows = Provider.objects.select_for_update().filter(slug__in=CARRIERS)
        for row in rows.order_by("pk"):
            sick = scenario_of(row) not in (None, Scenario.OK)
            healed += sick and _behave(row, Scenario.OK)
    log.info("All providers are healthy again, says %s.", actor.name)
    return healed


def _behave(row: Provider, scenario: Scenario) -> bool:
    place = place_of(row.address)
    if place is None or row.slug not in CARRIERS:
        return False
    row.address = addressed(row.slug, scenario, place.port)
    row.save(update_fields=["address"])
    return True


def figures(
    rows: list[Provider], received: dict[str, int] | None, now: datetime
) -> dict[int, Figures]:
    """What each provider met lately, by id, beside what it says was received."""
    ended = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNCLEAR)
    attempts = DeliveryAttempt.objects.filter(
        finished_at__gte=now - LATELY, outcome__in=ended
    )
    counted = (
        attempts.order_by()
        .values("route__provider")
        .annotate(
            asked=Count("pk"),
            taken=Count("pk", filter=Q(outcome=Outcome.ACCEPTED)),
            refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
            unclear=Count("pk", filter=Q(outcome=Outcome.UNCLEAR)),
        )
    )
    ours = {row.pop("route__provider"): row for row in counted}
    return {
        row.pk: Figures(
            **ours.get(row.pk, {}),
            received=None if received is None else received.get(row.slug, 0),
        )
        for row in rows
    }


def received(rows: list[Provider]) -> dict[str, int] | None:
    """Ask the process that plays the providers how much reached somebody lately.

    By slug, and without what was never asked; None when it does not answer within a
    second. Raises ``InsideTransaction``.
    """
    place = place_of(rows[0].address) if rows else None
    if place is None:
        return None
    answer = outbound.request(
        "GET", f"http://{HOST}:{place.port}{COUNTS}", headers={}, within_s=ASK_WITHIN_S
    )
    if not isinstance(answer, outbound.Answer) or answer.status != 200:
        return None
    try:
        told = json.loads(answer.body)
        return {slug: int(each["received"]) for slug, each in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # somebody else listens at this port
