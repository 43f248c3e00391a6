"""Is later work claimed by one worker at a time, and never lost?"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone
from psycopg import sql

from deliveries.leases import (
    LEASE,
    MAX_TRIES,
    DueRow,
    LeaseLost,
    may_be_more,
    statement_of_a_claim,
)
from deliveries.models import ChangeKind, DeliveryAttempt, FactChange, Source
from tests.factories import make_source
from tests.side_by_side import Other

EARLY = timedelta(seconds=-1)
ROWS = 20_000  # from here on no planner in its right mind reads a whole table

pytestmark = pytest.mark.django_db


def make_due(
    source: Source | None = None, *, due_in: timedelta = EARLY, tries: int = 0
) -> FactChange:
    return FactChange.objects.create(
        kind=ChangeKind.EVIDENCE,
        source=source or make_source(),
        due_at=timezone.now() + due_in,
        tries=tries,
    )


def let_lease_end(row: FactChange) -> None:
    FactChange.objects.filter(pk=row.pk).update(due_at=timezone.now() + EARLY)


def test_a_claim_moves_the_due_time_to_the_end_of_the_lease() -> None:
    row = make_due()
    before = timezone.now()
    (claimed,) = FactChange.objects.claim(10)
    assert claimed.pk == row.pk
    assert (claimed.epoch, claimed.tries) == (1, 1)
    assert abs(claimed.due_at - (before + LEASE)) < timedelta(seconds=10)


def test_a_claimed_row_is_not_claimed_again_within_its_lease() -> None:
    make_due()
    assert len(FactChange.objects.claim(10)) == 1
    assert FactChange.objects.claim(10) == []


def test_what_is_not_due_yet_or_done_is_left_alone() -> None:
    make_due(due_in=timedelta(minutes=1))
    done = make_due()
    FactChange.objects.filter(pk=done.pk).update(due_at=None)
    assert FactChange.objects.claim(10) == []


def test_the_longest_due_is_claimed_first() -> None:
    rows = [make_due(due_in=timedelta(minutes=-minutes)) for minutes in (1, 3, 2)]
    assert [row.pk for row in FactChange.objects.claim(1)] == [rows[1].pk]
    assert [row.pk for row in FactChange.objects.claim(1)] == [rows[2].pk]


def test_a_claim_takes_no_more_than_its_limit() -> None:
    for _ in range(3):
        make_due()
    assert len(FactChange.objects.claim(2)) == 2
    assert len(FactChange.objects.claim(2)) == 1


def test_a_claim_may_bring_related_rows_along() -> None:
    make_due()
    (row,) = FactChange.objects.select_related("source").claim(1)
    assert "source" in row._state.fields_cache


def test_a_settled_row_is_done_and_its_tries_are_forgotten() -> None:
    make_due()
    (row,) = FactChange.objects.claim(1)
    FactChange.objects.settle(row, subject_id=7)
    row.refresh_from_db()
    assert (row.due_at, row.tries, row.subject_id) == (None, 0, 7)


def test_a_settled_row_may_come_back_later() -> None:
    make_due()
    (row,) = FactChange.objects.claim(1)
    later = timezone.now() + timedelta(hours=1)
    FactChange.objects.settle(row, due_at=later)
    row.refresh_from_db()
    assert (row.due_at, row.tries) == (later, 0)


def test_a_late_worker_changes_nothing() -> None:
    make_due()
    (late,) = FactChange.objects.claim(1)
    let_lease_end(late)
    (owner,) = FactChange.objects.claim(1)
    with pytest.raises(LeaseLost):
        FactChange.objects.settle(late, subject_id=1)
    assert FactChange.objects.settle_all([late]) == 0
    assert not FactChange.objects.park(late, timezone.now())
    owner.refresh_from_db()
    assert (owner.epoch, owner.subject_id, owner.parked_at) == (2, None, None)
    assert owner.due_at is not None


def test_settling_many_leaves_those_that_were_lost() -> None:
    rows = [make_due() for _ in range(3)]
    claimed = FactChange.objects.claim(3)
    let_lease_end(rows[0])
    FactChange.objects.claim(1)
    assert FactChange.objects.settle_all(claimed) == 2
    assert FactChange.objects.filter(due_at=None).count() == 2
    assert FactChange.objects.settle_all([]) == 0


def test_after_three_claims_without_a_record_a_row_is_left_to_be_parked() -> None:
    row = make_due()
    for _ in range(MAX_TRIES):
        assert len(FactChange.objects.claim(1)) == 1
        let_lease_end(row)
    assert FactChange.objects.claim(1) == []
    assert [each.pk for each in FactChange.objects.exhausted(10)] == [row.pk]


def a_turn_that_kills(poison: FactChange) -> None:
    """Claim and settle in order; whoever comes to the poison dies at it."""
    for row in FactChange.objects.claim(10):
        if row.pk == poison.pk:
            break
        FactChange.objects.settle(row)
    due = FactChange.objects.exclude(due_at=None)
    due.update(due_at=timezone.now() + EARLY)


def test_poison_is_claimed_alone_after_its_first_kill_so_nobody_is_parked_with_it() -> (
    None
):
    poison, *others = [make_due() for _ in range(5)]
    for _ in range(MAX_TRIES):
        a_turn_that_kills(poison)
    assert [each.pk for each in FactChange.objects.exhausted(10)] == [poison.pk]
    for _ in others:
        a_turn_that_kills(poison)
    assert [each.pk for each in FactChange.objects.exhausted(10)] == [poison.pk]
    assert not FactChange.objects.exclude(pk=poison.pk).exclude(due_at=None).exists()


def test_a_claim_says_that_more_may_be_due_when_a_row_came_alone() -> None:
    make_due(tries=1)
    make_due()
    alone = FactChange.objects.claim(10)
    assert [row.tries for row in alone] == [2]
    assert may_be_more(alone, 10)
    assert not may_be_more(FactChange.objects.claim(10), 10)
    assert not may_be_more(FactChange.objects.claim(10), 10)


def test_what_comes_one_by_one_is_still_worked_off_in_one_turn() -> None:
    rows = [make_due(tries=tries) for tries in (0, 2, 0, 1, 2)]
    assert {row.pk for row in FactChange.objects.each_due(10)} == {
        row.pk for row in rows
    }
    assert list(FactChange.objects.each_due(10)) == []


def test_a_turn_takes_no_more_than_its_limit() -> None:
    for tries in (2, 0, 2, 0, 0):
        make_due(tries=tries)
    assert len(list(FactChange.objects.each_due(3))) == 3


def test_poison_is_not_exhausted_while_its_last_lease_holds() -> None:
    make_due(tries=MAX_TRIES - 1)
    FactChange.objects.claim(1)
    assert FactChange.objects.exhausted(10) == []


def test_parking_is_done_once() -> None:
    make_due(tries=MAX_TRIES)
    (row,) = FactChange.objects.exhausted(10)
    now = timezone.now()
    assert FactChange.objects.park(row, now)
    assert not FactChange.objects.park(row, now)
    row.refresh_from_db()
    assert (row.due_at, row.parked_at) == (None, now)
    assert FactChange.objects.exhausted(10) == []


def test_a_parked_row_cannot_be_due() -> None:
    row = make_due()
    with (
        pytest.raises(IntegrityError, match="factchange_parked_not_due"),
        transaction.atomic(),
    ):
        FactChange.objects.filter(pk=row.pk).update(parked_at=timezone.now())


def due_models() -> list[type[DueRow]]:
    return [model for model in apps.get_models() if issubclass(model, DueRow)]


STAND_IN = """
CREATE TEMP TABLE {} (
    id bigint PRIMARY KEY, due_at timestamptz, epoch int, tries smallint, other text
) ON COMMIT DROP
"""
MANY = """
INSERT INTO {} SELECT n,
    CASE WHEN n %% 2 = 0 THEN now() + make_interval(secs => n %% 2000 - 1000) END,
    0, 0, repeat('x', 200)
FROM generate_series(1, %s) AS n
"""


def stand_in(model: type[DueRow]) -> str:
    """Put a table with many rows in front of a model's own; return its due index."""
    table = model._meta.db_table
    (index,) = (each for each in model._meta.indexes if each.name.endswith("_due"))
    with connection.schema_editor() as editor:
        create = str(index.create_sql(model, editor))
    name = sql.Identifier(table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(STAND_IN).format(name))
        cursor.execute(create)
        cursor.execute(sql.SQL(MANY).format(name), [ROWS])
        cursor.execute(sql.SQL("ANALYZE {}").format(name))
    return str(index.name)


@pytest.mark.parametrize("relaxed", [False, True], ids=["durable", "relaxed"])
@pytest.mark.parametrize("model", due_models(), ids=lambda model: model.__name__)
def test_a_claim_reads_the_index_of_due_rows_and_sorts_nothing(
    model: type[DueRow], *, relaxed: bool
) -> None:
    index = stand_in(model)
    claim = statement_of_a_claim(model, relaxed=relaxed)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {claim}", [100, LEASE])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert f"Index Scan using {index} " in plan
    assert "_pkey on" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


def test_a_claim_whose_plan_is_kept_reads_the_same() -> None:
    index = stand_in(DeliveryAttempt)
    claim = statement_of_a_claim(DeliveryAttempt, relaxed=True, limit=100)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {claim}", [LEASE])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert f"Index Scan using {index} " in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_row_and_never_wait() -> None:
    source = make_source()
    for _ in range(6):
        make_due(source)
    with transaction.atomic():
        mine = {row.pk for row in FactChange.objects.claim(4)}
        theirs = {
            row.pk for row in Other(lambda: FactChange.objects.claim(4)).end()
        }  # our transaction is open: a claim that waited would wait for ever
    assert len(mine) == 4
    assert len(theirs) == 2
    assert not mine & theirs


@pytest.mark.django_db(transaction=True)
def test_of_two_who_park_one_row_one_does_it() -> None:
    make_due(tries=MAX_TRIES)
    (row,) = FactChange.objects.exhausted(1)
    with transaction.atomic():
        assert FactChange.objects.park(row, timezone.now())
        other = Other(lambda: FactChange.objects.park(row, timezone.now()))
        other.until_it_waits()
    assert other.end() is False


@pytest.mark.django_db(transaction=True)
def test_only_a_claim_that_commits_by_itself_may_leave_the_disk_alone() -> None:
    make_due()
    make_due()
    with transaction.atomic():
        FactChange.objects.claim(1, durable=False)
        assert waits_for_the_disk()
    FactChange.objects.claim(1, durable=False)
    assert waits_for_the_disk()
    assert set(FactChange.objects.values_list("epoch", flat=True)) == {1}


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone() == (usual(),)


def usual() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'"
        )
        return str(cursor.fetchone()[0])
