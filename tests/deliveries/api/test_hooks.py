"""Is a receipt believed exactly when it should be, and counted once?"""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from deliveries import receipts
from deliveries.api import throttles
from deliveries.models import (
    DeliveryEvent,
    Dialect,
    EventKind,
    EvidenceLevel,
    FactChange,
    Fate,
    HookEndpoint,
    Message,
    MessageState,
    ParkedReceipt,
    Scheme,
    Suppression,
)
from deliveries.receipts.dialects import dialects
from deliveries.receipts.schemes import CHECKS
from tests.deliveries.receipts import signing, told
from tests.deliveries.receipts.posting import Account, counts, handed_over
from tests.factories import make_provider, make_source
from tests.rows import NOON
from tests.side_by_side import Other

pytestmark = pytest.mark.django_db

WAYS = [
    (name, scheme)
    for name, dialect in sorted(dialects().items())
    for scheme in dialect.schemes
    if scheme != "sns"  # needs a certificate, so it has tests of its own
    if name != "mail"
]
# One dialect for each proof.
PROOFS = {scheme: name for name, scheme in reversed(WAYS) if scheme != "none"}
UNREADABLE = (
    b"",
    b"null",
    b"7",
    b'"text"',
    b"[[]]",
    b"[1, 2]",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"9" * 10_000,
    b"NaN",
    b'[{"event": 7}]',
    b'[{"event": {"a": []}}]',
    b'[{"event": "never heard of"}]',
    b'[{"event": "delivered\\u0000\\ud800"}]',
)


@pytest.fixture(params=WAYS, ids="-".join)
def account(request: pytest.FixtureRequest) -> Account:
    """Each kind of account, with each proof that it can give."""
    return Account(make_provider(), *request.param)


@pytest.fixture(params=sorted(PROOFS.items()), ids="-".join)
def proving(request: pytest.FixtureRequest) -> Account:
    """An account for each proof."""
    scheme, name = request.param
    return Account(make_provider(), name, scheme)


@pytest.fixture
def sendgrid() -> Account:
    """An account whose signature covers everything."""
    return Account(make_provider(), "sendgrid")


def provider_of(account: Account) -> Any:
    provider = account.row.provider
    assert provider is not None
    return provider


def test_every_dialect_and_every_proof_is_known_everywhere() -> None:
    assert set(dialects()) == set(Dialect.values)
    assert set(CHECKS) | {"none", "sns"} == set(Scheme.values)
    assert {scheme for _, scheme in WAYS} == set(Scheme.values) - {"sns"}


def test_a_delivery_is_believed_as_far_as_it_is_proven(account: Account) -> None:
    message = handed_over(provider_of(account))

    answer = account.post(told.ARRIVED[account.dialect.name])

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.content.decode() == (account.dialect.answer or "{}")
    message.refresh_from_db()
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.trusted) == (EventKind.DELIVERED, account.row.trusted)
    if account.scheme == "none":
        assert event.level == EvidenceLevel.ACCEPTED
        assert (message.state, message.evidence_level) == (MessageState.ACCEPTED, 0)
    else:
        assert message.state == MessageState.DELIVERED
    assert counts(account.row) == {Fate.TAKEN: 1}


def test_a_failure_is_kept_with_its_words(account: Account) -> None:
    message = handed_over(provider_of(account))

    assert account.post(told.FAILED[account.dialect.name]).status_code == 200

    event = DeliveryEvent.objects.get()
    assert event.kind == EventKind.BOUNCED
    assert event.reply_code + event.enhanced_code + event.answer
    assert FactChange.objects.get().subject_id == event.pk
    message.refresh_from_db()
    unproven = account.scheme == "none"
    assert message.state == ("accepted" if unproven else "failed")


def test_a_replay_is_answered_alike_and_changes_nothing(account: Account) -> None:
    handed_over(provider_of(account))
    signed = account.sign(told.ARRIVED[account.dialect.name])
    account.send(signed)
    before = list(Message.objects.values())

    for _ in range(3):
        assert account.send(signed).status_code == 200

    assert list(Message.objects.values()) == before
    assert DeliveryEvent.objects.count() == 1
    assert FactChange.objects.count() == account.row.trusted
    assert counts(account.row) == {Fate.TAKEN: 1, Fate.KNOWN: 3}


@pytest.mark.parametrize("spoilt", ["no proof", "wrong", "empty"])
def test_without_the_right_proof_nothing_comes_in(
    proving: Account, spoilt: str
) -> None:
    handed_over(provider_of(proving))
    signed = proving.sign(told.ARRIVED[proving.dialect.name])
    if spoilt == "no proof":
        signed.headers = {}
    elif spoilt == "empty":
        signed.headers = dict.fromkeys(signed.headers, "")
    else:
        signed.headers = {name: flipped(v) for name, v in signed.headers.items()}
    if proving.scheme == "mailgun":
        signed.body = {
            "no proof": signed.body.replace(b'"signature": {', b'"other": {'),
            "empty": signed.body.replace(b'"c', b'"'),
            "wrong": signed.body.replace(b"ccc", b"ccd", 1),
        }[spoilt]

    answer = proving.send(signed)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert not DeliveryEvent.objects.exists()
    assert counts(proving.row) == {Fate.REFUSED: 1}


def flipped(text: str) -> str:
    """One bit of the last letter but three; the last of base64 may carry none."""
    at = len(text) - 4
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


@pytest.mark.parametrize("scheme", signing.COVERING)
def test_every_flipped_bit_of_a_signed_body_is_noticed(scheme: str) -> None:
    account = Account(make_provider(), PROOFS[scheme], scheme)
    signed = account.sign(told.ARRIVED[account.dialect.name])
    sound = signed.body
    for number in range(0, 8 * len(sound), 37):
        body = bytearray(sound)
        body[number // 8] ^= 1 << number % 8
        signed.body = bytes(body)
        assert account.send(signed).status_code == 401, number
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("scheme", signing.TIMED)
def test_an_old_or_a_future_signature_is_refused(scheme: str) -> None:
    account = Account(make_provider(), PROOFS[scheme], scheme)
    handed_over(provider_of(account))
    body, now = told.ARRIVED[account.dialect.name], int(timezone.now().timestamp())

    for off in (-600, -310, 310, 600):
        assert account.post(body, at=now + off).status_code == 401

    assert account.post(body, at=now - 280).status_code == 200


def test_both_secrets_are_good_while_one_is_replaced() -> None:
    account = Account(make_provider(), "standard")
    account.row.seal(["whsec_b3RoZXI=", signing.WHSEC])
    account.row.save()

    assert account.post(told.ARRIVED["standard"]).status_code == 200


def test_a_secret_that_cannot_be_opened_lets_nobody_in(sendgrid: Account) -> None:
    HookEndpoint.objects.update(sealed_secrets=b"sealed with a key that is gone")

    assert sendgrid.post(told.ARRIVED["sendgrid"]).status_code == 401


# --- the address ----------------------------------------------------------------------


def test_an_unknown_token_leads_nowhere_and_is_counted(sendgrid: Account) -> None:
    signed = sendgrid.sign(told.ARRIVED["sendgrid"])
    other = make_provider()
    wrong = [
        f"/api/v1/hooks/{sendgrid.row.name}/{'A' * 22}/",
        f"/api/v1/hooks/{other.slug}/{sendgrid.token}/",
        f"/api/v1/hooks/mail/{sendgrid.token}/",
    ]
    for path in wrong:
        assert sendgrid.send(signed, path).status_code == 404
    assert counts(None) == {Fate.REFUSED: 3}
    malformed = sendgrid.path[:-4] + "/"
    assert sendgrid.send(signed, malformed).status_code == 404


def test_a_closed_address_leads_nowhere(sendgrid: Account) -> None:
    HookEndpoint.objects.update(enabled=False)
    assert sendgrid.post(told.ARRIVED["sendgrid"]).status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_other_methods_are_not_taken(sendgrid: Account, method: str) -> None:
    answer = getattr(Client(), method)(sendgrid.path)
    assert answer.status_code == 405


def test_the_database_knows_no_token(sendgrid: Account) -> None:
    rows = str(list(HookEndpoint.objects.values()))
    assert sendgrid.token not in rows
    assert signing.PUBLIC not in rows


def test_meta_gets_its_echo_for_the_word_that_was_agreed() -> None:
    account = Account(make_provider(), "whatsapp")
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    good = asked | {"hub.verify_token": account.token}

    answer = Client().get(account.path, good)

    assert answer.content == b"1158201444"
    assert answer["Content-Type"].startswith("text/plain")
    for bad in (
        asked,
        asked | {"hub.verify_token": "guessed"},
        good | {"hub.challenge": "<script>"},
    ):
        assert Client().get(account.path, bad).status_code == 403
    elsewhere = account.path.replace(account.token, "A" * 22)
    assert Client().get(elsewhere, good).status_code == 404


def test_mandrill_finds_its_address_when_it_looks() -> None:
    account = Account(make_provider(), "mandrill")
    assert Client().head(account.path).status_code == 200
    elsewhere = account.path.replace(account.token, "A" * 22)
    assert Client().head(elsewhere).status_code == 404


def test_jpush_gets_its_echo() -> None:
    account = Account(make_provider(), "jpush")
    answer = Client().get(account.path, {"echostr": "571fd1bf"})
    assert answer.content == b"571fd1bf"


# --- what comes in --------------------------------------------------------------------


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:24]))
def test_what_is_authentic_and_unreadable_is_kept_for_people(
    sendgrid: Account, body: bytes
) -> None:
    at = int(timezone.now().timestamp())
    signed = signing.SIGNERS["sendgrid"](body, sendgrid.path, at)

    for _ in range(2):
        assert sendgrid.send(signed).status_code == 200

    assert ParkedReceipt.objects.get().why
    assert counts(sendgrid.row) == {Fate.PARKED: 2}
    assert not DeliveryEvent.objects.exists()


def test_what_is_kept_for_people_names_nobody() -> None:
    account = Account(make_provider(), "postmark")
    account.post({"RecordType": "Novel", "Email": told.ADDRESS})
    assert told.ADDRESS not in ParkedReceipt.objects.get().body


@pytest.mark.parametrize("account", WAYS, indirect=True, ids="-".join)
def test_hostile_bodies_are_never_our_failure(account: Account) -> None:
    at = int(timezone.now().timestamp())
    for body in UNREADABLE:
        if account.scheme == "mailgun" or account.dialect.form:
            signed = signing.Signed(body, account.sign({"a": "b"}).content_type)
        else:
            signed = signing.SIGNERS[account.scheme](body, account.path, at)
        assert account.send(signed).status_code in {200, 401}, body[:40]
    assert not DeliveryEvent.objects.exists()


def test_a_body_that_is_too_large_is_refused_unread(sendgrid: Account) -> None:
    answer = sendgrid.send(signing.Signed(b" " * (1024 * 1024 + 1)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("dialect", "content_type"),
    [
        ("sendgrid", "application/x-www-form-urlencoded"),
        ("sendgrid", "multipart/form-data; boundary=x"),
        ("sendgrid", "message/rfc822"),
        ("twilio", "application/json"),
        ("twilio", "multipart/form-data; boundary=x"),
    ],
)
def test_another_kind_of_content_is_refused(dialect: str, content_type: str) -> None:
    account = Account(make_provider(), dialect)
    answer = account.send(signing.Signed(b"a=b", content_type))
    assert (answer.status_code, answer.json()["code"]) == (
        415,
        "media_type_unsupported",
    )


def test_a_compressed_body_is_refused(sendgrid: Account) -> None:
    signed = signing.Signed(b"", headers={"Content-Encoding": "gzip"})
    assert sendgrid.send(signed).status_code == 415


def test_a_receipt_of_a_message_that_nobody_knows_has_no_effect(
    sendgrid: Account,
) -> None:
    handed_over(provider_of(sendgrid), ref="another")

    assert sendgrid.post(told.ARRIVED["sendgrid"]).status_code == 200

    assert counts(sendgrid.row) == {Fate.FOREIGN: 1}
    assert not DeliveryEvent.objects.exists()


def test_a_provider_cannot_speak_of_what_another_was_given(sendgrid: Account) -> None:
    message = handed_over(make_provider())

    sendgrid.post(told.sendgrid("delivered", undelivered=f"{message.public_id}:1"))

    assert counts(sendgrid.row) == {Fate.FOREIGN: 1}


def test_an_account_of_one_source_cannot_speak_of_another() -> None:
    provider, source = make_provider(), make_source()
    account = Account(provider, "sendgrid", source=source)
    message = handed_over(provider)

    account.post(told.ARRIVED["sendgrid"])
    account.post(told.sendgrid("delivered", undelivered=message.public_id))

    assert counts(account.row) == {Fate.FOREIGN: 2}


@pytest.mark.parametrize("by", ["key", "public id", "external id", "Message-ID"])
def test_a_message_is_found_by_every_name_that_it_has(by: str) -> None:
    provider, source = make_provider(), make_source()
    account = Account(provider, "sendgrid", source=source)
    message = handed_over(provider, ref="", source=source)
    name = {
        "key": f"{message.public_id}:1",
        "public id": message.public_id,
        "external id": message.external_id,
        "Message-ID": f"<{message.public_id.lower()}.1@shop.example>",
    }[by]

    account.post(told.sendgrid("delivered", **{"smtp-id": name}))

    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    known = DeliveryEvent.objects.get().attempt_n
    assert known == (1 if by in {"key", "Message-ID"} else None)


def test_many_events_of_one_body_each_count(sendgrid: Account) -> None:
    provider = provider_of(sendgrid)
    first, second = handed_over(provider, "one"), handed_over(provider, "two")

    sendgrid.post(
        [
            *told.sendgrid("delivered", sg_message_id="one.filter"),
            *told.sendgrid("bounce", sg_message_id="two.filter"),
            *told.sendgrid("open", sg_message_id="three.filter"),
            *told.sendgrid("group_resubscribe", sg_message_id="one.filter"),
        ]
    )

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("delivered", "failed")
    assert counts(sendgrid.row) == {Fate.TAKEN: 2, Fate.FOREIGN: 1}


def test_a_replay_costs_the_same_for_one_event_and_for_many(
    sendgrid: Account, django_assert_max_num_queries: Any
) -> None:
    names = [f"r{number}" for number in range(20)]
    for name in names:
        handed_over(provider_of(sendgrid), name)
    bodies = [told.sendgrid("delivered", sg_message_id=name)[0] for name in names]
    sendgrid.post([*bodies, *bodies])
    assert counts(sendgrid.row) == {Fate.TAKEN: 20, Fate.KNOWN: 20}

    with django_assert_max_num_queries(6):
        sendgrid.post(bodies)

    assert counts(sendgrid.row) == {Fate.TAKEN: 20, Fate.KNOWN: 40}


def test_a_late_delivery_mends_what_was_unknown(sendgrid: Account) -> None:
    message = handed_over(provider_of(sendgrid))
    Message.objects.update(state=MessageState.UNKNOWN)

    sendgrid.post(told.ARRIVED["sendgrid"])

    message.refresh_from_db()
    assert (message.state, message.recovered_late) == ("delivered", True)


@pytest.mark.parametrize(("scheme", "orders"), [("basic", 1), ("none", 0)])
def test_a_complaint_suppresses_when_it_is_proven(scheme: str, orders: int) -> None:
    account = Account(make_provider(), "mailjet", scheme)
    message = handed_over(provider_of(account))

    account.post({"event": "spam", "CustomID": told.REF, "time": told.AT_S})

    assert Suppression.objects.count() == orders
    message.refresh_from_db()
    assert (message.complained_at is not None) == bool(orders)


def test_opening_again_and_again_is_one_event(sendgrid: Account) -> None:
    handed_over(provider_of(sendgrid))
    for at in range(3):
        sendgrid.post(told.sendgrid("open", timestamp=str(told.AT_S + at)))
    assert DeliveryEvent.objects.count() == 1


def test_a_time_that_cannot_be_is_clamped(sendgrid: Account) -> None:
    handed_over(provider_of(sendgrid))
    before = timezone.now()

    sendgrid.post(told.sendgrid("delivered", timestamp="99999999999"))

    told_at = DeliveryEvent.objects.get().occurred_at
    assert 290 < (told_at - before).total_seconds() < 330


def test_too_many_requests_are_refused(
    sendgrid: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttles.LIMITS, "receipts", 0)
    answer = sendgrid.post(told.ARRIVED["sendgrid"])
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert not DeliveryEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_receipt_at_the_same_time_counts_once() -> None:
    account = Account(make_provider(), "sendgrid")
    message = handed_over(provider_of(account))
    signed = account.sign(told.ARRIVED["sendgrid"])
    with transaction.atomic():
        Message.objects.select_for_update().get(pk=message.pk)
        other = Other(lambda: account.send(signed).status_code).until_it_waits()
        assert account.send(signed).status_code == 200
    assert other.end() == 200
    assert DeliveryEvent.objects.count() == FactChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_refusals_at_the_same_time_are_two() -> None:
    with transaction.atomic():
        receipts.count(None, Fate.REFUSED, NOON)
        other = Other(lambda: receipts.count(None, Fate.REFUSED, NOON))
        other.until_it_waits()
    other.end()
    assert counts(None) == {Fate.REFUSED: 2}
