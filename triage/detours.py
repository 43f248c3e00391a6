"""Where is it written down that a message went over another channel, and why?

On the timeline of every ticket that the message has, once for each such try: at once,
or as soon as there is a ticket.
"""

from deliveries import aiming
from deliveries.models import DeliveryAttempt, Message
from triage import timeline
from triage.access import MACHINE
from triage.models import EventKind, FailureReport, Ticket


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
