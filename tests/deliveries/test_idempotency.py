"""Is a repetition known by what it says?"""

import pytest

from deliveries.idempotency import Mismatch, digest_of_body, is_key, recall
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
