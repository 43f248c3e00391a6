"""How is a file written piece by piece, whatever dies on the way?

One transaction a piece: the part and how far the file is. Whoever takes the export up
after another worker begins anew, and what the other one still writes is dropped.
"""

import gzip
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from deliveries.leases import LEASE, MAX_TRIES, LeaseLost
from triage import access, bulk, inbox
from triage.exports import formats
from triage.exports.asking import ACTION, is_allowed
from triage.exports.columns import lines_of
from triage.models import Export, ExportPart, ExportState

log = logging.getLogger(__name__)

CHUNK = 1_000
INLINE = 200  # rows that are written while the person waits
Clock = Callable[[], datetime]


def write(pk: int, clock: Clock = timezone.now) -> None:
    """Write a file to its end, unless another worker has it."""
    run = _claim(pk, clock())
    if run is None:
        return
    try:
        with translation.override(run.language):
            _write(run, clock)
    except LeaseLost:
        log.warning("Export %d is written by another worker.", pk)
    except Exception:  # the edge of a worker: the sweeper rings for it again
        log.exception("Export %d could not be written.", pk)


def _claim(pk: int, now: datetime) -> Export | None:
    rows = Export.objects.unfinished().filter(
        pk=pk, due_at__lte=now, tries__lt=MAX_TRIES
    )
    with transaction.atomic():
        claimed = rows.update(
            due_at=now + LEASE,
            epoch=F("epoch") + 1,
            tries=F("tries") + 1,
            state=ExportState.WRITING,
            written=0,
        )
        if not claimed:
            return None
        ExportPart.objects.filter(export=pk).delete()
    found: Export = Export.objects.select_related(
        "requested_by", "selection__queue"
    ).get(pk=pk)
    return found


def _hold(run: Export, **changes: Any) -> None:
    """Write to the row under the claim; raises :class:`LeaseLost`."""
    held = Export.objects.filter(pk=run.pk, epoch=run.epoch)
    if not held.update(**changes):
        raise LeaseLost(f"Export {run.pk}")


def _write(run: Export, clock: Clock) -> None:
    actor = access.actor_for_user(run.requested_by)
    picked = run.selection
    refused = not actor.sees_everything and not is_allowed(actor, set(run.queue_ids))
    if picked is None or refused or not actor.may(ACTION):
        _end(run, state=ExportState.FAILED, ended_at=clock())
        return
    ordered = bulk.selected(picked, actor).most_urgent_first()
    ids = list(ordered.values_list("pk", flat=True))
    form = formats.of(run)
    size = _keep(run, 0, form.head(run), clock(), written=0)
    written = 0
    for part, begin in enumerate(range(0, len(ids), CHUNK), start=1):
        lines = list(lines_of(ids[begin : begin + CHUNK], actor))
        written += len(lines)
        size += _keep(run, part, form.lines(lines), clock(), written=written)
    size += _keep(run, len(ids) + 1, form.tail(), clock(), written=written)
    _end(run, state=ExportState.DONE, size=size, ended_at=clock(), tries=0)


def _keep(run: Export, number: int, text: str, now: datetime, *, written: int) -> int:
    """Keep one part under the claim; returns its size in bytes."""
    content = text.encode()
    with transaction.atomic():
        _hold(run, due_at=now + LEASE, written=written, tries=1)
        if content:
            packed = gzip.compress(content, mtime=0)
            ExportPart.objects.create(export=run, number=number, content=packed)
    return len(content)


def _end(run: Export, **changes: Any) -> None:
    with transaction.atomic():
        _hold(run, due_at=None, **changes)
        run.refresh_from_db(fields=["state"])
        if run.expected > INLINE:
            inbox.export_over(run)
