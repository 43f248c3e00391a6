"""Is an access token fetched when needed, kept while it holds, and hidden?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries.breaker import is_fault
from deliveries.channels import CHANNELS, Reply, ReplyKind, access_tokens
from deliveries.models import Adapter, Route
from tests.deliveries.channels.contracts import CONTRACTS
from tests.deliveries.channels.handing import KEY, NOW, message_for, route_to
from tests.deliveries.channels.scripted import TOKEN, How, Play, Provider

WECOM = next(each for each in CONTRACTS if each.adapter == Adapter.WECOM)


@pytest.fixture
def route(provider: Provider) -> Route:
    provider.play = WECOM.success
    return route_to(WECOM, provider.base)


def send(provider: Provider, route: Route, *, after: timedelta = timedelta()) -> Reply:
    message = message_for(WECOM, provider.base, WECOM.content)
    return CHANNELS[WECOM.adapter].send(message, route, key=KEY, now=NOW + after)


def test_a_token_is_kept_until_shortly_before_its_end(
    provider: Provider, route: Route
) -> None:
    for minutes in (0, 30, 58):
        send(provider, route, after=timedelta(minutes=minutes))
    assert len(provider.token_calls) == 1

    send(provider, route, after=timedelta(minutes=59))
    assert len(provider.token_calls) == 2


@pytest.mark.parametrize("lasts", [None, "soon", -5, 10**12, 4])
def test_a_token_whose_end_is_not_told_is_kept_for_a_while(
    provider: Provider, route: Route, lasts: Any
) -> None:
    provider.token_play = Play(200, {**TOKEN, "expires_in": lasts})

    for seconds in (0, 1):
        assert send(provider, route, after=timedelta(seconds=seconds)).level

    assert len(provider.token_calls) == 1


def test_new_credentials_make_a_new_token(provider: Provider, route: Route) -> None:
    send(provider, route)
    route.provider.seal({"corp_secret": "another-corp-secret"}, NOW)

    send(provider, route)

    secrets = [each.query["corpsecret"] for each in provider.token_calls]
    assert secrets == ["wecom-corp-secret", "another-corp-secret"]


def test_a_token_that_is_not_taken_any_more_is_dropped(
    provider: Provider, route: Route
) -> None:
    provider.play = Play(200, {"errcode": 42001, "errmsg": "access_token expired"})
    assert send(provider, route).reply_code == "42001"
    provider.play = WECOM.success

    assert send(provider, route).kind is ReplyKind.ACCEPTED
    assert len(provider.token_calls) == 2


@pytest.mark.parametrize(
    ("play", "code", "wait_s"),
    [
        (Play(200, {"errcode": 40013, "errmsg": "invalid corpid"}), "40013", None),
        (Play(401, {"error": "invalid_client"}), "401", None),
        (Play(429, None, {"Retry-After": "7"}), "429", 7),
        (Play(502, b"Bad Gateway"), "502", None),
        (Play(200, {}), "unreadable_answer", None),
        (Play(200, TOKEN, how=How.HALF), "half_answer", None),
        (Play(how=How.MUTE), "timeout", None),
    ],
)
def test_without_a_token_nothing_was_handed_over(
    provider: Provider,
    route: Route,
    monkeypatch: pytest.MonkeyPatch,
    play: Play,
    code: str,
    wait_s: int | None,
) -> None:
    monkeypatch.setattr(access_tokens, "FETCH_S", 0.5)
    provider.token_play = play

    reply = send(provider, route)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, code)
    assert reply.retry_after_s == wait_s
    assert is_fault(reply)
    assert not provider.heard


def test_a_token_that_is_not_where_it_belongs_is_not_kept_in_the_answer(
    provider: Provider, route: Route
) -> None:
    provider.token_play = Play(200, {"token": "at-misplaced-0001"})

    reply = send(provider, route)

    assert reply.reply_code == "unreadable_answer"
    assert "at-misplaced" not in repr(reply)


def test_nothing_that_is_printed_shows_a_token(
    provider: Provider, route: Route
) -> None:
    send(provider, route)

    (kept,) = access_tokens._kept.values()
    assert "at-0123456789" not in repr(kept)
    assert kept == replace(kept)
