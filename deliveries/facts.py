"""How does the bottom tell the layers above that something changed?

It does not: it leaves a row, in the transaction of the cause, and whoever depends on
the fact claims it.
"""

from django.db import transaction
from django.db.models.functions import Now

from deliveries.models import ChangeKind, FactChange, Message, Source
from deliveries.models.change import OF_NO_SOURCE


class OutsideTransaction(RuntimeError):
    """A change was told outside the transaction of its cause, so it could be lost."""


def record(
    kind: ChangeKind,
    *,
    message: Message | None = None,
    source: Source | None = None,
    attempt_n: int | None = None,
    subject_id: int | None = None,
) -> FactChange:
    """Leave a change to be claimed at once.

    The source is the message's unless it is given. Raises :class:`OutsideTransaction`,
    and ``ValueError`` when neither is given, except for the breaker of a route, which
    serves every source, and for a bulk resend, which may be about several.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction("Tell of a change in the transaction that makes it.")
    source_id: int | None
    if message is not None:
        source_id = message.source_id
    elif source is not None:
        source_id = source.pk
    elif kind in OF_NO_SOURCE:
        source_id = None
    else:
        raise ValueError("A change belongs to a message or to a source.")
    return FactChange.objects.create(
        kind=kind,
        source_id=source_id,
        message=message,
        attempt_n=attempt_n,
        subject_id=subject_id,
        due_at=Now(),
    )
