"""How does a rehearsal of a change get to its end, whatever dies on the way?

The tickets are counted in chunks; after each the row says how far it is. Whoever takes
one up after another worker counts anew, and what the other one still writes is dropped.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from deliveries.leases import LEASE, MAX_TRIES, LeaseLost
from triage import inbox
from triage.models import ChangeRehearsal, ChangeRehearsalState
from triage.rehearsals.asking import KEPT
from triage.rehearsals.counting import counter

log = logging.getLogger(__name__)

CHUNK = 200
INLINE = 200  # tickets that are counted while the person waits
Clock = Callable[[], datetime]


def carry_out(pk: int, clock: Clock) -> None:
    """Count to the end, unless another worker does or somebody asked anew."""
    run = _claim(pk, clock())
    if run is None:
        return
    try:
        _count(run, clock)
    except LeaseLost:
        log.warning("Rehearsal %d of a change is counted by another worker.", pk)
    except Exception:  # the edge of a worker: the sweeper rings for it again
        log.exception("Rehearsal %d of a change could not be counted.", pk)


def _claim(pk: int, now: datetime) -> ChangeRehearsal | None:
    rows = ChangeRehearsal.objects.unfinished().filter(
        pk=pk, due_at__lte=now, tries__lt=MAX_TRIES
    )
    claimed = rows.update(
        due_at=now + LEASE,
        epoch=F("epoch") + 1,
        tries=F("tries") + 1,
        state=ChangeRehearsalState.RUNNING,
        examined=0,
    )
    found: ChangeRehearsal | None = None
    if claimed:
        found = ChangeRehearsal.objects.get(pk=pk)
    return found


def _hold(run: ChangeRehearsal, **changes: Any) -> None:
    """Write to the row under the claim; raises :class:`LeaseLost`."""
    held = ChangeRehearsal.objects.filter(pk=run.pk, epoch=run.epoch)
    if not held.update(**changes):
        raise LeaseLost(f"ChangeRehearsal {run.pk}")


def _count(run: ChangeRehearsal, clock: Clock) -> None:
    counted = counter(run.kind, run.before, run.after, run.asked_at)
    ids = counted.ids()
    _hold(run, total=len(ids))
    for begin in range(0, len(ids), CHUNK):
        chunk = ids[begin : begin + CHUNK]
        counted.add(chunk)
        _hold(run, due_at=clock() + LEASE, examined=begin + len(chunk), tries=1)
    with transaction.atomic():
        _hold(
            run,
            state=ChangeRehearsalState.DONE,
            result=counted.result(),
            ended_at=clock(),
            due_at=None,
            tries=0,
        )
        run.refresh_from_db(fields=["state"])
        if len(ids) > INLINE:
            inbox.change_over(run)


def forgotten(now: datetime) -> list[int]:
    """End rehearsals that killed their workers; return those to ring for once more."""
    due = ChangeRehearsal.objects.unfinished().filter(due_at__lte=now)
    with transaction.atomic():
        lost = due.filter(tries__gte=MAX_TRIES).select_for_update(no_key=True)
        ids = list(lost.values_list("pk", flat=True))
        rows = ChangeRehearsal.objects.filter(pk__in=ids)
        rows.update(
            state=ChangeRehearsalState.FAILED, ended_at=now, parked_at=now, due_at=None
        )
        for run in rows:
            inbox.change_over(run)
    return list(due.order_by("due_at").values_list("pk", flat=True)[:100])


def remove_old(now: datetime) -> int:
    """Remove rehearsals that nobody saved in their time; returns how many."""
    old = ChangeRehearsal.objects.filter(ended_at__lt=now - KEPT)
    return int(old.delete()[0])
