"""Which failed messages may a person send again in bulk, and who has to agree?

The scope is that of the tickets: a message is seen through an unsolved ticket of one's
queues. What is found is handed down as ids; from there on ``deliveries.resend`` does
the rest and knows no ticket.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries import resend
from deliveries.actor import Actor, Role
from deliveries.models import OVER, UNDER_WAY, ResendOperation, ResendState, Source
from deliveries.retry import Remedy
from triage.grants import RESEND_LIMIT, TABLE, Cell
from triage.models import UNSOLVED, FailureReport, Ticket
from triage.models.ticket import TicketQuerySet
from triage.tickets import Forbidden, Invalid, NotFound

MOST = 100_000  # messages of one plan


@dataclass(frozen=True, slots=True)
class Query:
    """Which failed messages are meant; what is empty narrows nothing.

    ``messages`` are public ids; times are those at which a report was received.
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


def _tickets(actor: Actor) -> TicketQuerySet:
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
    selection: dict[str, list[int]] = defaultdict(list)
    queues, sources = set(), set()
    for message, cause, queue, source in _found(actor, query):
        selection[cause or ""].append(message)
        queues.add(queue)
        sources.add(source)
    if not selection:
        raise Invalid("", _("No failed message of your tickets matches."))
    if pace.remedy == Remedy.HUMAN_JUDGEMENT and not queues <= actor.senior_queue_ids:
        raise Invalid("remedy", _("A specialist has to vouch for an unknown cause."))
    order = resend.Order(
        selection=selection,
        queue_ids=sorted(queues),
        query=query.as_json(),
        source=Source.objects.get(pk=sources.pop()) if len(sources) == 1 else None,
        remedy=pace.remedy,
        patch=pace.patch,
        with_unclear=pace.with_unclear,
        canary_size=pace.canary_size,
        ramp=pace.ramp,
        rate_per_s=pace.rate_per_s,
    )
    limit = _limit(roles_on(actor, sorted(queues)))
    return resend.draft(order, person_id=person, resend_limit=limit)


def _found(actor: Actor, query: Query) -> list[tuple[int, str | None, int, int]]:
    """Message, cause, queue and source of the newest report of each message."""
    rows = FailureReport.objects.filter(
        ticket__in=_tickets(actor), message__isnull=False
    )
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


# --- what may be done with an operation -----------------------------------------------


def roles_on(actor: Actor, queue_ids: Sequence[int]) -> frozenset[Role]:
    """Return the roles that count for messages of these queues: held in all of them."""
    needed = frozenset(queue_ids)
    of_queues = (
        (Role.AGENT, actor.queue_ids),
        (Role.SPECIALIST, actor.senior_queue_ids),
        (Role.LEAD, actor.lead_queue_ids),
    )
    here = {role for role, ids in of_queues if needed <= ids}
    return (actor.roles - {role for role, _ids in of_queues}) | here


def _limit(roles: frozenset[Role]) -> int:
    return max((RESEND_LIMIT.get(role, 0) for role in roles), default=0)


def _may(actor: Actor, action: str, operation: ResendOperation) -> bool:
    roles = roles_on(actor, operation.queue_ids)
    return any(TABLE[action][role] is not Cell.REFUSED for role in roles)


def find(number: int, actor: Actor) -> ResendOperation:
    """Fetch an operation in scope; raises :class:`NotFound` otherwise."""
    rows = ResendOperation.objects.visible_to(actor)
    rows = rows.select_related("created_by", "approved_by", "source")
    operation: ResendOperation | None = rows.filter(number=number).first()
    if operation is None:
        raise NotFound(number)
    return operation


Answer = bool | str | None  # draw it, draw it locked with this reason, or not at all


@dataclass(frozen=True, slots=True)
class Actions:
    """What the actor may do now."""

    approve: Answer = None
    start: Answer = None
    resume: Answer = None
    pause: Answer = None
    cancel: Answer = None


def actions(operation: ResendOperation, actor: Actor) -> Actions:
    """Say what the actor may do with an operation as it stands."""
    state = operation.state
    waits = state == ResendState.PLANNED and operation.needs_second_person
    begins = state in (ResendState.PLANNED, ResendState.APPROVED)
    run = _run(operation, actor)
    return Actions(
        approve=_approve(operation, actor) if waits else None,
        start=run if begins else None,
        resume=run if state == ResendState.PAUSED else None,
        pause=(state in UNDER_WAY and _may(actor, "resend.pause", operation)) or None,
        cancel=(state not in OVER and _may(actor, "resend.cancel", operation)) or None,
    )


def _approve(operation: ResendOperation, actor: Actor) -> Answer:
    if not _may(actor, "resend.approve", operation):
        return None
    if operation.created_by_id == actor.person_id:
        return _("You planned this: somebody else has to agree.")
    return True


def _run(operation: ResendOperation, actor: Actor) -> Answer:
    if not _may(actor, "resend.run", operation):
        return None
    if operation.will_send == 0:
        return _("There is nothing to send.")
    if operation.approved_by_id is not None:
        return True
    if operation.needs_second_person:
        return _("A lead has to agree first, who did not plan it.")
    limit = _limit(roles_on(actor, operation.queue_ids))
    if operation.will_send > limit:
        return ngettext(
            "You may send %(limit)d message again in one go.",
            "You may send %(limit)d messages again in one go.",
            limit,
        ) % {"limit": limit}
    return True


def decide(number: int, actor: Actor, verb: str, now: datetime) -> ResendOperation:
    """Approve, start, resume, pause or cancel an operation.

    Raises :class:`NotFound`, :class:`Forbidden`, or :class:`Invalid` with the reason
    when it cannot be done now, for instance because somebody was first.
    """
    operation = find(number, actor)
    answer: Answer = getattr(actions(operation, actor), verb)
    person = actor.person_id
    if isinstance(answer, str):
        raise Invalid(verb, answer)
    action = {"start": "run", "resume": "run"}.get(verb, verb)
    if person is None or not _may(actor, f"resend.{action}", operation):
        raise Forbidden("not_allowed")
    try:
        match verb:
            case "approve":
                resend.approve(operation.pk, person)
            case "pause":
                resend.pause(operation.pk, person)
            case "cancel":
                resend.cancel(operation.pk, person, now)
            case _:
                resend.start(operation.pk, person, now)
    except resend.NotNow as late:
        raise Invalid(verb, late.message) from late
    return operation
