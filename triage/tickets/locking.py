"""Who may decide about this ticket now, and was somebody faster?"""

from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access, grouping
from triage.models import (
    TRANSITIONS,
    UNSOLVED,
    EventKind,
    SlaClock,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import columns
from triage.tickets.refusals import Conflict, Forbidden, Invalid, NotFound


def locked(number: int, actor: Actor, action: str, version: int | None) -> Ticket:
    """Lock a ticket for a decision; needs an open transaction.

    Raises :class:`NotFound` out of scope, :class:`Conflict` when the ticket is no
    longer at the version the person saw, :class:`Forbidden` when it is not theirs.
    """
    seen = Ticket.objects.visible_to(actor)
    rows = seen.select_for_update(of=("self",), no_key=True)
    ticket = (
        rows.select_related("group__category", "queue", "category_override")
        .filter(number=number)
        .first()
    )
    if ticket is None:
        raise NotFound(number)
    if version is not None and ticket.version != version:
        raise Conflict(ticket, latest_decision(ticket))
    answer = access.may(actor, action, ticket)
    if isinstance(answer, access.Refused):
        raise Forbidden(answer.code)
    return ticket


def locked_with_reports(
    number: int, actor: Actor, action: str, version: int | None
) -> Ticket:
    """Lock a ticket whose reports or messages the decision changes as well.

    Whoever changes those holds the group first; then nobody waits in a circle.
    Raises what :func:`locked` raises.
    """
    seen = Ticket.objects.visible_to(actor).filter(number=number)
    grouping.lock(seen.values_list("group_id", flat=True))
    return locked(number, actor, action, version)


# Events that leave the version alone, so that nobody's action fails because of them.
UNDECIDED = (
    EventKind.JOINED,
    EventKind.TIER,
    EventKind.NOTED,
    EventKind.MACRO,
    EventKind.ATTACHED,
    EventKind.REDIAGNOSED,
    EventKind.BREACHED,
    EventKind.ESCALATED,
    EventKind.REVEALED,
)
# What was promised depends on these.
MOVES_CLOCKS = frozenset({"waiting_on", "tier_override", "queue", "queue_id"})


def latest_decision(ticket: Ticket) -> TicketEvent | None:
    """Return what was decided last about a ticket, with who decided it."""
    decisions = ticket.events.exclude(kind__in=UNDECIDED)
    return decisions.select_related("actor").order_by("-seq").first()


def still_unsolved(ticket: Ticket, field: str) -> None:
    """Raise :class:`Invalid` about a field when the ticket's work is done."""
    if ticket.state not in UNSOLVED:
        raise Invalid(field, _("The ticket is solved. Reopen it first."))


def decide(ticket: Ticket, **changes: object) -> dict[str, object]:
    """Write columns that a person can decide, and raise the version.

    Returns what an event stores to undo it. Raises :class:`Invalid` for a state that
    the present one does not lead to.
    """
    state = TicketState(str(changes.get("state", ticket.state)))
    present = TicketState(ticket.state)
    if state != present and state not in TRANSITIONS[present]:
        raise Invalid(
            "state",
            _("A ticket that is “%(present)s” cannot become “%(state)s”.")
            % {"present": present.label, "state": state.label},
        )
    found = columns.complete(ticket, changes)
    undo = columns.inverse(ticket, found)
    for name, value in found.items():
        setattr(ticket, name, value)
    ticket.version += 1
    ticket.save(update_fields=[*found, "version"])
    if found.keys() & MOVES_CLOCKS:
        SlaClock.objects.follow([ticket], timezone.now())
    return undo
