"""Which ticket should a person take next, and why this one?

Tickets that nobody holds are ranked: first what is at risk or overdue, then by tier,
then by whether the person speaks the language of its reporters and is good at the
matter, then by how long they have waited. Whoever is away, off shift or has enough is
offered nothing; opening a ticket never assigns it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Value

from deliveries.actor import Actor
from triage import tickets
from triage.models import (
    CLOCK_OPEN,
    UNSOLVED,
    AgentProfile,
    ClockState,
    Decline,
    DeclineReason,
    FailureReport,
    Queue,
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
    LANGUAGE = "language"
    SKILL = "skill"
    WAITED = "waited"
    ONLY = "only"  # there is no other


class Stop(StrEnum):
    """Why nothing is offered."""

    AWAY = "away"
    OFF_SHIFT = "off_shift"
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
    begins: datetime | None = None  # the next shift, where there is none now


def profile_of(person_id: int) -> AgentProfile:
    """A person's profile; an unsaved one with the defaults if they have none."""
    found = AgentProfile.objects.filter(person=person_id).first()
    return found or AgentProfile(person_id=person_id)


def next_for(actor: Actor, now: datetime, queue: Queue | None = None) -> Offer:
    """Say which ticket to take next, of one queue if named, or why none."""
    if actor.person_id is None:
        return Offer(None, None, Stop.NOTHING)
    profile = profile_of(actor.person_id)
    held = Ticket.objects.filter(assignee=actor.person_id, state__in=HELD).count()
    if profile.is_away(now):
        return Offer(None, None, Stop.AWAY, held=held, capacity=profile.capacity)
    if not profile.is_on_shift(now):
        begins = profile.next_shift(now)
        return Offer(
            None, None, Stop.OFF_SHIFT, False, False, held, profile.capacity, begins
        )
    if held >= profile.capacity:
        return Offer(None, None, Stop.FULL, held=held, capacity=profile.capacity)
    ranked: Any = _ranked(actor, profile, now, queue).with_everything_for_list()
    two = list(ranked[:2])
    if not two:
        return Offer(None, None, Stop.NOTHING, held=held, capacity=profile.capacity)
    first, why = two[0], _deciding(two)
    return Offer(first, why, None, first.at_risk, first.fits, held, profile.capacity)


def held_by(actor: Actor) -> Any:
    """The actor's unsolved tickets by the promise that is due first; paused last."""
    running = Q(clocks__state__in=CLOCK_OPEN) & ~Q(clocks__state=ClockState.PAUSED)
    visible = Ticket.objects.visible_to(actor)
    held = visible.filter(assignee=actor.person_id, state__in=UNSOLVED)
    due = held.annotate(due=Min("clocks__target_at", filter=running))
    return due.order_by("due", "tier", "number")


def standing_of(actor: Actor, number: int, now: datetime) -> tuple[bool, bool]:
    """Whether an offered ticket is still free, and whether a more urgent one is.

    Asks indexes where :func:`next_for` ranks all; for an offer of nothing, which has
    the number 0, every free ticket is more urgent.
    """
    free = _free(actor, now)
    tier = free.filter(number=number).values_list("tier", flat=True).first()
    urgent = free.filter(tier__lt=tier) if tier else free
    return tier is not None, urgent.exists()


def _ranked(
    actor: Actor, profile: AgentProfile, now: datetime, queue: Queue | None = None
) -> TicketQuerySet:
    risks = SlaClock.objects.at_risk(now).filter(ticket=OuterRef("pk"))
    skilled = Q(group__channel__in=profile.skilled_in("channel")) | Q(
        group__category__family__in=profile.skilled_in("family")
    )
    fitting = Ticket.objects.filter(skilled, pk=OuterRef("pk"))
    free = _free(actor, now)
    if queue is not None:
        free = free.filter(queue=queue)
    ranked = free.annotate(
        at_risk=Exists(risks), fits=Exists(fitting), spoken=_spoken(profile.languages)
    )
    return ranked.order_by("-at_risk", "tier", "-spoken", "-fits", "opened_at", "pk")


def _free(actor: Actor, now: datetime) -> TicketQuerySet:
    """What nobody holds in the actor's queues, but for what they left to others."""
    left = Decline.objects.filter(
        ticket=OuterRef("pk"), person=actor.person_id, at__gt=now - LEFT_FOR
    )
    found: TicketQuerySet = Ticket.objects.filter(
        ~Exists(left),
        queue__in=actor.queue_ids,
        state__in=FREE,
        assignee=None,
        parked_by_breaker=None,
    )
    return found


def _spoken(languages: list[str]) -> Any:
    """Whether a reporter writes in one of the languages, or says none.

    Locales begin with a primary tag, as in ``zh-Hans-CN``; without languages any will
    do.
    """
    if not languages:
        return Value(True)
    told = Q(locale="") | Q(locale__iregex=rf"^({'|'.join(languages)})([-_]|$)")
    return Exists(FailureReport.objects.filter(told, ticket=OuterRef("pk")))


def _deciding(two: list[Ticket]) -> Why:
    """In what does the first differ from the second? ``two`` carry the annotations."""
    if len(two) == 1:
        return Why.ONLY
    first, second = two
    asked = (
        (Why.RISK, "at_risk"),
        (Why.TIER, "tier"),
        (Why.LANGUAGE, "spoken"),
        (Why.SKILL, "fits"),
    )
    for why, name in asked:
        if getattr(first, name) != getattr(second, name):
            return why
    return Why.WAITED


def take_next(actor: Actor, now: datetime, queue: Queue | None = None) -> Ticket | None:
    """Take the ticket that comes first, of one queue if named; None if there is none.

    Two people who ask at once get two tickets: each passes over what the other holds
    locked.
    """
    if actor.person_id is None or next_for(actor, now, queue).ticket is None:
        return None
    with transaction.atomic():
        profile = profile_of(actor.person_id)
        ranked: QuerySet[Ticket] = _ranked(actor, profile, now, queue)
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
