"""What may a person do with a bulk resend as it stands, and who has to agree?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries import resend
from deliveries.actor import Actor, Role
from deliveries.models import OVER, UNDER_WAY, ResendOperation, ResendState
from triage.grants import RESEND_LIMIT, TABLE, Cell
from triage.tickets import Forbidden, Invalid, NotFound, staff_text

STANDS_AGAINST = "transition_not_allowed"


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


def limit_of(roles: frozenset[Role]) -> int:
    """Return how many messages these roles may send again in one go."""
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


class NotNow(Invalid):
    """The operation, or the amount, stands against it; ``code`` is for machines."""

    def __init__(self, verb: str, message: str, code: str = STANDS_AGAINST) -> None:
        super().__init__(verb, message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Locked:
    """Why something cannot be done now, in words and by a code for machines."""

    text: str
    code: str = STANDS_AGAINST

    def __str__(self) -> str:
        return self.text


Answer = bool | Locked | None  # draw it, draw it locked for a reason, or not at all


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
    waits = operation.waits_for_second_person
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
        words = _("You planned this: somebody else has to agree.")
        return Locked(words, "not_allowed")
    return True


def _run(operation: ResendOperation, actor: Actor) -> Answer:
    if not _may(actor, "resend.run", operation):
        return None
    if operation.will_send == 0:
        return Locked(_("There is nothing to send."))
    if operation.approved_by_id is not None:
        return True
    if operation.needs_second_person:
        return Locked(_("A lead has to agree first, who did not plan it."))
    limit = limit_of(roles_on(actor, operation.queue_ids))
    if operation.will_send > limit:
        words = ngettext(
            "You may send %(limit)d message again in one go.",
            "You may send %(limit)d messages again in one go.",
            limit,
        ) % {"limit": limit}
        return Locked(words, "amount_exceeded")
    return True


def to_be_planned(number: int, actor: Actor) -> ResendOperation:
    """Fetch an operation whose planning is to be taken up, or that is planned.

    Raises :class:`NotFound`, :class:`Forbidden`, or :class:`NotNow` once it went on.
    """
    operation = find(number, actor)
    if not _may(actor, "resend.plan", operation):
        raise Forbidden("not_allowed")
    if operation.state not in (ResendState.DRAFT, ResendState.PLANNED):
        words = _("It is “%(state)s” by now.")
        raise NotNow("plan", words % {"state": operation.get_state_display()})
    return operation


def decide(number: int, actor: Actor, verb: str, now: datetime) -> ResendOperation:
    """Approve, start, resume, pause or cancel an operation; return it as it was.

    What is paused is resumed by being started. Raises :class:`NotFound`,
    :class:`Forbidden`, or :class:`NotNow` with the reason when it cannot be done now,
    for instance because somebody was first.
    """
    operation = find(number, actor)
    if verb == "start" and operation.state == ResendState.PAUSED:
        verb = "resume"
    answer: Answer = getattr(actions(operation, actor), verb)
    person = actor.person_id
    if isinstance(answer, Locked):
        raise NotNow(verb, answer.text, answer.code)
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
        raise NotNow(verb, late.message) from late
    return operation


def to_be_refused(number: int, actor: Actor) -> ResendOperation:
    """Fetch a plan that waits for the actor's word.

    Raises :class:`NotFound`, :class:`Forbidden`, or :class:`NotNow` for one's own plan
    and for one that is no longer waiting.
    """
    operation = find(number, actor)
    if actor.person_id is None or not _may(actor, "resend.approve", operation):
        raise Forbidden("not_allowed")
    if not operation.waits_for_second_person:
        words = _("It is “%(state)s” by now.")
        raise NotNow("refuse", words % {"state": operation.get_state_display()})
    answer = _approve(operation, actor)
    if isinstance(answer, Locked):
        raise NotNow("refuse", answer.text, answer.code)
    return operation


def refuse(number: int, actor: Actor, reason: str, now: datetime) -> ResendOperation:
    """Do not agree to a plan, which ends it; return it as it was.

    Raises what :func:`to_be_refused` raises, and :class:`Invalid` without a reason.
    """
    operation = to_be_refused(number, actor)
    reason = staff_text(reason)
    if not reason or actor.person_id is None:
        raise Invalid("reason", _("Say why it must not be sent like this."))
    try:
        resend.refuse(operation.pk, actor.person_id, reason, now)
    except resend.NotNow as late:
        raise NotNow("refuse", late.message) from late
    return operation
