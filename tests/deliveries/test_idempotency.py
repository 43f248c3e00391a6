"""Is a repetition known by what it says?"""

from dataclasses import replace
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection

from deliveries.idempotency import (
    Asked,
    InProgress,
    Mismatch,
    Said,
    digest_of_body,
    is_key,
    once,
    recall,
    route_of,
)
from deliveries.models import IdempotencyKey
from tests.factories import make_source


def keep(source_id: int, key: str, digest: str) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        source_id=source_id,
        route="reports",
        key=key,
        body_digest=digest,
        response_status=202,
        response_body={},
    )


def test_order_does_not_count() -> None:
    assert digest_of_body({"a": 1, "b": [1, 2]}) == digest_of_body(
        {"b": [1, 2], "a": 1}
    )


@pytest.mark.parametrize("other", [{"a": "1"}, {"a": 1.5}, {"a": None}, {}, [1], "a"])
def test_whatever_else_differs_counts(other: object) -> None:
    assert digest_of_body({"a": 1}) != digest_of_body(other)


@pytest.mark.parametrize("key", ["k", "x" * 128, "!~", "a'b\"c"])
def test_visible_ascii_is_a_key(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "é", "\x7f", "a\n"])
def test_anything_else_is_none(key: str) -> None:
    assert not is_key(key)


def test_an_answer_is_recalled_for_its_own_body_alone(db: None) -> None:
    shop, elsewhere = make_source().pk, make_source().pk
    row = keep(shop, "k", "digest")
    assert recall(shop, "reports", "k", "digest") == row
    assert recall(elsewhere, "reports", "k", "digest") is None
    assert recall(shop, "events", "k", "digest") is None
    with pytest.raises(Mismatch, match="new key"):
        recall(shop, "reports", "k", "other")


# --- doing something once -------------------------------------------------------------


class Bell:
    """Something that can be heard each time it is rung."""

    def __init__(self) -> None:
        self.rings = 0

    def ring(self) -> Said:
        self.rings += 1
        return Said(201, {"ring": self.rings})

    def crack(self) -> Said:
        self.rings += 1
        raise RuntimeError("cracked")


def asked(source_id: int | None = None, person_id: int | None = None) -> Asked:
    return Asked(source_id, person_id, "bells/1/ring", "k", digest_of_body(None))


def test_the_second_request_gets_the_first_answer(db: None) -> None:
    bell, request = Bell(), asked(make_source().pk)
    assert once(request, bell.ring) == Said(201, {"ring": 1})
    assert once(request, bell.ring) == Said(201, {"ring": 1}, replayed=True)
    assert bell.rings == 1


def test_a_key_is_each_owners_own(db: None) -> None:
    bell, ana = Bell(), User.objects.create(username="ana")
    for request in (
        asked(make_source().pk),
        asked(make_source().pk),
        asked(None, ana.pk),
    ):
        assert not once(request, bell.ring).replayed
        assert once(request, bell.ring).replayed
    assert bell.rings == 3


def test_another_body_under_the_same_key_does_nothing(db: None) -> None:
    bell, request = Bell(), asked(make_source().pk)
    once(request, bell.ring)
    with pytest.raises(Mismatch):
        once(replace(request, digest=digest_of_body({"loud": True})), bell.ring)
    assert bell.rings == 1


def test_what_failed_may_be_tried_again_under_its_key(db: None) -> None:
    bell, request = Bell(), asked(make_source().pk)
    with pytest.raises(RuntimeError):
        once(request, bell.crack)
    assert not IdempotencyKey.objects.exists()
    assert once(request, bell.ring).body == {"ring": 2}


def test_an_answer_with_a_secret_is_kept_sealed(db: None) -> None:
    bell, request = Bell(), asked(make_source().pk)
    first = once(request, bell.ring, secret=True)
    assert "ring" not in str(IdempotencyKey.objects.get().response_body)
    assert once(request, bell.ring, secret=True).body == first.body


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_the_first_request_runs_is_told_so() -> None:
    request = asked(make_source().pk)
    told: list[object] = []

    def second() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            once(request, Bell().ring)
        except InProgress as error:
            told.append(error)
        finally:
            connection.close()

    def first() -> Said:
        other = Thread(target=second)
        other.start()
        other.join()
        return Said(200, {})

    once(request, first)
    assert [type(each) for each in told] == [InProgress]


def test_a_long_place_has_a_short_name() -> None:
    assert route_of("reports") == "reports"
    names = {route_of(f"messages/{'x' * 100}{end}/events") for end in "ab"}
    assert {len(each) for each in names} == {60}
    assert len(names) == 2
