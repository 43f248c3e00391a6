"""How is later work claimed exactly once at a time, and given back if a worker dies?

A row with ``due_at`` is work. A claim moves ``due_at`` to the end of a lease and
raises ``epoch`` and ``tries`` in one statement; whoever records a result names the
epoch of its claim, so a late worker changes nothing. After three claims without a
record the row is parked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connections, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

LEASE = timedelta(seconds=60)
MAX_TRIES = 3  # a row that was claimed thrice without a record is poison


class LeaseLost(Exception):
    """Another worker has claimed the row since: drop the result."""


class DueQuerySet(models.QuerySet[Any]):
    """Rows with later work."""

    def claim(self, limit: int, lease: timedelta = LEASE) -> list[Any]:
        """Take up to ``limit`` due rows under a lease, the longest due first.

        Commits by itself when no transaction is open. Rows that were claimed
        ``MAX_TRIES`` times are left for :meth:`exhausted`. An index scan on
        ``<model>_due`` with ``FOR UPDATE SKIP LOCKED``: claimers never wait.
        """
        meta = self.model._meta
        table = connections[self.db].ops.quote_name(meta.db_table)
        # The table's name is ours, never input; everything else is a parameter.
        statement = _CLAIM.format(table=table)
        values: list[Any] = [MAX_TRIES, limit, lease]
        with connections[self.db].cursor() as cursor:
            cursor.execute(statement, values)
            ids = [row[0] for row in cursor.fetchall()]
        return list(self.filter(pk__in=ids).order_by("pk")) if ids else []

    def exhausted(self, limit: int) -> list[Any]:
        """Return due rows whose tries are used up, to be parked by their use case."""
        query = self.filter(due_at__lte=Now(), tries__gte=MAX_TRIES)
        return list(query.order_by("due_at")[:limit])

    def settle(self, row: "DueRow", **changes: object) -> None:
        """Record the result of a claim and end its due time.

        Raises :class:`LeaseLost` when the row was claimed again since. Pass
        ``due_at`` to have it come back; a recorded result resets ``tries``.
        """
        changes = {"due_at": None, "tries": 0, **changes}
        if not self.filter(pk=row.pk, epoch=row.epoch).update(**changes):
            raise LeaseLost(f"{self.model.__name__} {row.pk}")

    def settle_all(self, rows: Sequence["DueRow"]) -> int:
        """End the due time of many claims; those that were lost are left alone."""
        held = Q()
        for row in rows:
            held |= Q(pk=row.pk, epoch=row.epoch)
        return self.filter(held).update(due_at=None, tries=0) if rows else 0

    def park(self, row: "DueRow", now: datetime) -> bool:
        """Take poison out of the due rows; true if this call did it."""
        held = self.filter(pk=row.pk, epoch=row.epoch, parked_at=None)
        return bool(held.update(due_at=None, parked_at=now))


_CLAIM = """
WITH due AS (
    SELECT id FROM {table}
    WHERE due_at <= now() AND tries < %s
    ORDER BY due_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE {table} AS claimed
SET due_at = now() + %s, epoch = claimed.epoch + 1, tries = claimed.tries + 1
FROM due WHERE claimed.id = due.id
RETURNING claimed.id
"""


class DueRow(models.Model):
    """The four columns of later work; a class that inherits them names its index."""

    due_at = models.DateTimeField(_("due at"), null=True, blank=True, editable=False)
    epoch = models.PositiveIntegerField(_("epoch"), default=0, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    parked_at = models.DateTimeField(
        _("parked at"), null=True, blank=True, editable=False
    )

    objects: Any

    class Meta:
        abstract = True
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="%(class)s_due",
                condition=Q(due_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(parked_at__isnull=True) | Q(due_at__isnull=True),
                name="%(class)s_parked_not_due",
            ),
        ]
