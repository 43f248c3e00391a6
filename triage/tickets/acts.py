"""What can be decided about one ticket or many, and what does it change in each?

An act says, for a ticket whose row is locked, which columns it sets and what the
timeline will read, or why it leaves the ticket alone. It writes nothing itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage import access
from triage.models import (
    UNSOLVED,
    EventKind,
    Membership,
    Queue,
    Reason,
    Ticket,
    TicketState,
    Tier,
    Verb,
    WaitingOn,
)
from triage.tickets.columns import Columns


@dataclass(frozen=True, slots=True)
class Act(ABC):
    """One decision, the same for every ticket.

    ``looks_at`` names the columns by which tickets are refused or skipped; those that
    agree in them fare the same.
    """

    verb: ClassVar[Verb]
    looks_at: ClassVar[tuple[str, ...]] = ()
    undoable: ClassVar[bool] = True

    @abstractmethod
    def action(self, actor: Actor) -> str:
        """Name the action of the permission table."""

    @abstractmethod
    def columns(self, ticket: Ticket) -> Columns:
        """Return the columns it sets."""

    @abstractmethod
    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """Return the kind and the words of the event."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return what :func:`read` needs to make it again."""

    def prepared(self, actor: Actor, tickets: QuerySet[Ticket]) -> "Act":
        """Return the act with what it has to know of the tickets it is judged for."""
        return self

    def refused(self, actor: Actor, ticket: Ticket) -> Reason | None:
        """Say why the actor may not do it to this ticket."""
        answer = access.may(actor, self.action(actor), ticket)
        return Reason.NOT_ALLOWED if isinstance(answer, access.Refused) else None

    def too_many(self, actor: Actor, count: int) -> str:
        """Say why the actor may not do it to that many at once; empty if they may."""
        return ""

    def skipped(self, ticket: Ticket) -> Reason | None:
        """Say why there is nothing to do, seen from the ticket's own columns."""
        if ticket.state not in UNSOLVED:
            return Reason.SOLVED
        if all(getattr(ticket, k) == v for k, v in self.columns(ticket).items()):
            return Reason.SAME
        return None


@dataclass(frozen=True, slots=True)
class Assign(Act):
    """Give tickets to a person, or to nobody."""

    verb = Verb.ASSIGN
    to: int | None
    works_in: frozenset[int] = field(default=frozenset(), compare=False)

    def action(self, actor: Actor) -> str:
        """Take it, or hand it over."""
        mine = self.to is not None and self.to == actor.person_id
        return "ticket.claim" if mine else "ticket.hand_over"

    def columns(self, ticket: Ticket) -> Columns:
        """A new ticket that somebody holds is open."""
        begins = self.to is not None and ticket.state == TicketState.NEW
        state = {"state": TicketState.OPEN} if begins else {}
        return {"assignee_id": self.to, **state}

    def skipped(self, ticket: Ticket) -> Reason | None:
        """A person is given only what lies in a queue of theirs."""
        found = Act.skipped(self, ticket)
        if found is None and self.to is not None:
            return None if ticket.queue_id in self.works_in else Reason.NOT_MEMBER
        return found

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """Somebody took it, or was given it."""
        mine = self.action(actor) == "ticket.claim"
        kind = EventKind.ASSIGNED if mine else EventKind.HANDED_OVER
        return kind, {"from": ticket.assignee_id, "to": self.to}

    def parameters(self) -> dict[str, Any]:
        """The person."""
        return {"to": self.to}


@dataclass(frozen=True, slots=True)
class SetTier(Act):
    """Override the tier with a reason; without a tier, end the override."""

    verb = Verb.TIER
    looks_at = ("tier_computed", "tier_override")
    tier: str
    reason: str

    def action(self, actor: Actor) -> str:
        """One action for all."""
        return "ticket.set_tier"

    def columns(self, ticket: Ticket) -> Columns:
        """The computed tier stays beside it."""
        reason = self.reason if self.tier else ""
        return {"tier_override": self.tier, "tier_override_reason": reason}

    def refused(self, actor: Actor, ticket: Ticket) -> Reason | None:
        """An agent may only raise. The tiers are ordered by their names."""
        found = Act.refused(self, actor, ticket)
        if found is not None or access.may_lower(actor, ticket):
            return found
        lower = (self.tier or ticket.tier_computed) > _tier(ticket)
        return Reason.RAISE_ONLY if lower else None

    def skipped(self, ticket: Ticket) -> Reason | None:
        """The same tier is nothing to change, whatever the reason."""
        found = Act.skipped(self, ticket)
        same = ticket.tier_override == self.tier
        return Reason.SAME if found is None and same else found

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """From which tier to which, and why."""
        words = {
            "from": _tier(ticket),
            "to": self.tier or ticket.tier_computed,
            "ends": not self.tier,
            "reason": self.reason,
        }
        return EventKind.TIER_SET, words

    def parameters(self) -> dict[str, Any]:
        """Tier and reason."""
        return {"tier": self.tier, "reason": self.reason}


def _tier(ticket: Ticket) -> str:
    return ticket.tier_override or ticket.tier_computed


@dataclass(frozen=True, slots=True)
class MoveTo(Act):
    """Put tickets into another queue, where nobody holds them yet."""

    verb = Verb.QUEUE
    queue: Queue

    def action(self, actor: Actor) -> str:
        """One action for all."""
        return "ticket.queue"

    def columns(self, ticket: Ticket) -> Columns:
        """Nobody there holds it yet."""
        return {"queue_id": self.queue.pk, "assignee_id": None}

    def skipped(self, ticket: Ticket) -> Reason | None:
        """In its own queue a ticket stays with whoever holds it."""
        found = Act.skipped(self, ticket)
        same = ticket.queue_id == self.queue.pk
        return Reason.SAME if found is None and same else found

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """From which queue to which."""
        words = {"from_queue": ticket.queue.slug, "to_queue": self.queue.slug}
        return EventKind.HANDED_OVER, words

    def parameters(self) -> dict[str, Any]:
        """The queue."""
        return {"queue": self.queue.pk}


@dataclass(frozen=True, slots=True)
class Wait(Act):
    """Let tickets wait for somebody, perhaps until a time; for nobody, go on."""

    verb = Verb.WAIT
    looks_at = ("waiting_on", "wait_until")
    on: str
    until: datetime | None = None

    def action(self, actor: Actor) -> str:
        """One action for all."""
        return "ticket.waiting"

    def columns(self, ticket: Ticket) -> Columns:
        """Waiting and its reason go together."""
        waits = TicketState.WAITING if self.on else TicketState.OPEN
        return {"state": waits, "waiting_on": self.on, "wait_until": self.until}

    def skipped(self, ticket: Ticket) -> Reason | None:
        """Only what waits can go on."""
        found = Act.skipped(self, ticket)
        goes_on = not self.on and ticket.state != TicketState.WAITING
        return Reason.SAME if found is None and goes_on else found

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """For whom, and until when."""
        until = self.until.isoformat() if self.until else None
        return EventKind.WAITING, {"on": self.on, "until": until}

    def parameters(self) -> dict[str, Any]:
        """For whom, and until when."""
        return {"on": self.on, "until": self.until and self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class NameCause(Act):
    """Name the cause in place of the diagnosis; without one, believe it again."""

    verb = Verb.CATEGORY
    looks_at = ("category_override_id",)
    category: FailureCategory | None

    def action(self, actor: Actor) -> str:
        """One action for all."""
        return "ticket.category"

    def columns(self, ticket: Ticket) -> Columns:
        """The diagnosed cause stays with the incident."""
        return {"category_override_id": self.category and self.category.pk}

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """Which cause."""
        return EventKind.CATEGORY, {"category": self.category and self.category.slug}

    def parameters(self) -> dict[str, Any]:
        """The cause."""
        return {"category": self.category and self.category.slug}


def assign(to: int | None) -> Assign:
    """Make the act that gives tickets to a person, with the queues they work in."""
    rows = Membership.objects.filter(
        person=to, person__is_active=True, queue__isnull=False
    )
    return Assign(to, frozenset(each.queue_id for each in rows if each.queue_id))


def read(verb: str, said: Mapping[str, Any]) -> Act:
    """Make an act from its stored parameters.

    Raises ``DoesNotExist`` when what they name is gone.
    """
    match Verb(verb):
        case Verb.ASSIGN:
            return assign(said["to"])
        case Verb.TIER:
            return SetTier(Tier(said["tier"]) if said["tier"] else "", said["reason"])
        case Verb.QUEUE:
            return MoveTo(Queue.objects.get(pk=said["queue"]))
        case Verb.WAIT:
            until = datetime.fromisoformat(said["until"]) if said["until"] else None
            return Wait(WaitingOn(said["on"]) if said["on"] else "", until)
        case Verb.CATEGORY:
            slug = said["category"]
            found = FailureCategory.objects.get(slug=slug) if slug else None
            return NameCause(found)
        case Verb.MACRO | Verb.MERGE:  # no acts of columns: see triage.bulk.reading
            raise ValueError(verb)
