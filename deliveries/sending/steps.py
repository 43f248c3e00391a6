"""How is a step of a bulk resend written down, and told to the work above?"""

from deliveries import facts
from deliveries.models import ChangeKind, ResendEvent, ResendState


def take(
    operation_id: int,
    state: ResendState,
    person_id: int | None = None,
    *,
    reason: str = "",
) -> None:
    """Write a step down in the transaction that takes it; no person is the machine."""
    event = ResendEvent.objects.create(
        operation_id=operation_id, state=state, person_id=person_id, reason=reason
    )
    facts.record(ChangeKind.RESEND_STEP, subject_id=event.pk)
