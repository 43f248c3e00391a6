"""May this person do that to all of it, and what begins when they may?"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.bulk.checking import Forecast, forecast
from triage.models import BulkAction, BulkState, Selection, Ticket
from triage.models.selection import size
from triage.tickets.acts import Act
from triage.tickets.refusals import Forbidden, Invalid, NotFound

TYPED_ABOVE = 100  # rows; more need their count typed


class NotPermitted(Exception):
    """Some rows are not the actor's to change, so nothing was changed."""

    def __init__(self, forecast: Forecast) -> None:
        super().__init__(forecast)
        self.forecast = forecast


def start(
    token: str,
    actor: Actor,
    act: Act,
    *,
    seen_at: datetime | None,
    typed: str,
    now: datetime,
) -> BulkAction:
    """Ask for one decision about every ticket of a selection.

    ``seen_at`` is when the person looked at the rows; ``typed`` the count they typed.
    Raises :class:`NotFound`, :class:`Invalid` for a count that does not fit, and
    :class:`NotPermitted` when one of the rows is not theirs to change.
    """
    person = actor.person_id
    refused = isinstance(access.may(actor, "selection.make"), access.Refused)
    if refused or person is None:
        raise Forbidden("not_allowed")
    with transaction.atomic():
        rows = Selection.objects.visible_to(actor).select_for_update()
        selection = rows.defer("ids").filter(token=token).first()
        if selection is None:
            raise NotFound
        count = _count(selection, typed, actor, act)
        found = forecast(selection, count, actor, act)
        if found.forbids:
            raise NotPermitted(found)
        # Whoever says to have looked in the future, or before there was anything.
        looked = min(max(seen_at or selection.made_at, selection.made_at), now)
        action: BulkAction = BulkAction.objects.create(
            selection=selection,
            action=act.verb,
            parameters=act.parameters(),
            requested_by_id=person,
            expected=count,
            seen_at=looked,
            due_at=now,
        )
    return action


def _count(selection: Selection, typed: str, actor: Actor, act: Act) -> int:
    rows = Selection.objects.filter(pk=selection.pk)
    count = int(rows.values_list(size("ids"), flat=True)[0])
    if not count:
        raise Invalid("count", _("Nothing is selected any more."))
    if too_many := act.too_many(actor, count):
        raise Invalid("count", too_many)
    if count > TYPED_ABOVE and typed.replace(",", "").strip() != str(count):
        raise Invalid(
            "count", _("Type the number of tickets: %(count)d.") % {"count": count}
        )
    return count


def undo(pk: int, actor: Actor, *, now: datetime) -> BulkAction:
    """Ask for the undoing of one's own action.

    Raises :class:`NotFound`, or :class:`Invalid` when it is too late.
    """
    action: BulkAction | None = (
        BulkAction.objects.visible_to(actor).filter(pk=pk).first()
    )
    if action is None:
        raise NotFound
    if not actor.may("ticket.undo"):
        raise Forbidden("not_allowed")
    if action.state == BulkState.PENDING:
        pending = BulkAction.objects.filter(pk=pk, state=BulkState.PENDING)
        if pending.update(state=BulkState.UNDONE, ended_at=now, due_at=None):
            action.refresh_from_db()
            return action
    over = BulkAction.objects.filter(
        pk=pk, state__in=(BulkState.APPLIED, BulkState.FAILED)
    )
    changes = {"state": BulkState.UNDOING, "due_at": now, "tries": 0, "cursor": 0}
    if not over.filter(undo_until__gt=now).update(**changes, parked_at=None):
        raise Invalid("undo", _("It can no longer be undone."))
    action.refresh_from_db()
    return action


def left_alone(action: BulkAction, actor: Actor) -> list[int]:
    """Return the ids of the tickets in scope that an action left alone."""
    numbers = [number for number, _reason in action.result]
    rows = Ticket.objects.visible_to(actor).filter(number__in=numbers)
    return list(rows.order_by("pk").values_list("pk", flat=True))
