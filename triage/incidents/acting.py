"""How is every ticket of a selection merged into one?

As one more act: its rights are asked for each ticket before anything changes. A merge
is not a set of columns, so every ticket has a transaction of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.incidents.counting import PERSON
from triage.incidents.finding import refusal
from triage.models import (
    LIVE,
    UNSOLVED,
    EventKind,
    FailureReport,
    Reason,
    Ticket,
    TicketState,
    Verb,
)
from triage.tickets import acts
from triage.tickets.columns import Columns

MOST = 1_000  # tickets of one action


@dataclass(frozen=True, slots=True)
class MergeInto(acts.Act):
    """Merge tickets into one of them, or into another.

    ``beyond`` are incidents with a ticket that is not the actor's to merge, ``unfit``
    those that would meet a solved ticket there; :meth:`prepared` looks for them.
    """

    verb = Verb.MERGE
    looks_at = ("pk", "group_id")
    into: Ticket
    beyond: frozenset[int] = frozenset()
    unfit: frozenset[int] = frozenset()

    def prepared(self, actor: Actor, tickets: QuerySet[Ticket]) -> "MergeInto":
        """Look at the other tickets of the incidents, which go along."""
        here = Ticket.objects.filter(group=self.into.group_id, state__in=LIVE)
        targets = list(here)
        if refusal(actor, "ticket.merge", [self.into]):
            return replace(self, beyond=frozenset([self.into.group_id]))
        others = tickets.exclude(group=self.into.group_id).order_by()
        groups = Ticket.objects.filter(
            group__in=others.values("group"), state__in=UNSOLVED
        )
        rows = list(groups.only("pk", "number", "group_id", "queue_id", "assignee_id"))
        crossing = {each.group_id for each in rows}
        if crossing and refusal(actor, "group.merge", targets):
            return replace(self, beyond=frozenset(crossing))
        solved = {each.queue_id for each in targets if each.state == TicketState.SOLVED}
        return replace(
            self,
            beyond=frozenset(_beyond(actor, rows)),
            unfit=frozenset(e.group_id for e in rows if e.queue_id in solved),
        )

    def action(self, actor: Actor) -> str:
        """One action for all; merging their incidents has its own."""
        return "ticket.merge"

    def refused(self, actor: Actor, ticket: Ticket) -> Reason | None:
        """Refused is also a ticket whose incident has one that is not the actor's."""
        found = acts.Act.refused(self, actor, ticket)
        beyond = ticket.group_id in self.beyond and self.skipped(ticket) is None
        return Reason.NOT_ALLOWED if found is None and beyond else found

    def skipped(self, ticket: Ticket) -> Reason | None:
        """The ticket that takes the others in stays as it is."""
        if ticket.pk == self.into.pk:
            return Reason.TAKES
        if ticket.state not in UNSOLVED:
            return Reason.SOLVED
        return Reason.UNFIT if ticket.group_id in self.unfit else None

    def too_many(self, actor: Actor, count: int) -> str:
        """Each is a decision of its own, with a ticket before and after it."""
        if count <= MOST:
            return ""
        return _("At most %(most)d tickets are merged at once.") % {"most": MOST}

    def columns(self, ticket: Ticket) -> Columns:
        """The merge sets them."""
        return {}

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """The merge writes it."""
        return EventKind.MERGED, {"into": self.into.number}

    def parameters(self) -> dict[str, Any]:
        """Into which ticket."""
        return {"into": self.into.pk}


def _beyond(actor: Actor, tickets: Iterable[Ticket]) -> Iterable[int]:
    may_see = actor.sees_everything
    for ticket in tickets:
        seen = may_see or ticket.queue_id in actor.queue_ids
        answer = access.may(actor, "group.merge", ticket)
        if not seen or isinstance(answer, access.Refused):
            yield ticket.group_id


@dataclass(frozen=True, slots=True)
class Effect:
    """What a merge of many tickets comes to, in pairs of before and after."""

    tickets: tuple[int, int]  # live ones of the incidents concerned
    incidents: tuple[int, int]
    reports: int  # of all these incidents; a merge loses none
    people: int


def effect(act: MergeInto, tickets: QuerySet[Ticket]) -> Effect:
    """Count what a prepared act comes to for the tickets that it merges."""
    fit = tickets.filter(state__in=UNSOLVED).exclude(pk=act.into.pk)
    fit = fit.exclude(group__in=act.unfit | act.beyond).order_by()
    merged = dict(fit.values_list("pk", "group"))
    target = act.into.group_id
    groups = {*merged.values(), target}
    rows = Ticket.objects.filter(group__in=groups, state__in=LIVE)
    live = list(rows.values_list("pk", "group", "queue", "state"))
    there = {queue for pk, g, queue, _s in live if g == target and pk not in merged}
    stay = {
        pk for pk, g, _q, state in live if g != target and state not in UNSOLVED
    }  # solved ones of the other incidents are not moved
    along = {
        queue for pk, g, queue, _s in live if g != target and pk not in {*merged, *stay}
    }
    members = FailureReport.objects.filter(group__in=groups).order_by()
    counted = members.annotate(who=PERSON).aggregate(
        n=Count("pk"), people=Count("who", distinct=True)
    )
    return Effect(
        (len(live), len(there | along) + len(stay)),
        (len(groups), 1),
        counted["n"],
        counted["people"],
    )
