"""What may a person do with a bulk resend, and in which order?

Who may do it is asked above. Each decision is one conditional update, so of two people
who act at once the second is told that it was too late.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from deliveries.models import UNDER_WAY, ResendOperation, ResendState
from deliveries.sending import steps


class NotNow(Exception):
    """The operation does not stand where this leads on from."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def approve(pk: int, person_id: int) -> None:
    """Agree to a plan as the second person; raises :class:`NotNow`.

    Nobody agrees to a plan of their own, whatever they may do otherwise.
    """
    with transaction.atomic():
        operation = ResendOperation.objects.select_for_update().get(pk=pk)
        if operation.created_by_id == person_id:
            raise NotNow(_("You planned this: somebody else has to agree."))
        if not operation.needs_second_person:
            raise NotNow(_("This plan needs no second person."))
        _move(operation, ResendState.APPROVED, person_id, approved_by_id=person_id)


def refuse(pk: int, person_id: int, reason: str, now: datetime) -> None:
    """Do not agree to a plan, as the second person; raises :class:`NotNow`.

    It is cancelled for good, with the reason beside the step. Who planned it withdraws
    it instead, which is :func:`cancel`.
    """
    with transaction.atomic():
        operation = ResendOperation.objects.select_for_update().get(pk=pk)
        if operation.created_by_id == person_id:
            raise NotNow(_("You planned this: somebody else has to agree."))
        if not operation.waits_for_second_person:
            raise NotNow(
                _("It is “%(state)s” by now.")
                % {"state": operation.get_state_display()}
            )
        _end(operation, person_id, now, reason)


def start(pk: int, person_id: int, now: datetime) -> None:
    """Begin with the canary, or go on after a pause; raises :class:`NotNow`.

    A plan that needs no second person is approved by being started.
    """
    with transaction.atomic():
        operation = ResendOperation.objects.select_for_update().get(pk=pk)
        if operation.state == ResendState.PAUSED:
            _resume(operation, person_id, now)
            return
        if operation.state == ResendState.PLANNED:
            if operation.needs_second_person:
                raise NotNow(_("A second person has to agree first."))
            _move(operation, ResendState.APPROVED, person_id)
        if not operation.n_planned:
            raise NotNow(_("There is nothing to send."))
        _move(
            operation,
            ResendState.CANARY,
            person_id,
            step=0,
            step_left=operation.canary_size,
            due_at=now,
        )


def _resume(operation: ResendOperation, person_id: int, now: datetime) -> None:
    state = ResendState.RAMPING if operation.step else ResendState.CANARY
    _move(operation, state, person_id, due_at=now, parked_at=None, fault="", tries=0)


def pause(pk: int, person_id: int) -> None:
    """Send nothing more until it is resumed; raises :class:`NotNow`.

    What was handed to a provider already is on its way.
    """
    with transaction.atomic():
        operation = ResendOperation.objects.select_for_update().get(pk=pk)
        if operation.state not in UNDER_WAY:
            raise NotNow(_("It is not under way."))
        _move(operation, ResendState.PAUSED, person_id, due_at=None)


def cancel(pk: int, person_id: int, now: datetime) -> None:
    """Send nothing more for good; raises :class:`NotNow` when it is over."""
    with transaction.atomic():
        operation = ResendOperation.objects.select_for_update().get(pk=pk)
        _end(operation, person_id, now)


def _end(
    operation: ResendOperation, person_id: int, now: datetime, reason: str = ""
) -> None:
    """Cancel a locked operation; what it holds is let go when it is due next."""
    _move(
        operation,
        ResendState.CANCELLED,
        person_id,
        reason=reason,
        ended_at=now,
        due_at=now,
        parked_at=None,
        tries=0,
    )


def _move(
    operation: ResendOperation,
    to: ResendState,
    person_id: int,
    *,
    reason: str = "",
    **changes: object,
) -> None:
    """Move a locked operation; any claim of it is void from now on."""
    changes["epoch"] = F("epoch") + 1
    if not ResendOperation.objects.move(operation.pk, to, **changes):
        raise NotNow(
            _("It is “%(state)s” by now.") % {"state": operation.get_state_display()}
        )
    steps.take(operation.pk, to, person_id, reason=reason)
