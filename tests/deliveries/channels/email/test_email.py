"""Does mail keep the promises of a channel, at every step of the dialogue?"""

import email.policy
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from deliveries.channels import CHANNELS, Reply, ReplyKind
from deliveries.contents import Content
from deliveries.models import Adapter, ChannelKind, EvidenceLevel, Message
from deliveries.outbound import InsideTransaction
from tests.deliveries.certificates import self_signed
from tests.deliveries.channels.handing import KEY, NOW, message_to, route_over
from tests.deliveries.channels.relay import HANG_UP, OFFER, SILENCE, Relay, relay
from tests.wire import free_port, hear, peer

WORDS = Content(
    subject="Ihre Bestellung – 订单",
    text="Zeile eins\n.Zeile zwei\n",
    html="<p>Zeile <b>eins</b></p>",
)
SETTINGS = {
    "sender": "Shop <desk@shop.example>",
    "return_path": "bounces@mail.shop.example",
    "user": "desk",
}
SECRETS = {"password": "relay-pass-0001"}
LIN = "lin.wei@kunde.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.fixture
def running(tls: ssl.SSLContext) -> Iterator[Relay]:
    with relay(tls) as it:
        yield it


@pytest.fixture
def authority(certificate: Path) -> str:
    pem = certificate.read_text(encoding="ascii")
    return pem[pem.index("-----BEGIN CERTIFICATE") :]


def send(
    port: int,
    authority: str,
    *,
    scheme: str = "smtp",
    message: Message | None = None,
    **settings: Any,
) -> Reply:
    route = route_over(
        Adapter.SMTP,
        f"{scheme}://127.0.0.1:{port}",
        ChannelKind.EMAIL,
        {**SETTINGS, "authority": authority, **settings},
        SECRETS,
    )
    message = message or message_to(LIN, ChannelKind.EMAIL, WORDS)
    return CHANNELS[Adapter.SMTP].send(message, route, key=KEY, now=NOW)


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_relay_that_takes_the_mail_is_its_word(
    running: Relay, authority: str
) -> None:
    reply = send(running.port, authority)

    assert reply.kind is ReplyKind.ACCEPTED, reply
    assert reply.level == EvidenceLevel.ACCEPTED
    assert (reply.reply_code, reply.enhanced_code) == ("250", "2.0.0")
    assert reply.raw_answer == "250 2.0.0 Ok: queued as 4F1"
    assert reply.provider_ref == "<msg_0123456789ABCDEFGHJKMNPQRS.1@shop.example>"


def test_nothing_personal_is_said_before_the_line_is_secure(
    running: Relay, authority: str
) -> None:
    send(running.port, authority)

    assert running.heard_out()
    words = [each.split(" ")[0] for each in running.said]
    assert words == ["ehlo", "STARTTLS", "ehlo", "AUTH", "mail", "rcpt", "DATA", "QUIT"]
    assert running.said[0] == "ehlo shop.example"
    assert running.secured


def test_a_bounce_will_name_its_message(running: Relay, authority: str) -> None:
    send(running.port, authority)

    path = "bounces+msg_0123456789ABCDEFGHJKMNPQRS.1@mail.shop.example"
    assert any(each.startswith(f"mail FROM:<{path}>") for each in running.said)
    assert f"rcpt TO:<{LIN}>" in running.said


def test_the_mail_arrives_as_it_was_written(running: Relay, authority: str) -> None:
    send(running.port, authority)

    mail = parsed(running.mails[0])
    assert mail["Subject"] == "Ihre Bestellung – 订单"
    assert mail["From"] == "Shop <desk@shop.example>"
    assert mail["To"] == LIN
    assert mail["Message-ID"] == "<msg_0123456789ABCDEFGHJKMNPQRS.1@shop.example>"
    assert mail["Date"].datetime == NOW
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == ["Zeile eins", ".Zeile zwei"]
    assert "<b>eins</b>" in page.get_content()


def test_a_line_may_be_secure_from_the_start(
    tls: ssl.SSLContext, authority: str
) -> None:
    with relay(tls, implicit=True) as running:
        reply = send(running.port, authority, scheme="smtps")

    assert reply.kind is ReplyKind.ACCEPTED
    assert "STARTTLS" not in running.said


@pytest.mark.parametrize(
    ("step", "answer", "code", "enhanced"),
    [
        ("connect", b"554 5.7.1 no service for you\r\n", "554", "5.7.1"),
        ("EHLO", b"421 4.3.2 shutting down\r\n", "421", "4.3.2"),
        ("STARTTLS", b"454 4.7.0 not now\r\n", "454", "4.7.0"),
        ("AUTH", b"535 5.7.8 bad credentials\r\n", "535", "5.7.8"),
        ("MAIL", b"451 4.7.1 greylisted, try again in 300 seconds\r\n", "451", "4.7.1"),
        ("RCPT", b"550-5.1.1 no such\r\n550 5.1.1 user here\r\n", "550", "5.1.1"),
        ("DATA", b"452 4.3.1 disk full\r\n", "452", "4.3.1"),
        (".", b"554 5.7.1 looks like spam\r\n", "554", "5.7.1"),
    ],
)
def test_a_no_at_any_step_is_a_refusal_kept_word_for_word(
    running: Relay, authority: str, step: str, answer: bytes, code: str, enhanced: str
) -> None:
    running.replies = {step: answer}
    if step == "EHLO":
        running.replies = {step: answer, "HELO": answer}

    reply = send(running.port, authority)

    assert reply.kind is ReplyKind.REFUSED
    assert (reply.reply_code, reply.enhanced_code) == (code, enhanced)
    assert reply.raw_answer.splitlines() == answer.decode().split("\r\n")[:-1]
    assert reply.fault is (step not in ("RCPT", "."))


@pytest.mark.parametrize(
    "step", ["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]
)
@pytest.mark.parametrize("answer", [HANG_UP, SILENCE], ids=["hangs up", "silent"])
def test_a_dialogue_that_ends_before_the_data_took_nothing(
    running: Relay,
    authority: str,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    answer: bytes,
) -> None:
    monkeypatch.setattr("deliveries.channels.email.dialogue.TOTAL_S", 0.5)
    running.replies = {step: answer}

    reply = send(running.port, authority)

    assert reply.kind is ReplyKind.REFUSED
    wanted = "timeout" if answer == SILENCE else "connection_reset"
    assert reply.reply_code == wanted
    assert not running.mails


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HANG_UP, "connection_reset"),
        (SILENCE, "timeout"),
        (b"250 2.0", "half_answer"),
        (b"certainly!\r\n", "half_answer"),
        (b"250-" + b"x" * 20_000 + b"\r\n", "half_answer"),
        (b"250-and\r\n" * 4_000, "half_answer"),
    ],
    ids=["hangs up", "silent", "half a line", "no reply", "long line", "no end"],
)
def test_a_dialogue_that_ends_in_the_data_is_unclear(
    running: Relay,
    authority: str,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
    code: str,
) -> None:
    monkeypatch.setattr("deliveries.channels.email.dialogue.TOTAL_S", 1.0)
    running.replies = {".": answer}

    reply = send(running.port, authority)

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, code)


def test_a_relay_that_cannot_prove_who_it_is_gets_nothing(running: Relay) -> None:
    reply = send(running.port, authority="")

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "tls_failed")
    assert not any(each.startswith(("AUTH", "mail")) for each in running.said)


def test_a_relay_without_starttls_gets_nothing(running: Relay, authority: str) -> None:
    running.replies = {"EHLO": OFFER.replace(b"250-STARTTLS\r\n", b"")}

    reply = send(running.port, authority)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "tls_failed")
    assert not running.secured


@pytest.mark.parametrize("offer", [b"250-AUTH PLAIN", b"250-AUTH XOAUTH2", b"250-DSN"])
def test_who_cannot_log_in_says_so(
    running: Relay, authority: str, offer: bytes
) -> None:
    running.replies = {"EHLO": OFFER.replace(b"250 AUTH PLAIN", offer + b"\r\n250 X")}

    reply = send(running.port, authority, user="caf\u00e9")

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "secrets.malformed")
    assert "caf" not in repr(reply)


def test_words_put_before_the_handshake_end_it(running: Relay, authority: str) -> None:
    running.replies = {"STARTTLS": b"220 go ahead\r\n250-injected\r\n"}

    reply = send(running.port, authority)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "tls_failed")
    assert not running.mails


def test_a_relay_that_is_not_there_refuses(authority: str) -> None:
    reply = send(free_port(), authority)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "connection_refused")


def test_a_relay_inside_is_never_called(authority: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    heard = []

    with peer(lambda it: heard.append(hear(it))) as port:
        reply = send(port, authority)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, "forbidden_address")
    assert not heard


@pytest.mark.parametrize(
    ("address", "content", "code"),
    [
        (LIN, None, "content.missing"),
        (LIN, Content(text="Words without a subject."), "content.missing"),
        (LIN, Content(subject="A subject without words"), "content.missing"),
        (
            LIN,
            Content(subject="a\r\nBcc: eve@evil.example", text="x"),
            "content.malformed",
        ),
        ("", WORDS, "address.missing"),
        ("lin@a.example, eve@b.example", WORDS, "address.malformed"),
        ("lin@a.example>\r\nRCPT TO:<eve@b.example", WORDS, "address.malformed"),
        ("林@kunde.example", WORDS, "address.malformed"),
    ],
)
def test_what_cannot_be_a_mail_is_not_begun(
    authority: str, address: str, content: Content | None, code: str
) -> None:
    message = message_to(address, ChannelKind.EMAIL, content)

    reply = send(free_port(), authority, message=message)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, code)


def test_a_host_of_another_script_is_written_for_every_relay(
    running: Relay, authority: str
) -> None:
    message = message_to("lin@bücher.example", ChannelKind.EMAIL, WORDS)

    send(running.port, authority, message=message)

    assert "rcpt TO:<lin@xn--bcher-kva.example>" in running.said


def test_what_the_relay_repeats_is_not_kept(running: Relay, authority: str) -> None:
    told = f"550 5.1.1 <{LIN}> relay-pass-0001 AGRlc2sAcmVsYXktcGFzcy0wMDAx\r\n"
    running.replies = {"RCPT": told.encode()}

    reply = send(running.port, authority)

    assert reply.reply_code == "550"
    for secret in (LIN, "relay-pass-0001", "AGRlc2sAcmVsYXktcGFzcy0wMDAx"):
        assert secret not in repr(reply)


@pytest.mark.django_db(transaction=True)
def test_no_mail_is_sent_inside_a_transaction(authority: str) -> None:
    with pytest.raises(InsideTransaction), transaction.atomic():
        send(free_port(), authority)


def test_no_relay_is_trusted_to_know_a_mail_again() -> None:
    assert CHANNELS[Adapter.SMTP].dedup_window == timedelta(0)
