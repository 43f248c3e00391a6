"""Does the webhook keep the promises of a channel towards a provider that answers?"""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import Settings

from deliveries import vault
from deliveries.channels import CHANNELS, Reply, ReplyKind
from deliveries.channels.answers import LONGEST_WAIT_S, retry_after_s
from deliveries.models import (
    Address,
    ChannelKind,
    EvidenceLevel,
    Message,
    Provider,
    RecipientKey,
)
from tests.deliveries.certificates import self_signed
from tests.factories import make_address, make_message, make_provider, make_route
from tests.wire import free_port, peer
from triage.demo.loopback import Behaviour, Loopback

NOW = datetime(2031, 5, 6, 12, tzinfo=UTC)
KEY = "msg_0:1"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def private_addresses(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback() as provider:
        yield provider


def send(provider: Provider, message: Message | None = None, key: str = KEY) -> Reply:
    channel = CHANNELS[provider.adapter]
    route = provider.routes.first() or make_route(provider)
    return channel.send(message or make_message(), route, key=key, now=NOW)


def send_to(url: str) -> Reply:
    return send(make_provider(url))


def test_a_provider_that_takes_the_message_proves_delivery(loopback: Loopback) -> None:
    reply = send_to(loopback.url(Behaviour.OK))

    assert reply.kind is ReplyKind.ACCEPTED
    assert reply.level == EvidenceLevel.DELIVERED
    assert reply.reply_code == "200"
    assert '"status": "delivered"' in reply.raw_answer


def test_evidence_is_never_better_than_the_provider_can_give(
    loopback: Loopback,
) -> None:
    provider = make_provider(
        loopback.url(Behaviour.OK), attainable_level=EvidenceLevel.ACCEPTED
    )

    assert send(provider).level == EvidenceLevel.ACCEPTED


def test_the_provider_is_told_what_it_needs_and_nothing_else(
    loopback: Loopback,
) -> None:
    address = make_address(value="https://sink.example/lin", recipient_ref="lin.7")
    message = make_message(address=address, region="eu-west")
    provider = make_provider(loopback.url(Behaviour.OK))
    provider.sealed_settings = vault.seal_secret("tok-1", f"provider:{provider.slug}")
    provider.save()

    send(provider, message)

    call = loopback.ledger.calls[-1]
    assert call.headers["authorization"] == "Bearer tok-1"
    assert call.headers["idempotency-key"] == KEY
    assert call.body == {
        "message": message.public_id,
        "external_id": message.external_id,
        "recipient_ref": "lin.7",
        "address": "https://sink.example/lin",
        "channel": "webhook",
        "purpose": "transactional",
        "region": "eu-west",
        "generation": 0,
    }


def test_the_same_key_is_sent_once(loopback: Loopback) -> None:
    provider, message = make_provider(loopback.url(Behaviour.OK)), make_message()

    first, second = send(provider, message), send(provider, message, KEY)

    assert (first.kind, second.kind) == (ReplyKind.ACCEPTED, ReplyKind.ACCEPTED)
    assert loopback.ledger.tries(message.public_id) == 2
    assert loopback.ledger.sends(message.public_id) == 1


def test_a_throttling_provider_says_how_long_to_wait(loopback: Loopback) -> None:
    reply = send_to(loopback.url(Behaviour.THROTTLED, retry_after_s=7))

    assert reply.kind is ReplyKind.REFUSED
    assert (reply.reply_code, reply.retry_after_s) == ("429", 7)


def test_an_unknown_recipient_is_refused_without_keeping_the_address(
    loopback: Loopback,
) -> None:
    address = make_address(
        value="@lin_wei", channel=ChannelKind.CHAT, recipient_ref="gone-lin"
    )
    message = make_message(address=address, channel=ChannelKind.CHAT)

    reply = send(make_provider(loopback.url(Behaviour.OK)), message)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "404")
    assert "unknown_recipient" in reply.raw_answer
    assert "lin_wei" not in reply.raw_answer


def test_a_provider_that_is_down_refuses(loopback: Loopback) -> None:
    reply = send_to(loopback.url(Behaviour.DOWN))

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "503")
    assert reply.retry_after_s is None


def test_a_provider_that_is_not_there_refuses() -> None:
    reply = send_to(f"http://127.0.0.1:{free_port()}/")

    assert reply.kind is ReplyKind.REFUSED
    assert reply.reply_code == "connection_refused"
    assert reply.raw_answer == "Connection refused."


def test_a_gateway_between_us_leaves_it_unclear(loopback: Loopback) -> None:
    reply = send_to(loopback.url(Behaviour.GATEWAY))

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "502")


def test_a_provider_that_says_nothing_leaves_it_unclear(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliveries.outbound.call.TOTAL_S", 0.3)

    reply = send_to(loopback.url(Behaviour.MUTE))

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "timeout")


def test_half_an_answer_leaves_it_unclear(loopback: Loopback) -> None:
    reply = send_to(loopback.url(Behaviour.HALF))

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "half_answer")


def test_a_provider_that_cannot_prove_who_it_is_gets_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    with peer(lambda it: context.wrap_socket(it, server_side=True).close()) as port:
        reply = send_to(f"https://127.0.0.1:{port}/")

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "tls_failed")


def test_a_forgotten_person_is_not_written_to(loopback: Loopback) -> None:
    address = make_address()
    message = make_message(address=address)
    RecipientKey.objects.update(wrapped_key=None, destroyed_at=NOW)
    message.address = Address.objects.get(pk=address.pk)

    reply = send(make_provider(loopback.url(Behaviour.OK)), message)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "sealed")
    assert not loopback.ledger.calls


def test_a_message_is_not_sent_inside_a_transaction(loopback: Loopback) -> None:
    provider = make_provider(loopback.url(Behaviour.OK))
    with pytest.raises(RuntimeError, match="Commit"), transaction.atomic():
        send(provider)

    assert not loopback.ledger.calls


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 5000, LONGEST_WAIT_S),
        ("Tue, 06 May 2031 12:01:30 GMT", 90),
        ("Tue, 06 May 2031 12:01:30 -0000", 90),
        ("Tue, 06 May 2031 14:01:30 +0200", 90),
        ("Tue, 06 May 2031 11:00:00 GMT", 0),
        ("Tue, 06 May 9999 11:00:00 GMT", LONGEST_WAIT_S),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value: str, seconds: int | None) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == seconds


def test_no_retry_after_is_no_wish() -> None:
    assert retry_after_s({}, NOW) is None
