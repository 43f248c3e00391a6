"""Does a statement say the same of one row alone as of many?"""

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
