"""How does a person get to see a recipient in plain text?

With a reason, one message at a time, and never before the look is written down: the
row is committed first, and the tickets about the message tell of it. Of a look that
raises an alarm auditors and the leads of its queues hear at once, in their inboxes.
"""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries import vault
from deliveries.actor import Actor, Role
from deliveries.models import Message
from triage import access, inbox, scopes, timeline
from triage.grants import TABLE, Cell
from triage.models import (
    UNSOLVED,
    EventKind,
    MemberRole,
    Reveal,
    RevealAlarm,
    RevealField,
    Ticket,
)
from triage.models.reveal import REASON_LEAST
from triage.tickets import Forbidden, Invalid, NotFound, staff_text

log = logging.getLogger(__name__)

ACTION = "person.reveal"
USUAL = 20  # reveals of one person within HOUR; more of them raise an alarm
HOUR = timedelta(hours=1)
MOST_TICKETS = 20  # on whose timelines one look is told of


def find(public_id: str, actor: Actor) -> Message:
    """Fetch a message that the actor sees; raises :class:`NotFound` otherwise."""
    rows = scopes.messages_visible_to(actor).filter(public_id=public_id)
    message = rows.select_related("address__recipient__key", "source").first()
    if message is None:
        raise NotFound(public_id)
    return message


def may_reveal(actor: Actor, message: Message) -> bool:
    """Say whether the actor may look at the recipient of a message they see."""
    return is_usual(actor, message) or _is_break_glass(actor)


def is_usual(actor: Actor, message: Message) -> bool:
    """Say whether a ticket admits it, in whose queue the actor's role allows it."""
    return any(
        not isinstance(access.may(actor, ACTION, ticket), access.Refused)
        and actor.queue_ids
        and ticket.queue_id in actor.queue_ids
        for ticket in scopes.tickets_of(message, actor)[:MOST_TICKETS]
    )


def _is_break_glass(actor: Actor) -> bool:
    return Role.ADMIN in actor.roles and TABLE[ACTION][Role.ADMIN] is Cell.ANY


def reveal(public_id: str, actor: Actor, *, reason: str, now: datetime) -> str:
    """Write the look down, then return the recipient of a message in plain text.

    Raises :class:`NotFound` out of scope, :class:`Forbidden`, and :class:`Invalid`
    for a reason that says nothing, or where there is nothing to be seen.
    """
    message = find(public_id, actor)
    usual = is_usual(actor, message)
    person = actor.person_id
    if person is None or not (usual or _is_break_glass(actor)):
        raise Forbidden("not_allowed")
    reason = staff_text(reason)
    if len(reason) < REASON_LEAST:
        raise Invalid("reason", _("Give a reason of at least 10 characters."))
    address = message.address
    if address is None:
        raise Invalid("", _("The address of this message is not known to us."))
    alarm = _alarm(person, now, usual=usual)
    with transaction.atomic(durable=True):
        row = Reveal.objects.create(
            person_id=person,
            object_id=message.public_id,
            field=RevealField.RECIPIENT,
            reason=reason,
            alarm=alarm,
        )
        _tell(message, actor, row)
        if alarm:
            inbox.revealed(row, _watching(message))
    if alarm:
        log.warning("Reveal %d raised the alarm “%s”.", row.pk, alarm)
    try:
        return address.value()
    except vault.Unreadable as error:
        raise Invalid("", _("This person was forgotten: nothing is left.")) from error


def _alarm(person_id: int, now: datetime, *, usual: bool) -> str:
    if not usual:
        return RevealAlarm.BREAK_GLASS
    seen = Reveal.objects.filter(person=person_id, at__gt=now - HOUR)
    return RevealAlarm.MANY if seen.count() >= USUAL else ""


def _tell(message: Message, actor: Actor, row: Reveal) -> None:
    """Put it on the timelines of the tickets about the message, unsolved or newest."""
    about = Ticket.objects.filter(pk__in=_about(message))
    rows = about.select_for_update(of=("self",), no_key=True).order_by("pk")
    change = {"message": message.public_id, "field": row.field, "reason": row.reason}
    if row.alarm:
        change["alarm"] = row.alarm
    for ticket in rows:
        timeline.add(ticket, EventKind.REVEALED, actor, change)


def _watching(message: Message) -> list[int]:
    """Auditors, and the leads of the queues in which the message is worked on."""
    queues = Ticket.objects.filter(pk__in=_about(message)).values("queue")
    leads = Q(memberships__queue__in=queues, memberships__role=MemberRole.LEAD)
    watching = User.objects.filter(leads | Q(groups__name=Role.AUDITOR), is_active=True)
    return list(watching.values_list("pk", flat=True).distinct())


def _about(message: Message) -> list[int]:
    rows = Ticket.objects.filter(
        pk__in=scopes.reports_of(message).values("ticket")
    ).order_by("-pk")
    unsolved = list(
        rows.filter(state__in=UNSOLVED).values_list("pk", flat=True)[:MOST_TICKETS]
    )
    return unsolved or list(rows.values_list("pk", flat=True)[:1])
