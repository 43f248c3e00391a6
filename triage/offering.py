"""Which ticket should a person take next, and why this one?

Tickets that nobody holds are ranked: first what is at risk or overdue, then by tier,
then by what the person is good at, then by how long they have waited. Whoever is away
or has enough is offered nothing; opening a ticket never assigns it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from deliveries.actor import Actor
from triage import tickets
from triage.models import (
    AgentProfile,
    Decline,
    DeclineReason,
    SlaClock,
    Ticket,
    TicketState,
)
from triage.models.profile import CAPACITY
from triage.models.ticket import TicketQuerySet

# What was left is not offered again until the next day of work.
LEFT_FOR = timedelta(hours=12)
FREE = (TicketState.NEW, TicketState.OPEN)
HELD = (TicketState.NEW, TicketState.OPEN, TicketState.IN_REPAIR)


class Why(StrEnum):
    """What put one ticket before the next; in the order in which it is asked."""

    RISK = "risk"
    TIER = "tier"
    SKILL = "skill"
    WAITED = "waited"
    ONLY = "only"  # there is no other


class Stop(StrEnum):
    """Why nothing is offered."""

    AWAY = "away"
    FULL = "full"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Offer:
    """One ticket with what decided; or none, and why.

    ``at_risk`` and ``fits`` say what else speaks for it; ``held`` of ``capacity``
    tickets the person has already.
    """

    ticket: Ticket | None
    why: Why | None
    stop: Stop | None
    at_risk: bool = False
    fits: bool = False
    held: int = 0
    capacity: int = CAPACITY


def profile_of(person_id: int) -> AgentProfile:
    """A person's profile; an unsaved one with the defaults if they have none."""
    found = AgentProfile.objects.filter(person=person_id).first()
    return found or AgentProfile(person_id=person_id)


def next_for(actor: Actor, now: datetime) -> Offer:
    """Say which ticket the actor should take next, or why none."""
    if actor.person_id is None:
        return Offer(None, None, Stop.NOTHING)
    profile = profile_of(actor.person_id)
    held = Ticket.objects.filter(assignee=actor.person_id, state__in=HELD).count()
    if profile.is_away(now):
        return Offer(None, None, Stop.AWAY, held=held, capacity=profile.capacity)
    if held >= profile.capacity:
        return Offer(None, None, Stop.FULL, held=held, capacity=profile.capacity)
    ranked: Any = _ranked(actor, profile, now).with_everything_for_list()
    two = list(ranked[:2])
    if not two:
        return Offer(None, None, Stop.NOTHING, held=held, capacity=profile.capacity)
    first, why = two[0], _deciding(two)
    return Offer(first, why, None, first.at_risk, first.fits, held, profile.capacity)


def _ranked(actor: Actor, profile: AgentProfile, now: datetime) -> TicketQuerySet:
    risks = SlaClock.objects.at_risk(now).filter(ticket=OuterRef("pk"))
    left = Decline.objects.filter(
        ticket=OuterRef("pk"), person=actor.person_id, at__gt=now - LEFT_FOR
    )
    skilled = Q(group__channel__in=profile.skilled_in("channel")) | Q(
        group__category__family__in=profile.skilled_in("family")
    )
    fitting = Ticket.objects.filter(skilled, pk=OuterRef("pk"))
    free = Ticket.objects.filter(
        ~Exists(left),
        queue__in=actor.queue_ids,
        state__in=FREE,
        assignee=None,
        parked_by_breaker=None,
    )
    ranked = free.annotate(at_risk=Exists(risks), fits=Exists(fitting))
    return ranked.order_by("-at_risk", "tier", "-fits", "opened_at", "pk")


def _deciding(two: list[Ticket]) -> Why:
    """In what does the first differ from the second? ``two`` carry the annotations."""
    if len(two) == 1:
        return Why.ONLY
    first, second = two
    asked = (
        (Why.RISK, "at_risk"),
        (Why.TIER, "tier"),
        (Why.SKILL, "fits"),
    )
    for why, name in asked:
        if getattr(first, name) != getattr(second, name):
            return why
    return Why.WAITED


def take_next(actor: Actor, now: datetime) -> Ticket | None:
    """Take the ticket that comes first; None if nothing may be offered.

    Two people who ask at once get two tickets: each passes over what the other holds
    locked.
    """
    if actor.person_id is None or next_for(actor, now).ticket is None:
        return None
    with transaction.atomic():
        ranked: QuerySet[Ticket] = _ranked(actor, profile_of(actor.person_id), now)
        free = ranked.select_for_update(of=("self",), no_key=True, skip_locked=True)
        first = free.first()
        return tickets.take(first.number, actor) if first is not None else None


def leave(number: int, actor: Actor, reason: DeclineReason, now: datetime) -> None:
    """Leave a ticket that was offered to others, and say why.

    Raises :class:`triage.tickets.NotFound` out of scope.
    """
    visible = Ticket.objects.visible_to(actor).filter(queue__in=actor.queue_ids)
    ticket = visible.filter(number=number).first()
    if ticket is None or actor.person_id is None:
        raise tickets.NotFound(number)
    Decline.objects.update_or_create(
        ticket=ticket, person_id=actor.person_id, defaults={"reason": reason, "at": now}
    )
