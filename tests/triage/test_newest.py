"""Are the newest rows found that hold a term, wherever in a large table they lie?"""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from deliveries import newest
from deliveries.models import Address, Message
from deliveries.newest import Newest, Since, Within
from knowledgebase.models import ArticleVersion
from tests.people import Person
from tests.work import make_ticket
from triage.models import FailureReport, LogBundle, Note, NoteKind, Resolution, Ticket

KEYS = 1_500_000
WORDS = "'quota'"
SEARCHED = (
    Address,
    ArticleVersion,
    FailureReport,
    LogBundle,
    Message,
    Note,
    Resolution,
    Ticket,
)


@pytest.fixture
def notes(ana: Person) -> list[int]:
    """Notes whose keys lie as far apart as in a large table; some of them hold it."""
    ticket, rng = make_ticket(), random.Random(5)  # always the same
    # Close together, at the edges of blocks, and far apart.
    keys = {*range(900_000, 900_040), 4095, 4096, 131_071, 131_072, KEYS}
    keys |= {rng.randrange(1, KEYS) for _ in range(60)}
    now = timezone.now()
    rows = [
        Note(
            pk=key,
            ticket=ticket,
            kind=NoteKind.OBSERVATION,
            body="over quota 邮箱已满" if rng.random() < 0.7 else "something else",
            author=ana.user,
            at=now - timedelta(minutes=KEYS - key),
        )
        for key in sorted(keys)
    ]
    Note.objects.bulk_create(rows)
    return [row.pk for row in reversed(rows) if "quota" in row.body]


def look(limit: int, before: int | None = None, asked: str = WORDS) -> Newest:
    with newest.looking():
        return newest.holding(Note.objects.all(), asked, limit=limit, before=before)


def pages(limit: int) -> Iterator[Newest]:
    """Each page, and whatever else one is asked to go on to."""
    before = None
    while True:
        page = look(limit, before)
        yield page
        if not page.more and page.reached is None:
            return
        before = page.last


@pytest.mark.django_db
@pytest.mark.parametrize("few", [1, 3, 500])
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_the_newest_come_first_however_the_keys_lie(
    notes: list[int], monkeypatch: pytest.MonkeyPatch, few: int, limit: int
) -> None:
    monkeypatch.setattr(newest, "WINDOW", 10)
    monkeypatch.setattr(newest, "FEW", few)
    monkeypatch.setattr(newest, "FEW_EACH", 0)
    found = [key for page in pages(limit) for key in page.ids]
    assert found == notes
    assert look(limit).ids == notes[:limit] or look(limit).reached is not None


@pytest.mark.django_db
def test_a_word_of_no_newer_row_is_asked_for_once(notes: list[int]) -> None:
    Note.objects.filter(pk=notes[-1]).update(body="zebrafish")
    with CaptureQueriesContext(connection) as asked:
        assert look(5, asked="'zebrafish'").ids == [notes[-1]]
    assert len([each for each in asked if "&& '{" in each["sql"]]) == 1


@pytest.mark.django_db
def test_chinese_is_found_in_old_rows_too(notes: list[int]) -> None:
    asked = "'邮箱' & '箱已' & '已满'"
    assert look(200, asked=asked).ids == notes
    assert look(200, before=900_000, asked=asked).ids == [
        key for key in notes if key < 900_000
    ]
    assert look(200, asked="'邮箱' & '满了'").ids == []


@pytest.mark.django_db
def test_who_may_see_little_is_asked_to_go_on(
    notes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "LOOKS", 1)
    seen = Note.objects.filter(pk=notes[-1])
    with newest.looking():
        page = newest.holding(seen, WORDS, limit=5)
    assert page.ids == []
    assert page.reached is not None
    monkeypatch.setattr(newest, "LOOKS", 12)
    with newest.looking():
        page = newest.holding(seen, WORDS, limit=5, before=page.last)
    assert page == Newest([notes[-1]], more=False)


@pytest.mark.django_db
def test_what_is_too_old_is_not_looked_for(notes: list[int]) -> None:
    since = Since("at", timezone.now() - timedelta(minutes=30))
    rows = Note.objects.filter(at__gte=since.moment)
    with CaptureQueriesContext(connection) as asked, newest.looking():
        page = newest.holding(rows, WORDS, limit=5, since=since)
    assert page == Newest([key for key in notes if key > KEYS - 30], more=False)
    assert not any("&& '{" in each["sql"] for each in asked)


def test_rows_found_in_another_way_end_where_the_search_ended() -> None:
    own = Newest([9, 7], more=False, reached=5)
    assert own.beside(Newest([8, 3], more=False), 10) == Newest(
        [9, 8, 7], more=False, reached=5
    )
    assert own.beside(Newest([8], more=False), 2) == Newest([9, 8], more=True)


@given(first=st.integers(0, 300), count=st.integers(0, 300))
def test_wide_blocks_stand_for_just_those_that_were_meant(
    first: int, count: int
) -> None:
    named: list[int] = []
    for each in newest._blocks(first, first + count):
        wide = -1 - each
        size = 1 << newest.WIDE
        named += range(wide * size, (wide + 1) * size) if each < 0 else [each]
    assert sorted(named) == list(range(first, first + count + 1))


# --- how it is read -------------------------------------------------------------------


def plans(model: type, within: Within | None) -> list[str]:
    """How the database reads each statement that a search says to a table."""
    with newest.looking():
        with CaptureQueriesContext(connection) as said:
            asked = newest._Asked(model, WORDS, within, 500)
            asked.near(None)
            asked.near(1_000_000)
            asked.far(0, 999_999)
            asked.far(244, 999_999)
        with connection.cursor() as cursor:
            found = []
            for each in said:
                cursor.execute(f"EXPLAIN {each['sql']}")
                found.append("\n".join(line for (line,) in cursor.fetchall()))
            return found


@pytest.mark.django_db
@pytest.mark.parametrize("model", SEARCHED, ids=lambda model: model.__name__)
def test_a_search_reads_newest_rows_in_order_and_the_rest_by_its_index(
    model: type[Ticket],
) -> None:
    table = model._meta.db_table
    within = Within("queue_id", [1, 2]) if model is Ticket else None
    *near, everywhere, block = plans(model, within)
    for plan in near:
        assert f"using {table}_pkey" in plan or f"on {table}_pkey" in plan
        assert f"{table}_search" not in plan
        assert "Seq Scan" not in plan
    for plan in (everywhere, block):
        assert f"Bitmap Index Scan on {table}_search" in plan
        condition = plan.partition("Index Cond:")[2]
        assert "(id >> 12)" in condition
        assert "search @@" in condition
        assert ("queue_id" in condition) == (model is Ticket)
        assert "Seq Scan" not in plan
