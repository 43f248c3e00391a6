"""When does a ticket that waits go on by itself?"""

from datetime import datetime

from django.db import transaction

from triage import timeline
from triage.access import MACHINE
from triage.models import EventKind, Ticket, TicketState
from triage.tickets.locking import decide


def wake_due(limit: int, now: datetime) -> int:
    """Open tickets again whose time to wait is over; return how many.

    One short transaction per ticket; rows that somebody holds wait for the next round.
    """
    woken = 0
    due = Ticket.objects.filter(wait_until__lte=now).order_by("wait_until")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            rows = Ticket.objects.select_for_update(
                of=("self",), no_key=True, skip_locked=True
            )
            ticket = rows.filter(pk=pk, wait_until__lte=now).first()
            if ticket is not None:
                said = {"on": ticket.waiting_on}
                decide(ticket, state=TicketState.OPEN, waiting_on="")
                timeline.add(ticket, EventKind.WOKEN, MACHINE, said)
                woken += 1
    return woken
