"""Which incident is meant, and where has it gone?"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.models import LIVE, FailureGroup, GroupAlias, Ticket
from triage.tickets import Forbidden, Invalid, NotFound


def find(number: int, actor: Actor) -> FailureGroup:
    """Return an incident in the actor's scope; raises :class:`NotFound`."""
    rows = FailureGroup.objects.visible_to(actor).select_related(
        "category", "source", "acknowledged_by", "muted_by", "split_from"
    )
    group: FailureGroup | None = rows.filter(number=number).first()
    if group is None:
        raise NotFound(number)
    return group


def named(text: str, actor: Actor, field: str) -> FailureGroup:
    """Return the incident whose number a person typed; raises :class:`Invalid`."""
    digits = text.strip().removeprefix("#")
    if not digits.isdecimal() or len(digits) > 18:
        raise Invalid(field, _("Type the number of an incident."))
    try:
        return find(int(digits), actor)
    except NotFound as error:
        raise Invalid(field, _("You see no incident with this number.")) from error


def end_of(group: FailureGroup) -> FailureGroup:
    """Return the incident where the reports of a group are."""
    alias = merges_into(group)
    return group if alias is None else alias.group


def merges_into(group: FailureGroup) -> GroupAlias | None:
    """Return the merge of a group that stands."""
    rows = GroupAlias.objects.live().select_related("group__category", "into")
    return rows.filter(digest=group.digest).first()


def live_tickets(groups: Iterable[FailureGroup]) -> list[Ticket]:
    """Lock the live tickets of locked groups, in the order that everybody keeps."""
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("group__category", "queue", "category_override")
    return list(rows.filter(group__in=list(groups), state__in=LIVE).order_by("pk"))


def permit(actor: Actor, action: str, tickets: Iterable[Ticket]) -> None:
    """Raise :class:`Forbidden` unless the actor may do it to each of the tickets.

    A ticket outside the actor's queues is not theirs to change either; it is not named.
    """
    tickets = list(tickets)
    if not actor.may(action):
        raise Forbidden("not_allowed")
    for ticket in tickets:
        if not _sees(actor, ticket):
            raise Forbidden(
                "not_own",
                _("One of its tickets lies in a queue in which you do not work."),
            )
        answer = access.may(actor, action, ticket)
        if isinstance(answer, access.Refused):
            said = {"number": ticket.number}
            reason = _("Ticket #%(number)d is not yours to change.") % said
            raise Forbidden(answer.code, reason)


def refusal(actor: Actor, action: str, tickets: Iterable[Ticket]) -> str:
    """Say in a sentence why :func:`permit` refuses; empty if it does not."""
    try:
        permit(actor, action, tickets)
    except Forbidden as error:
        return error.reason or _("Your role does not let you do it.")
    return ""


def _sees(actor: Actor, ticket: Ticket) -> bool:
    return actor.sees_everything or ticket.queue_id in actor.queue_ids
