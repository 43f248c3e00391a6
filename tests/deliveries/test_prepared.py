"""Does a statement say the same of one row alone as of many?"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries import prepared
from tests.factories import make_message

pytestmark = pytest.mark.django_db

NAMED = prepared.OfRows(
    """
SELECT message.id, given.word, %(other)s::text
FROM ({rows}) AS given JOIN deliveries_message AS message ON message.id = given.id
ORDER BY message.id
""",
    {"id": "bigint", "word": "text"},
)


def test_one_row_and_many_find_the_same() -> None:
    first, second = make_message().pk, make_message().pk

    many = NAMED.ask([(first, "a"), (second, None)], {"other": "b"})

    assert many == [(first, "a", "b"), (second, None, "b")]
    assert NAMED.ask([(first, "a")], {"other": "b"}) == many[:1]
    assert NAMED.ask([(second, None)], {"other": "b"}) == many[1:]


def test_words_that_are_hard_to_list_arrive_whole() -> None:
    hard = ['"', "\\", '\\"', "{a,b}", "NULL", "", " a ", "失败 😀\n\t%s", "'", None]
    first = make_message().pk

    found = NAMED.ask([(first, each) for each in hard], {"other": "b"})

    assert len(found) == len(hard)
    assert {word for _, word, _ in found} == {*hard}


def test_of_one_row_no_list_is_said() -> None:
    message = make_message()

    with CaptureQueriesContext(connection) as asked:
        NAMED.ask([(message.pk, "a")], {"other": "b"})

    (query,) = asked.captured_queries
    assert "unnest" not in query["sql"]


def test_of_no_rows_nothing_is_asked() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert NAMED.ask([], {"other": "b"}) == []

    assert not asked.captured_queries


def renewals(monkeypatch: pytest.MonkeyPatch, *times: float) -> int:
    """How often plans are thrown away by who asks for it at such times."""
    now = [0.0]
    monkeypatch.setattr("deliveries.prepared.time.monotonic", lambda: now[0])
    with CaptureQueriesContext(connection) as asked:
        for now[0] in times:
            prepared.renew_plans()
    return sum("DISCARD PLANS" in each["sql"] for each in asked.captured_queries)


@pytest.fixture
def session() -> Iterator[Any]:
    """The session, which has planned nothing yet."""
    connection.ensure_connection()
    lent: Any = connection.connection
    before = lent.prepare_threshold
    prepared._planned_since.pop(lent, None)
    yield lent
    lent.prepare_threshold = before
    prepared._planned_since.pop(lent, None)


def test_plans_are_made_anew_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, session: Any
) -> None:
    session.prepare_threshold = 2
    assert renewals(monkeypatch, 100.0, 105.0, 111.0, 115.0, 122.0) == 2


def test_where_none_are_kept_there_are_none_to_renew(
    monkeypatch: pytest.MonkeyPatch, session: Any
) -> None:
    session.prepare_threshold = None
    assert renewals(monkeypatch, 100.0, 200.0) == 0
