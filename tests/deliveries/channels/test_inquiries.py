"""Is a provider that can be asked believed in what it proves, and in no more?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deliveries.channels import CHANNELS, ReplyKind
from deliveries.channels.base import Askable, Inquiry, Known
from deliveries.channels.catalogue import specs
from deliveries.models import Adapter, Dedup, EvidenceLevel
from tests.deliveries.channels.contracts import CONTRACTS
from tests.deliveries.channels.handing import KEY, NOW, message_for, route_to
from tests.deliveries.channels.scripted import How, Play, Provider
from tests.wire import free_port

ALIYUN = next(each for each in CONTRACTS if each.adapter == Adapter.ALIYUN_SMS)
LONG_AGO = NOW - timedelta(minutes=10)


def item(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "OutId": key,
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "Content": "Lin Wei",
        "PhoneNum": "13800138000",
    } | changes


def answered(*items: dict[str, Any]) -> Play:
    found = {"SmsSendDetailDTO": [*items]}
    return Play(200, {"Code": "OK", "SmsSendDetailDTOs": found})


def ask(
    base: str, *, since: datetime = LONG_AGO, adapter: Adapter = Adapter.ALIYUN_SMS
) -> Inquiry:
    contract = next(each for each in CONTRACTS if each.adapter == adapter)
    channel = CHANNELS[adapter]
    assert isinstance(channel, Askable)
    message = message_for(contract, base, contract.content)
    route = route_to(contract, base)
    return channel.look_up(message, route, key=KEY, since=since, now=NOW)


def test_who_can_be_asked_says_how_long_it_may_take_to_know() -> None:
    for adapter, spec in specs().items():
        channel = CHANNELS[adapter]
        settle = channel.settle if isinstance(channel, Askable) else None
        assert (settle is not None) == (spec.dedup is Dedup.LOOKUP), adapter


def test_a_message_that_is_there_was_taken(provider: Provider) -> None:
    provider.play = answered(item("msg_other:1"), item(KEY))

    inquiry = ask(provider.base)

    assert inquiry.known is Known.FOUND
    assert inquiry.reply is not None
    assert inquiry.reply.kind is ReplyKind.ACCEPTED
    assert inquiry.reply.level == EvidenceLevel.DELIVERED
    assert "13800138000" not in inquiry.reply.raw_answer
    assert "Lin Wei" not in inquiry.reply.raw_answer


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (1, "", ReplyKind.ACCEPTED),
        (2, "MOBILE_NOT_ON_SERVICE", ReplyKind.REFUSED),
    ],
)
def test_a_message_that_is_there_may_wait_or_have_failed(
    provider: Provider, status: int, code: str, kind: ReplyKind
) -> None:
    provider.play = answered(item(KEY, SendStatus=status, ErrCode=code))

    reply = ask(provider.base).reply

    assert reply is not None
    assert (reply.kind, reply.reply_code) == (kind, code)
    assert reply.level < EvidenceLevel.DELIVERED


def test_an_absence_counts_only_after_the_time_to_settle(provider: Provider) -> None:
    provider.play = answered(item("msg_other:1"))

    assert ask(provider.base, since=NOW - timedelta(minutes=4)).known is Known.NOT_SAID
    assert ask(provider.base, since=NOW - timedelta(minutes=5)).known is Known.ABSENT


def test_a_list_that_may_go_on_proves_no_absence(provider: Provider) -> None:
    provider.play = answered(*(item(f"msg_other:{n}") for n in range(50)))

    assert ask(provider.base).known is Known.NOT_SAID


@pytest.mark.parametrize(
    "play",
    [
        Play(200, {"Code": "isv.SYSTEM_ERROR"}),
        Play(200, {"Code": "OK"}),
        Play(200, {"Code": "OK", "SmsSendDetailDTOs": []}),
        Play(200, b"<html>"),
        Play(503, b"Service Unavailable"),
        Play(200, {"Code": "OK"}, how=How.HALF),
    ],
)
def test_no_answer_is_no_absence(provider: Provider, play: Play) -> None:
    provider.play = play
    assert ask(provider.base).known is Known.NOT_SAID


def test_nobody_there_is_no_absence() -> None:
    assert ask(f"http://127.0.0.1:{free_port()}").known is Known.NOT_SAID


def test_the_question_names_number_and_day_of_the_provider(provider: Provider) -> None:
    late = datetime(2031, 5, 5, 23, 30, tzinfo=UTC)  # the sixth has begun in China

    ask(provider.base, since=late)

    assert provider.last.headers["x-acs-action"] == "QuerySendDetails"
    assert provider.last.query == {
        "PhoneNumber": "8613800138000",
        "SendDate": "20310506",
        "PageSize": "50",
        "CurrentPage": "1",
    }


def test_who_cannot_be_asked_is_not_asked(provider: Provider) -> None:
    assert ask(provider.base, adapter=Adapter.SLACK).known is Known.NOT_SAID
    assert not provider.heard
