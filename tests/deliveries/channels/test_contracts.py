"""Is every provider's answer read as the provider documents it, whatever goes wrong?"""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from deliveries.channels import ReplyKind
from deliveries.channels.catalogue import specs
from deliveries.models import EvidenceLevel
from tests.deliveries.certificates import self_signed
from tests.deliveries.channels.contracts import CONTRACTS, Contract
from tests.deliveries.channels.handing import (
    hand_over,
    message_for,
    route_to,
    secrets_of,
)
from tests.deliveries.channels.scripted import How, Play, Provider
from tests.wire import free_port, peer

pytestmark = pytest.mark.parametrize("contract", CONTRACTS, ids=str)


def test_an_acceptance_gives_its_evidence_and_the_name_of_the_message(
    contract: Contract, provider: Provider
) -> None:
    provider.play = contract.success

    reply = hand_over(contract, provider.base)

    assert reply.kind is ReplyKind.ACCEPTED, reply
    assert reply.level == specs()[contract.adapter].level
    assert reply.reply_code == str(contract.success.status)
    assert reply.provider_ref == contract.ref
    assert [heard.path for heard in provider.heard] == [contract.path]


def test_evidence_is_never_better_than_the_provider_can_give(
    contract: Contract, provider: Provider
) -> None:
    provider.play = contract.success
    route = route_to(contract, provider.base)
    route.provider.attainable_level = EvidenceLevel.REQUESTED

    reply = hand_over(contract, provider.base, route=route)

    assert reply.level == EvidenceLevel.REQUESTED


def test_a_throttle_is_a_refusal_with_the_wait_it_asks_for(
    contract: Contract, provider: Provider
) -> None:
    provider.play = contract.throttle.play

    reply = hand_over(contract, provider.base)

    assert reply.kind is ReplyKind.REFUSED
    assert reply.reply_code == contract.throttle.code
    assert reply.retry_after_s == contract.throttle.wait_s
    assert reply.fault is contract.throttle.fault


def test_a_permanent_no_is_a_refusal_with_its_code(
    contract: Contract, provider: Provider
) -> None:
    provider.play = contract.permanent.play

    reply = hand_over(contract, provider.base)

    assert (reply.kind, reply.reply_code) == (
        ReplyKind.REFUSED,
        contract.permanent.code,
    )
    assert reply.retry_after_s is None
    assert reply.provider_ref == ""
    assert reply.fault is False


def test_a_provider_in_trouble_refuses(contract: Contract, provider: Provider) -> None:
    provider.play = Play(503, b"Service Unavailable", {"Retry-After": "3"})

    reply = hand_over(contract, provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "503")
    assert reply.raw_answer == "Service Unavailable"
    assert reply.retry_after_s == 3
    assert reply.fault is True


def test_a_gateway_leaves_it_unclear(contract: Contract, provider: Provider) -> None:
    provider.play = Play(502, b"Bad Gateway")

    assert hand_over(contract, provider.base).kind is ReplyKind.UNCLEAR


def test_silence_leaves_it_unclear(
    contract: Contract, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliveries.outbound.call.TOTAL_S", 0.3)
    provider.play = Play(how=How.MUTE)

    reply = hand_over(contract, provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "timeout")
    assert len(provider.heard) == 1


def test_half_an_answer_leaves_it_unclear(
    contract: Contract, provider: Provider
) -> None:
    provider.play = replace(contract.success, how=How.HALF)

    reply = hand_over(contract, provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "half_answer")


def test_nobody_there_is_a_refusal(contract: Contract) -> None:
    reply = hand_over(contract, f"http://127.0.0.1:{free_port()}")

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "connection_refused")


def test_who_cannot_prove_who_it_is_gets_nothing(
    contract: Contract, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    with peer(lambda it: context.wrap_socket(it, server_side=True).close()) as port:
        reply = hand_over(contract, f"https://127.0.0.1:{port}")

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "tls_failed")


def test_a_redirect_is_not_followed(contract: Contract, provider: Provider) -> None:
    provider.play = Play(302, None, {"Location": f"{provider.base}/elsewhere"})

    reply = hand_over(contract, provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "302")
    assert len(provider.heard) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>Welcome</html>", b"[" * 60_000, b'{"x": "' + b"y" * 200_000],
    ids=len,
)
def test_a_yes_that_proves_nothing_is_unclear(
    contract: Contract, provider: Provider, body: bytes
) -> None:
    provider.play = Play(200, body)

    reply = hand_over(contract, provider.base)

    kind = ReplyKind.UNCLEAR if contract.proves else ReplyKind.ACCEPTED
    assert reply.kind is kind
    assert len(reply.raw_answer) <= 4096


def test_a_message_without_words_reaches_nobody(
    contract: Contract, provider: Provider
) -> None:
    message = message_for(contract, provider.base, None)

    reply = hand_over(contract, provider.base, message=message)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "content.missing")
    assert not provider.heard
    assert not provider.token_calls


def test_what_the_provider_repeats_is_not_kept(
    contract: Contract, provider: Provider
) -> None:
    route = route_to(contract, provider.base)
    message = message_for(contract, provider.base, contract.content)
    hand_over(contract, provider.base, route=route, message=message)
    heard = provider.last
    lines = [heard.target, *heard.headers.values(), heard.body.decode("latin-1")]
    provider.play = Play(400, {"echo": lines, "also": [*secrets_of(route)]})

    reply = hand_over(contract, provider.base, route=route, message=message)

    assert message.address is not None
    for value in (
        *secrets_of(route),
        message.address.value(),
        *contract.content.words,
        heard.headers.get("authorization", "none").partition(" ")[2] or "none",
    ):
        if len(value) > 3:
            assert value not in repr(reply)


def test_the_same_key_makes_the_same_request(
    contract: Contract, provider: Provider
) -> None:
    route = route_to(contract, provider.base)
    message = message_for(contract, provider.base, contract.content)
    spec = specs()[contract.adapter]

    for _ in range(2):
        hand_over(contract, provider.base, route=route, message=message)

    first, second = (
        {
            name: heard.headers.get(name)
            for name in ("idempotency-key", "x-line-retry-key", "apns-id")
        }
        for heard in provider.heard
    )
    assert first == second
    if spec.dedup == "key":
        assert any(first.values())
