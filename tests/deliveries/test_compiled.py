"""Are rows that are fetched by a built statement those of the ORM?"""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from deliveries.compiled import ById
from deliveries.models import DeliveryAttempt, Message
from tests.factories import make_address, make_attempt, make_message

pytestmark = pytest.mark.django_db

ROWS = ById(lambda: DeliveryAttempt.objects.select_related("route__provider"))
LOCKED = ById(
    lambda: Message.objects.select_for_update(of=("self",)).select_related(
        "source", "recipient", "address__recipient__key"
    )
)


def test_they_are_the_same_with_what_they_refer_to() -> None:
    made = [make_attempt(make_message()) for _ in range(2)]

    with CaptureQueriesContext(connection) as asked:
        fetched = ROWS.fetch([made[1].pk, made[0].pk])
        for row, own in zip(fetched, made, strict=True):
            assert row.__dict__.keys() == own_again(own).__dict__.keys()
            assert row.route.provider == own.route.provider

    assert [row.pk for row in fetched] == [row.pk for row in made]
    assert sum("ANY" in each["sql"] for each in asked) == 1


def test_one_alone_is_the_same_and_no_list_is_said() -> None:
    made = make_attempt(make_message())

    with CaptureQueriesContext(connection) as asked:
        (fetched,) = ROWS.fetch([made.pk])

    assert fetched.__dict__.keys() == own_again(made).__dict__.keys()
    assert fetched.route.provider == made.route.provider
    assert "ANY" not in asked.captured_queries[0]["sql"]


def test_what_many_refer_to_is_made_once() -> None:
    address = make_address()
    ids = [make_message(address=address).pk for _ in range(2)]
    bare = make_message()

    with transaction.atomic():
        rows: list[Any] = LOCKED.fetch([*ids, bare.pk])
    first, second, third = rows

    assert first.address is second.address
    assert first.source is second.source is not third.source
    person = first.recipient
    with CaptureQueriesContext(connection) as asked:
        assert first.address.recipient is person is person.key.recipient
    assert not asked.captured_queries


def test_what_another_statement_returns_is_the_same() -> None:
    made = [make_attempt(make_message()) for _ in range(2)]
    ids = [each.pk for each in made]
    update = """
        UPDATE deliveries_deliveryattempt SET tries = %s WHERE id = ANY (%s::bigint[])
        RETURNING *
    """

    fetched = ROWS.fetch_returned(update, [2, ids])

    assert [row.pk for row in fetched] == ids
    assert [row.tries for row in fetched] == [2, 2]
    for row in fetched:
        assert row.__dict__.keys() == own_again(row).__dict__.keys()
        assert row.route.provider == own_again(row).route.provider


def test_another_fetch_makes_its_own() -> None:
    attempt = make_attempt(make_message())

    (first,), (second,) = ROWS.fetch([attempt.pk]), ROWS.fetch([attempt.pk])

    assert first.route == second.route
    assert first.route is not second.route


def own_again(attempt: DeliveryAttempt) -> DeliveryAttempt:
    found: DeliveryAttempt = DeliveryAttempt.objects.get(pk=attempt.pk)
    return found


def test_a_message_that_has_no_address_has_none() -> None:
    message = make_message()

    with transaction.atomic():
        (fetched,) = LOCKED.fetch([message.pk])

    assert fetched == message
    assert fetched.address is None
    assert fetched.source == message.source


def test_for_no_ids_nothing_is_asked() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert ROWS.fetch([]) == []

    assert not asked.captured_queries


def test_a_query_that_filters_by_more_is_refused() -> None:
    rows = ById(lambda: DeliveryAttempt.objects.filter(n=1))

    with pytest.raises(ValueError, match="nothing else"):
        rows.fetch([1])
