"""Is everybody seen who is at a ticket, and forgotten soon after the last word?"""

import pytest
from pytest_django import Settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from triage import presence
from triage.presence import DESK_S, EXPIRES_S, Presence

NOW_S = 1_800_000_000.0


def test_a_person_is_seen_at_the_ticket_before_them() -> None:
    presence.beat(1042, 1, NOW_S)
    presence.beat(1041, 2, NOW_S, writes=True)
    assert presence.at([1042, 1041, 1040], NOW_S) == {
        1042: [Presence(1)],
        1041: [Presence(2, writes=True)],
    }
    assert presence.at([1040], NOW_S) == {}


def test_one_does_not_see_oneself() -> None:
    presence.beat(1042, 1, NOW_S)
    presence.beat(1042, 2, NOW_S)
    assert presence.at([1042], NOW_S, but=1) == {1042: [Presence(2)]}


def test_a_closed_lid_is_forgotten_after_forty_seconds() -> None:
    presence.beat(1042, 1, NOW_S)
    assert presence.at([1042], NOW_S + EXPIRES_S - 1)
    assert not presence.at([1042], NOW_S + EXPIRES_S)


def test_who_has_stopped_writing_still_looks() -> None:
    presence.beat(1042, 1, NOW_S, writes=True)
    presence.beat(1042, 1, NOW_S + 15)
    assert presence.at([1042], NOW_S + 15) == {1042: [Presence(1)]}


def test_who_leaves_is_gone_at_once() -> None:
    presence.beat(1042, 1, NOW_S, writes=True)
    presence.leave(1042, 1)
    assert presence.at([1042], NOW_S) == {}


def test_who_asks_for_news_is_at_the_desk_for_a_minute_and_a_half() -> None:
    presence.arrive(1, NOW_S)
    presence.arrive(2, NOW_S + 60)
    assert presence.at_the_desk(NOW_S + DESK_S - 1) == {1, 2}
    assert presence.at_the_desk(NOW_S + DESK_S) == {2}
    assert presence.at([1, 2], NOW_S) == {}


def test_what_is_over_is_not_kept(settings: Settings) -> None:
    presence.beat(1042, 1, NOW_S)
    presence.beat(1043, 1, NOW_S + EXPIRES_S + 1)
    with Redis.from_url(settings.REDIS_URL) as valkey:
        assert valkey.zcard(presence.NAME) == 1


def test_without_valkey_nobody_is_seen_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def away() -> Redis:
        asked.append(1)
        raise RedisAway

    monkeypatch.setattr(presence, "_valkey", away)
    monkeypatch.setattr(presence, "_line", presence._Line())
    presence.beat(1042, 1, NOW_S)
    presence.leave(1042, 1)
    assert presence.at([1042], NOW_S) == {}
    assert asked == [1]
