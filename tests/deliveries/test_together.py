"""Are rows of several tables, fetched in one statement, those of the ORM?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import (
    Count,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import together
from deliveries.models import (
    DeliveryAttempt,
    FailureCategory,
    Message,
    Provider,
    Recipient,
    Route,
)
from tests.factories import make_address, make_attempt, make_message, make_route

pytestmark = pytest.mark.django_db


def asked_for(*querysets: QuerySet[Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        together.fetch(*querysets)
        for rows in querysets:
            list(rows)
    return len(asked)


def messages() -> QuerySet[Message]:
    return Message.objects.select_related("source", "recipient", "address__recipient")


def test_they_are_the_same_with_all_that_they_refer_to() -> None:
    expires = timezone.now() + timedelta(hours=1)
    make_message(address=make_address(), expires_at=expires)
    bare = make_message()
    route = make_route()
    make_attempt(bare, route)
    told: list[QuerySet[Any]] = [
        messages(),
        DeliveryAttempt.objects.select_related("route__provider", "message__address"),
        FailureCategory.objects.all(),
        Provider.objects.all(),
    ]

    assert asked_for(*told) == 1

    for rows in told:
        assert [state_of(each) for each in rows] == [
            state_of(each) for each in rows.all()
        ]
        assert len(rows) > 0


def state_of(row: Any) -> dict[str, Any]:
    """All columns of a row, and of what was fetched with it."""
    beside = row._state.fields_cache
    own = {k: v for k, v in row.__dict__.items() if k != "_state"}
    return own | {name: each and state_of(each) for name, each in beside.items()}


def test_shapes_that_are_no_rows_stay_what_they_are() -> None:
    message = make_message()
    make_attempt(message)
    tries = DeliveryAttempt.objects.filter(message=OuterRef("pk"))
    pairs = Message.objects.values_list("channel", Exists(tries))
    named = Message.objects.values("public_id", "created_at")
    flat = Message.objects.values_list("pk", flat=True).order_by("-pk")[:1]
    counted = Message.objects.order_by().values_list("channel").annotate(Count("pk"))
    age = Value(timezone.now()) - F("created_at")
    waits = ExpressionWrapper(age, output_field=DurationField())
    waited = Message.objects.annotate(age=waits).values_list("age")

    assert asked_for(pairs, named, flat, counted, waited) == 1

    assert list(pairs) == list(pairs.all()) == [(message.channel, True)]
    assert list(named) == list(named.all())
    assert list(flat) == [message.pk]
    assert list(counted) == [(message.channel, 1)]
    assert list(waited) == list(waited.all())


def test_the_order_is_that_of_each_queryset() -> None:
    for _ in range(30):
        make_message()
    back = Message.objects.order_by("-pk")
    distinct = Message.objects.order_by("source_id", "-pk").distinct("source_id")

    together.fetch(back, distinct)

    assert [each.pk for each in back] == sorted((m.pk for m in back), reverse=True)
    assert [each.pk for each in distinct] == [each.pk for each in distinct.all()]


def test_words_that_are_hard_to_carry_arrive_whole() -> None:
    hard = 'it\'s "100 %s" \\ \n\t 失败 😀 }{ %'
    message = make_message()
    Message.objects.filter(pk=message.pk).update(external_id=hard)
    rows = Message.objects.filter(external_id=hard, external_id__contains="%")

    together.fetch(rows, FailureCategory.objects.all())

    assert [each.external_id for each in rows] == [hard]


def test_rows_of_a_relation_know_their_parent() -> None:
    message = make_message()
    make_attempt(message)
    tries = message.attempts.all()

    together.fetch(tries)

    assert tries[0].message is message


def test_what_is_empty_or_known_is_not_asked() -> None:
    known = Route.objects.all()
    list(known)

    assert asked_for(Message.objects.filter(pk__in=[]), known) == 0
    assert asked_for(Message.objects.none()) == 0
    assert asked_for(Recipient.objects.all()) == 1


def test_what_is_prefetched_costs_its_own_statement() -> None:
    message = make_message()
    make_attempt(message)
    rows = Message.objects.prefetch_related("attempts")

    assert asked_for(rows) == 2
    assert [each.attempts.all()[0].message for each in rows] == [message]


def test_a_kind_that_it_cannot_carry_is_refused() -> None:
    exact = Cast(Value("0.1"), DecimalField(max_digits=40, decimal_places=30))

    with pytest.raises(TypeError, match="DecimalField"):
        together.fetch(Message.objects.annotate(exact=exact))


@pytest.mark.parametrize("order", [("-pk",), ()])
def test_the_first_is_that_of_the_orm(order: tuple[str, ...]) -> None:
    for _ in range(3):
        make_message()
    rows = Message.objects.order_by(*order)

    assert list(together.first(rows)) == [rows.first()]
