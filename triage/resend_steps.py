"""Which steps of a bulk resend does the timeline of a ticket show?

One line a step on each ticket whose messages are in it, however many they are. The
work of one step is bounded: what is left over is told of once more, and a ticket that
has the line already is passed over.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from deliveries import facts
from deliveries.actor import Actor, ActorKind
from deliveries.models import (
    UNDER_WAY,
    ChangeKind,
    ItemState,
    ResendEvent,
    ResendItem,
    ResendState,
)
from triage import timeline
from triage.access import MACHINE
from triage.models import UNSOLVED, EventKind, FailureReport, Ticket, TicketEvent

AT_ONCE = 100  # tickets of one step in one transaction
SHOWN: dict[str, str] = {
    ResendState.PLANNED: "planned",
    ResendState.APPROVED: "approved",
    ResendState.PAUSED: "paused",
    ResendState.COMPLETED: "completed",
    ResendState.ABORTED: "aborted",
    ResendState.CANCELLED: "cancelled",
}


def follow(event_id: int) -> None:
    """Write a step on the timelines of its tickets. Needs an open transaction."""
    rows = ResendEvent.objects.select_related("operation", "person")
    event = rows.filter(pk=event_id).first()
    did = _did(event) if event else ""
    if event is None or not did:
        return
    waiting = _tickets(event)[: AT_ONCE + 1]
    found = list(waiting.select_for_update(of=("self",), no_key=True))
    actor = _actor(event)
    change = {"resend": event.operation.number, "step": event.pk, "did": did}
    if event.operation.fault and actor is MACHINE:
        change["fault"] = event.operation.fault
    if event.reason:
        change["reason"] = event.reason
    for ticket in found[:AT_ONCE]:
        timeline.add(ticket, EventKind.RESEND, actor, change)
    if len(found) > AT_ONCE:
        facts.record(ChangeKind.RESEND_STEP, subject_id=event.pk)


def _did(event: ResendEvent) -> str:
    """Name what happened; nothing for what a ticket need not tell of."""
    operation = event.operation
    if operation.frozen_at is None:
        return ""  # a draft may still be about anything
    if event.state in UNDER_WAY:
        # The machine's own way from the canary to the ramp is no decision.
        return _begun(event) if event.person_id is not None else ""
    if event.state == ResendState.APPROVED and operation.approved_by_id is None:
        return ""  # no second person was needed: the start says it all
    if event.state == ResendState.CANCELLED and event.reason:
        return "refused"
    return SHOWN.get(event.state, "")


def _begun(event: ResendEvent) -> str:
    before = event.operation.events.filter(pk__lt=event.pk).order_by("-pk")
    last = before.values_list("state", flat=True).first()
    return "resumed" if last == ResendState.PAUSED else "started"


def _actor(event: ResendEvent) -> Actor:
    """Who did it; a plan is its creator's, though a job has judged it."""
    planned = event.state == ResendState.PLANNED
    person = event.operation.created_by_id if planned else event.person_id
    if person is None:
        return MACHINE
    return Actor(kind=ActorKind.PERSON, person_id=person)


def _tickets(event: ResendEvent) -> QuerySet[Ticket]:
    """The tickets that still lack the line, in the order in which rows are locked.

    A ticket that was solved before the resend was planned is none of its business.
    """
    operation = event.operation
    items = ResendItem.objects.filter(operation=operation).exclude(
        state=ItemState.EXCLUDED, finished_at=None
    )
    reports = FailureReport.objects.filter(message__in=items.values("message"))
    live = Q(state__in=UNSOLVED) | Q(solved_at__gte=operation.created_at)
    written = TicketEvent.objects.filter(
        ticket=OuterRef("pk"), kind=EventKind.RESEND, change__step=event.pk
    )
    rows = Ticket.objects.filter(live, pk__in=reports.values("ticket"))
    return rows.exclude(Exists(written)).order_by("pk")
