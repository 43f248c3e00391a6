"""How is later work claimed exactly once at a time, and given back if a worker dies?

A row with ``due_at`` is work. A claim moves ``due_at`` to the end of a lease and
raises ``epoch`` and ``tries`` in one statement; whoever records a result names the
epoch of its claim, so a late worker changes nothing. After three claims without a
record the row is parked. After the first it is taken alone, so that what was only
claimed together with poison, or by a worker that was killed, is not parked with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import prepared

LEASE = timedelta(seconds=60)
MAX_TRIES = 3  # a row that was claimed thrice without a record is poison


class LeaseLost(Exception):
    """Another worker has claimed the row since: drop the result."""


def may_be_more(claimed: Sequence["DueRow"], limit: int) -> bool:
    """Say whether a claim of up to ``limit`` rows may have left some that are due."""
    return len(claimed) == limit or any(row.tries > 1 for row in claimed)


class Returned(Protocol):
    """What makes objects of the rows that a statement returns."""

    def fetch_returned(self, statement: str, values: list[Any]) -> list[Any]:
        """Carry a statement out and return its rows in the order of their keys."""


class DueQuerySet(models.QuerySet[Any]):
    """Rows with later work."""

    def claim(
        self,
        limit: int,
        lease: timedelta = LEASE,
        *,
        durable: bool = True,
        alone: bool = True,
        rows: "Returned | None" = None,
    ) -> list[Any]:
        """Take up to ``limit`` due rows under a lease, the longest due first.

        ``rows`` makes objects of what the claim itself returns, if this query does not
        fetch them. It is for what is claimed many times a second: the plan is kept.

        Commits by itself when no transaction is open. Rows that were claimed
        ``MAX_TRIES`` times are left for :meth:`exhausted`; one that was claimed before
        comes alone, so fewer than ``limit`` may come though more are due:
        :func:`may_be_more`. Not ``alone`` is for those who set such rows apart
        themselves. An index scan on ``<model>_due`` with ``FOR UPDATE SKIP LOCKED``:
        claimers never wait.

        A claim that is not ``durable`` does not wait for the disk. It is for those who
        commit durably, under its epoch, before they do anything: that commit comes
        later in the database's log, and a crash before it ends their session.
        """
        connection = connections[self.db]
        relaxed = not (durable or connection.in_atomic_block)
        if rows is not None:
            prepared.renew_plans()
            said = statement_of_a_claim(
                self.model, relaxed=relaxed, alone=alone, limit=limit
            )
            return rows.fetch_returned(said, [lease])
        values: list[Any] = [limit, lease]
        with connection.cursor() as cursor:
            said = statement_of_a_claim(self.model, relaxed=relaxed, alone=alone)
            cursor.execute(said, values)
            ids = [row[0] for row in cursor.fetchall()]
        return self._rows(ids)

    def each_due(self, limit: int) -> Iterator[Any]:
        """Claim up to ``limit`` rows and yield them, also when they come one by one."""
        left = limit
        while left > 0:
            claimed = self.claim(left)
            yield from claimed
            if not may_be_more(claimed, left):
                return
            left -= len(claimed)

    def exhausted(self, limit: int) -> list[Any]:
        """Return due rows whose tries are used up, to be parked by their use case.

        Looks at the ``limit`` rows that are longest due: before them claims have left
        nothing else, and of a long backlog no more is read.
        """
        with connections[self.db].cursor() as cursor:
            cursor.execute(_statement(_EXHAUSTED, self.model), [limit, MAX_TRIES])
            ids = [row[0] for row in cursor.fetchall()]
        return self._rows(ids)

    def _rows(self, ids: list[int]) -> list[Any]:
        """Fetch rows in the order of their keys; asks nothing for none."""
        rows = self.filter(pk__in=ids).order_by() if ids else ()
        return sorted(rows, key=lambda row: row.pk)

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
        return self.held(rows).update(due_at=None, tries=0) if rows else 0

    def held(self, rows: Sequence["DueRow"]) -> "DueQuerySet":
        """Those of the claimed rows that were not claimed again since."""
        epochs: dict[int, list[int]] = {}
        for row in rows:
            epochs.setdefault(row.epoch, []).append(row.pk)
        held = Q(pk__in=[])
        for epoch, ids in epochs.items():
            held |= Q(pk__in=ids, epoch=epoch)
        return self.filter(held)

    def park(self, row: "DueRow", now: datetime) -> bool:
        """Take poison out of the due rows; true if this call did it."""
        held = self.filter(pk=row.pk, epoch=row.epoch, parked_at=None)
        return bool(held.update(due_at=None, parked_at=now))


_ALONE = ", alone AS (SELECT min(id) AS id FROM due WHERE tries > 0)"
_ONLY = " AND due.id = coalesce(alone.id, due.id)"
# Waits for no disk; in force until the end of the transaction, which is this statement.
_RELAXED = "(SELECT set_config('synchronous_commit', 'off', true)) AS relaxed"
_CLAIM = """
WITH due AS (
    SELECT id, tries FROM {table}
    WHERE due_at <= now() AND tries < {tries}
    ORDER BY due_at LIMIT {limit}
    FOR UPDATE SKIP LOCKED
){alone}
UPDATE {table} AS claimed
SET due_at = now() + %s, epoch = claimed.epoch + 1, tries = claimed.tries + 1
FROM {sources} WHERE claimed.id = due.id{only}
RETURNING claimed.{columns}
"""


def statement_of_a_claim(
    model: type[models.Model],
    *,
    relaxed: bool = False,
    alone: bool = True,
    limit: int | None = None,
) -> str:
    """Return the statement; it takes the limit and the lease.

    With a ``limit`` it takes the lease alone and returns whole rows: no plan that is
    kept may leave open how many there will be.
    """
    sources = ["due", *(["alone"] if alone else []), *([_RELAXED] if relaxed else [])]
    return _statement(
        _CLAIM,
        model,
        sources=", ".join(sources),
        tries=str(MAX_TRIES),
        alone=_ALONE if alone else "",
        only=_ONLY if alone else "",
        limit="%s" if limit is None else f"{limit:d}",
        columns="id" if limit is None else "*",
    )


_EXHAUSTED = """
SELECT id
FROM (
    SELECT id, tries FROM {table} WHERE due_at <= now() ORDER BY due_at LIMIT %s
) AS due
WHERE tries >= %s
"""


def _statement(template: str, model: type[models.Model], **parts: str) -> str:
    # The table's name and the parts are ours, never input; the rest are parameters.
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    return template.format(table=quote(model._meta.db_table), **parts)


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
