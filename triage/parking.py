"""Which tickets wait for a route that is interrupted, and when do they go on?

A ticket whose provider fails as a whole is parked: working it would change nothing
until the route is used again. Parking is a flag beside the state and hides nothing.
"""

from datetime import datetime

from django.db.models import Q

from deliveries import breaker
from deliveries.models import RetryClass, Route
from triage import timeline
from triage.access import MACHINE
from triage.models import UNSOLVED, EventKind, Ticket
from triage.models.ticket import TicketQuerySet


def follow(route_id: int, now: datetime) -> int:
    """Park or un-park the tickets of a route as its breaker stands now.

    Returns how many tickets changed. It asks the breaker rather than the change that
    told of it, so that changes may arrive late, twice or in any order. Needs an open
    transaction.
    """
    route = Route.objects.select_related("provider").get(pk=route_id)
    if breaker.is_interrupted(route):
        return _park(route)
    return _unpark(route)


def waiting_for(route: Route) -> TicketQuerySet:
    """Return the unsolved tickets that a route parks while it is interrupted."""
    here = Q(group__region=route.region) if route.region else Q()
    return Ticket.objects.filter(
        here,
        state__in=UNSOLVED,
        group__channel=route.channel,
        group__provider=route.provider.slug,
        group__category__retry_class=RetryClass.SAFE,
    )


def _park(route: Route) -> int:
    tickets = _locked(waiting_for(route).filter(parked_by_breaker=None))
    for ticket in tickets:
        Ticket.objects.filter(pk=ticket.pk).update(parked_by_breaker=route)
        timeline.add(ticket, EventKind.PARKED, MACHINE, {"route": str(route)})
    return len(tickets)


def _unpark(route: Route) -> int:
    tickets = _locked(Ticket.objects.filter(parked_by_breaker=route))
    for ticket in tickets:
        Ticket.objects.filter(pk=ticket.pk).update(parked_by_breaker=None)
        timeline.add(ticket, EventKind.UNPARKED, MACHINE, {"route": str(route)})
    return len(tickets)


def _locked(rows: TicketQuerySet) -> list[Ticket]:
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
