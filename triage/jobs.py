"""Which work does a person start and watch?

A job carries the id of a row that holds its progress, its result and its end. It may
run twice or never: the row decides, and the sweeper rings for it again.
"""

from django.utils import timezone
from django_rq import job
from rq import Retry

from triage import bulk, exports, rehearsals, teaching


# Without a retry, RQ calls a job failed whose worker was killed.
@job("people", retry=Retry(max=3))
def rehearse(pk: int) -> None:
    """Rehearse a taught rule."""
    teaching.rehearse(pk, timezone.now)


@job("people", retry=Retry(max=3))
def carry_out(pk: int) -> None:
    """Carry out or undo an action on many tickets."""
    bulk.carry_out(pk, timezone.now)


@job("people", retry=Retry(max=3))
def write_export(pk: int) -> None:
    """Write the file of an export."""
    exports.write(pk, timezone.now)


@job("people", retry=Retry(max=3))
def rehearse_change(pk: int) -> None:
    """Rehearse a change of routing, promises or hours."""
    rehearsals.carry_out(pk, timezone.now)
