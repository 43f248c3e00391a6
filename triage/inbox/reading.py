"""How many lines has a person not read, and when have they?"""

from datetime import datetime

from django.db.models import Count, QuerySet

from deliveries.actor import Actor
from triage.models import StaffNotice


def unread(actor: Actor) -> int:
    """Count the lines that the actor has not read."""
    return sum(unread_rows(actor))


def unread_rows(actor: Actor) -> "QuerySet[StaffNotice, int]":
    """Ask for that count: one row, or none where everything is read."""
    rows = StaffNotice.objects.visible_to(actor).unread().order_by()
    counted = rows.values("person").annotate(lines=Count("pk"))
    found: QuerySet[StaffNotice, int] = counted.values_list("lines", flat=True)
    return found


def mark_read(actor: Actor, pk: int, now: datetime) -> StaffNotice | None:
    """Mark one's own line as read and return it; None if there is no such line.

    What was read needs no e-mail any more.
    """
    rows = StaffNotice.objects.visible_to(actor)
    rows.unread().filter(pk=pk).update(read_at=now, due_at=None)
    found: StaffNotice | None = rows.with_everything_for_list().filter(pk=pk).first()
    return found


def mark_all_read(actor: Actor, now: datetime, newest: int) -> int:
    """Mark one's own lines as read, up to the newest that was shown; count them."""
    rows = StaffNotice.objects.visible_to(actor).unread().filter(pk__lte=newest)
    return int(rows.update(read_at=now, due_at=None))
