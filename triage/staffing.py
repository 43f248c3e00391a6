"""Which queues are there, and who works in them as what?

A lead keeps the queues that they lead. Nobody changes their own place, and only an
admin makes or ends a lead; every change is in the history of its row.
"""

from dataclasses import dataclass

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.actor import Actor, Role
from triage.models import (
    UNSOLVED,
    BusinessCalendar,
    MemberRole,
    Membership,
    Queue,
    Ticket,
)
from triage.tickets import Forbidden, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Names:
    """What a queue is called in both languages; the Chinese one may be empty."""

    name: str
    name_zh_hans: str = ""


def led(slug: str, actor: Actor) -> Queue:
    """Find a queue that the actor keeps.

    Raises :class:`NotFound` out of scope, :class:`Forbidden` where they only work.
    """
    found = Queue.objects.led_by(actor).filter(slug=slug).first()
    if found is not None:
        return found
    if Queue.objects.visible_to(actor).filter(slug=slug).exists():
        raise Forbidden("not_own")
    raise NotFound(slug)


def grantable(actor: Actor) -> list[MemberRole]:
    """The roles that the actor may give and take."""
    roles = [MemberRole.AGENT, MemberRole.SPECIALIST]
    return [*roles, MemberRole.LEAD] if actor.may("account.manage") else roles


def candidates(actor: Actor) -> list[User]:
    """People who can be given work: active, of the house, and not oneself."""
    outside = Membership.objects.filter(source__isnull=False).values("person")
    people = User.objects.filter(is_active=True).exclude(pk__in=outside)
    return list(
        people.exclude(pk=actor.person_id or 0).order_by("first_name", "username")
    )


def create(actor: Actor, names: Names, calendar: BusinessCalendar | None) -> Queue:
    """Make an empty queue; a lead who makes one leads it."""
    person = _person(actor)
    with transaction.atomic():
        queue = Queue.objects.create(
            slug=_free_slug(names.name),
            name=names.name,
            name_zh_hans=names.name_zh_hans,
            calendar=calendar,
        )
        _note(person, queue, ADDITION, names.name)
        if Role.LEAD in actor.roles:
            row = Membership.objects.create(
                queue=queue, person_id=person, role=MemberRole.LEAD
            )
            _note(person, row, ADDITION, str(row.role))
    return queue


def _free_slug(name: str) -> str:
    base = slugify(name)[:40] or "queue"
    taken = set(
        Queue.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (base, *numbered) if each not in taken)


def rename(slug: str, actor: Actor, names: Names) -> Queue:
    """Call a queue something else; its address stays."""
    person = _person(actor)
    with transaction.atomic():
        queue = led(slug, actor)
        queue.name, queue.name_zh_hans = names.name, names.name_zh_hans
        queue.save(update_fields=["name", "name_zh_hans"])
        _note(person, queue, CHANGE, names.name)
    return queue


def enlist(slug: str, actor: Actor, person: User, role: MemberRole) -> Membership:
    """Let somebody work a queue as something; what they were in it ends."""
    me = _person(actor)
    with transaction.atomic():
        queue = Queue.objects.select_for_update().get(pk=led(slug, actor).pk)
        before = Membership.objects.filter(queue=queue, person=person)
        _may_change(actor, person.pk, {role, *(each.role for each in before)})
        for row in before.exclude(role=role):
            _note(me, row, DELETION, str(row.role))
            row.delete()
        row, made = Membership.objects.get_or_create(
            queue=queue, person=person, role=role
        )
        if made:
            _note(me, row, ADDITION, str(role))
    return row


def dismiss(slug: str, pk: int, actor: Actor) -> None:
    """End somebody's work in a queue.

    Raises :class:`Invalid` while they hold unsolved tickets of it, which would be
    theirs out of their sight.
    """
    me = _person(actor)
    with transaction.atomic():
        queue = Queue.objects.select_for_update().get(pk=led(slug, actor).pk)
        row = Membership.objects.filter(queue=queue, pk=pk).first()
        if row is None:
            raise NotFound(pk)
        _may_change(actor, row.person_id, {row.role})
        held = Ticket.objects.filter(
            queue=queue, assignee=row.person_id, state__in=UNSOLVED
        ).count()
        others = Membership.objects.filter(queue=queue, person=row.person_id)
        if held and not others.exclude(pk=pk).exists():
            said = ngettext(
                "This person holds %(count)d ticket of the queue. Give it to somebody"
                " else first.",
                "This person holds %(count)d tickets of the queue. Give them to"
                " somebody else first.",
                held,
            )
            raise Invalid("person", said % {"count": held})
        _note(me, row, DELETION, str(row.role))
        row.delete()


def _may_change(actor: Actor, person: int, roles: set[str]) -> None:
    if person == actor.person_id:
        raise Invalid("person", _("Nobody changes their own place in a queue."))
    if roles - set(grantable(actor)):
        raise Forbidden("not_allowed")


def _person(actor: Actor) -> int:
    if actor.person_id is None or not actor.may("queue.manage"):
        raise Forbidden("not_allowed")
    return actor.person_id


def _note(person: int, row: Queue | Membership, flag: int, said: str) -> None:
    LogEntry.objects.log_actions(person, [row], flag, said, single_object=True)
