"""Which way does the machine take next, and where is it told that it is another one?

It is told on the timeline of every ticket that the message has, once for each such try:
at once, or as soon as there is a ticket.
"""

from datetime import datetime

from deliveries import aiming, fallback, routing
from deliveries.fallback import Way
from deliveries.models import Address, DeliveryAttempt, Message, Route
from triage import timeline
from triage.access import MACHINE
from triage.diagnosis.plan import Action, Plan
from triage.models import EventKind, FailureReport, Ticket


def way(
    message: Message, plan: Plan, now: datetime
) -> tuple[Route | None, Address | None]:
    """Return the route of a plan, and the address if it is not the message's own."""
    if plan.action is Action.OTHER_CHANNEL:
        way = fallback.find(message, now)
        return (way.route, way.address) if isinstance(way, Way) else (None, None)
    last = message.attempts.order_by("-n").first()
    # Before a try of our own, the provider that failed is the one the source named.
    failed = last.route.provider_id if last else message.provider_id
    other = plan.action is Action.OTHER_ROUTE
    exclude = failed if other else None
    return routing.next_route(message, now=now, exclude_provider_id=exclude), None


def tell(message: Message, attempt: DeliveryAttempt) -> None:
    """Tell the tickets of a message that this try goes elsewhere, if it does.

    Needs an open transaction in which the groups of the reports are locked.
    """
    if not aiming.is_elsewhere(attempt):
        return
    own = Message.objects.values_list("channel", flat=True).get(pk=message.pk)
    reports = FailureReport.objects.filter(message=message, ticket__isnull=False)
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    told = {"message": message.public_id, "attempt": attempt.n}
    for ticket in rows.filter(pk__in=reports.values("ticket")).order_by("pk"):
        known = ticket.events.filter(kind=EventKind.REROUTED, change__contains=told)
        if known.exists():
            continue
        category = ticket.group.category.slug
        change = {"from": own, "to": attempt.channel, "category": category}
        timeline.add(ticket, EventKind.REROUTED, MACHINE, told | change)
