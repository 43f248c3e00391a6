"""Which failed messages does a person mean, and may they plan to send them again?

The scope is that of the tickets: a message is seen through an unsolved ticket of one's
queues. What is found is handed down as ids.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries import resend, stopping
from deliveries.actor import Actor
from deliveries.models import ResendOperation, Source
from deliveries.retry import Remedy
from triage import bulk, selection
from triage.models import UNSOLVED, FailureReport, Ticket
from triage.models.ticket import TicketQuerySet
from triage.resending.deciding import limit_of, roles_on
from triage.tickets import Forbidden, Invalid, NotFound

MOST = 100_000  # messages of one plan
NAMED = 10  # tickets that refuse a plan


@dataclass(frozen=True, slots=True)
class Query:
    """Which failed messages are meant; what is empty narrows nothing.

    ``messages`` are public ids, ``selection`` is the token of one's own; times are
    those at which a report was received.
    """

    ticket: int | None = None
    group: int | None = None
    channel: str = ""
    provider: str = ""
    region: str = ""
    category: str = ""
    since: datetime | None = None
    until: datetime | None = None
    messages: tuple[str, ...] = ()
    selection: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it would mean everything."""
        return self == Query()

    def as_json(self) -> dict[str, Any]:
        """What is stored and shown: only what narrows."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if value
        }


@dataclass(frozen=True, slots=True)
class Pace:
    """How a plan is carried out."""

    remedy: str
    patch: dict[str, str]
    with_unclear: bool
    canary_size: int
    ramp: Sequence[int]
    rate_per_s: float
    abort: stopping.Rule = stopping.USUAL


def tickets_of(actor: Actor) -> TicketQuerySet:
    """Unsolved tickets that the actor may work on; an agent not on a colleague's."""
    free = Q(assignee=None) | Q(assignee=actor.person_id)
    mine = Q(queue__in=actor.senior_queue_ids) | (Q(queue__in=actor.queue_ids) & free)
    return Ticket.objects.filter(mine, state__in=UNSOLVED)


def draft(actor: Actor, query: Query, pace: Pace) -> ResendOperation:
    """Look up the messages and write the plan down, to be judged by a job.

    Raises :class:`Forbidden`, or :class:`Invalid` for a query that is empty, finds
    nothing or finds too much.
    """
    person = actor.person_id
    if not actor.may("resend.plan") or person is None:
        raise Forbidden("not_allowed")
    if query.is_empty:
        raise Invalid("", _("Choose at least one filter: a plan is never for all."))
    chosen: dict[str, list[int]] = defaultdict(list)
    queues, sources = set(), set()
    for message, cause, queue, source in _found(actor, query):
        chosen[cause or ""].append(message)
        queues.add(queue)
        sources.add(source)
    if not chosen:
        raise Invalid("", _("No failed message of your tickets matches."))
    if pace.remedy == Remedy.HUMAN_JUDGEMENT and not queues <= actor.senior_queue_ids:
        raise Invalid("remedy", _("A specialist has to vouch for an unknown cause."))
    order = resend.Order(
        selection=chosen,
        queue_ids=sorted(queues),
        query=query.as_json(),
        source=Source.objects.get(pk=sources.pop()) if len(sources) == 1 else None,
        remedy=pace.remedy,
        patch=pace.patch,
        with_unclear=pace.with_unclear,
        canary_size=pace.canary_size,
        ramp=pace.ramp,
        rate_per_s=pace.rate_per_s,
        abort=pace.abort,
    )
    limit = limit_of(roles_on(actor, sorted(queues)))
    return resend.draft(order, person_id=person, resend_limit=limit)


def _found(actor: Actor, query: Query) -> list[tuple[int, str | None, int, int]]:
    """Message, cause, queue and source of the newest report of each message."""
    rows = FailureReport.objects.filter(
        ticket__in=tickets_of(actor), message__isnull=False
    )
    if query.selection:
        rows = rows.filter(ticket__in=_picked(actor, query.selection))
    narrow = {
        "ticket__number": query.ticket,
        "group__number": query.group,
        "channel": query.channel,
        "provider": query.provider,
        "region": query.region,
        "category__slug": query.category,
        "received_at__gte": query.since,
        "received_at__lt": query.until,
        "message__public_id__in": query.messages,
    }
    rows = rows.filter(**{name: value for name, value in narrow.items() if value})
    newest = rows.order_by("message_id", "-pk").distinct("message_id")
    found = list(
        newest.values_list(
            "message_id", "category__slug", "ticket__queue_id", "source_id"
        )[: MOST + 1]
    )
    if len(found) > MOST:
        raise Invalid("", _("More than 100,000 messages match. Narrow the filters."))
    return found


def _picked(actor: Actor, token: str) -> TicketQuerySet:
    """The tickets of a selection; one that is not the actor's to work refuses all."""
    try:
        found = bulk.selected(selection.find(token, actor), actor)
    except NotFound as error:
        raise Invalid(
            "", _("The selection is over. Select the tickets again.")
        ) from error
    theirs = found.filter(state__in=UNSOLVED).exclude(pk__in=tickets_of(actor))
    numbers = [f"#{each}" for each in theirs.values_list("number", flat=True)[:NAMED]]
    if numbers:
        raise Invalid(
            "",
            _("Not yours to send again, so nothing is planned: %(numbers)s.")
            % {"numbers": ", ".join(numbers)},
        )
    return found
