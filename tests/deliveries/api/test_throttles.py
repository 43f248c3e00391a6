"""Is a rate exact enough, shared, and no reason for intake to stop?"""

import time

import pytest
from pytest_django import Settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from deliveries.api import throttles
from deliveries.api.throttles import BLOCKS, Counter

NOW_S = 1_800_000_000.0


@pytest.fixture(autouse=True)
def empty_valkey(settings: Settings) -> None:
    with Redis.from_url(settings.REDIS_URL) as valkey:
        for name in valkey.scan_iter("rate:*"):
            valkey.delete(name)


def taken(counter: Counter, times: int, limit: int = 6000) -> list[int]:
    return [counter.number("key1:reports", limit, NOW_S) for _ in range(times)]


def test_requests_are_numbered_from_one() -> None:
    assert taken(Counter(), 100) == list(range(1, 101))


def test_two_processes_never_give_out_the_same_number() -> None:
    one, other = Counter(), Counter()
    numbers = [*taken(one, 10), *taken(other, 10), *taken(one, 60)]
    assert len(set(numbers)) == len(numbers)


def test_what_processes_leave_unused_is_a_two_hundredth_each() -> None:
    one, other = Counter(), Counter()
    taken(one, 1)
    assert taken(other, 1) == [6000 // BLOCKS + 1]


def test_a_small_limit_is_counted_one_by_one() -> None:
    one, other = Counter(), Counter()
    assert taken(one, 1, 10) + taken(other, 1, 10) + taken(one, 1, 10) == [1, 2, 3]


def test_the_next_minute_begins_at_one() -> None:
    counter = Counter()
    taken(counter, 5)
    assert counter.number("key1:reports", 6000, NOW_S + 60) == 1


def test_without_valkey_each_process_counts_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    def away(name: str, size: int) -> int:
        nonlocal asked
        asked += 1
        raise RedisAway("nobody there")

    monkeypatch.setattr(throttles, "_reserve", away)
    assert taken(Counter(), 100) == list(range(1, 101))
    assert asked == 1, "after a failure Valkey is left alone"


def test_a_dead_valkey_costs_little_time(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    throttles._valkey.cache_clear()
    try:
        began = time.monotonic()
        assert taken(Counter(), 3) == [1, 2, 3]
        assert time.monotonic() - began < 2
    finally:
        throttles._valkey.cache_clear()
