"""How long is a file there, and how is it read without being held in memory?"""

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from deliveries.leases import MAX_TRIES
from triage import inbox
from triage.models import Export, ExportPart, ExportState

KEPT = timedelta(hours=24)


def is_there(export: Export, now: datetime) -> bool:
    """Whether the file of an export can still be had."""
    if export.state != ExportState.DONE or export.ended_at is None:
        return False
    ended: datetime = export.ended_at
    return ended + KEPT >= now


def read(export: Export) -> Iterator[bytes]:
    """Yield the file in its parts; no more than one is fetched at a time."""
    numbers = list(export.parts.order_by("number").values_list("number", flat=True))
    for number in numbers:
        yield gzip.decompress(bytes(export.parts.get(number=number).content))


def forgotten(now: datetime) -> list[int]:
    """End exports that killed their workers; return those to ring for once more."""
    due = Export.objects.unfinished().filter(due_at__lte=now)
    with transaction.atomic():
        lost = due.filter(tries__gte=MAX_TRIES).select_for_update(no_key=True)
        ids = list(lost.values_list("pk", flat=True))
        rows = Export.objects.filter(pk__in=ids)
        rows.update(state=ExportState.FAILED, ended_at=now, parked_at=now, due_at=None)
        ExportPart.objects.filter(export__in=ids).delete()
        for export in rows:
            inbox.export_over(export)
    return list(due.order_by("due_at").values_list("pk", flat=True)[:100])


def remove_old(now: datetime) -> int:
    """Remove files whose day is over; returns how many."""
    old = Export.objects.filter(state=ExportState.DONE, ended_at__lt=now - KEPT)
    with transaction.atomic():
        ids = list(old.select_for_update(no_key=True).values_list("pk", flat=True))
        ExportPart.objects.filter(export__in=ids).delete()
        rows = Export.objects.filter(pk__in=ids)
        return int(rows.update(state=ExportState.REMOVED, size=None))
