"""How does one answer reach every reporter of an incident, each of them once?

It is written down on each ticket of the incident, with the rights that it takes there.
Who reported twice, on two tickets, hears of it once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import grouping, notices, replies
from triage.incidents.finding import find, live_tickets, permit, refusal
from triage.models import LIVE, REPORT_LIVE, FailureGroup, FailureReport, Reply, Ticket
from triage.tickets import Invalid


def reports_of(group: FailureGroup) -> QuerySet[FailureReport]:
    """Return the reports whose people an answer is for: those that are not over."""
    return FailureReport.objects.filter(group=group, state__in=REPORT_LIVE)


def tickets_of(group: FailureGroup) -> list[Ticket]:
    """Return the live tickets on which an answer would be written."""
    return list(Ticket.objects.filter(group=group, state__in=LIVE).order_by("pk"))


def stamp(tickets: Iterable[Ticket]) -> str:
    """Name the state of tickets that a person saw; another one after any decision."""
    return ",".join(f"{each.number}.{each.version}" for each in tickets)


def may_answer(group: FailureGroup, actor: Actor) -> bool | str | None:
    """Say whether the actor may: yes, no with the reason in words, or None for never.

    None is also the answer where nobody would be told.
    """
    if not actor.may("ticket.reply"):
        return None
    tickets = tickets_of(group)
    if not tickets:
        return None
    return refusal(actor, "ticket.reply", tickets) or True


def permit_answer(group: FailureGroup, actor: Actor) -> list[Ticket]:
    """Return the tickets that an answer is written on.

    Raises :class:`Forbidden` unless all are the actor's to answer, :class:`Invalid`
    when there is none.
    """
    tickets = tickets_of(group)
    permit(actor, "ticket.reply", tickets)
    return _some(tickets)


def answer(
    number: int,
    actor: Actor,
    texts: Mapping[str, str],
    *,
    now: datetime,
    seen: str | None = None,
) -> Sequence[Reply]:
    """Answer every reporter of an incident; the first reply takes all of it back.

    ``seen`` is the :func:`stamp` of what the person saw. Raises :class:`NotFound`,
    :class:`Forbidden` as for one of the tickets, and :class:`Invalid` without words,
    without a ticket, or when somebody was faster.
    """
    said = replies.checked(texts)
    with transaction.atomic():
        (group,) = grouping.lock([find(number, actor).pk])
        tickets = _some(live_tickets([group]))
        permit(actor, "ticket.reply", tickets)
        if seen is not None and seen != stamp(tickets):
            raise Invalid(
                "seen",
                _("Somebody has decided about a ticket of it meanwhile. Look again."),
            )
        told = _divided(group, tickets)
        written: list[Reply] = []
        for ticket in tickets:
            first = written[0] if written else None
            ids = told[ticket.pk]
            reply = replies.add(ticket, actor, said, ids, now=now, part_of=first)
            written.append(reply)
    return written


def _some(tickets: list[Ticket]) -> list[Ticket]:
    if not tickets:
        raise Invalid("seen", _("No ticket of this incident is open to answer from."))
    return tickets


def _divided(group: FailureGroup, tickets: list[Ticket]) -> dict[int, list[int]]:
    """Give each person's first report to its ticket; to the first one without any."""
    known = {ticket.pk for ticket in tickets}
    found: dict[int, list[int]] = defaultdict(list)
    for report in notices.reporters(reports_of(group)):
        at = report.ticket_id if report.ticket_id in known else None
        found[at or tickets[0].pk].append(report.pk)
    return found
