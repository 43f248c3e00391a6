"""Are receipts over Amazon SNS taken in from our topic alone, without other calls?"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from deliveries import outbound, receipts
from deliveries.models import HookEndpoint, Message, ParkedReceipt, Provider
from deliveries.receipts import sns
from tests.callers import problem
from tests.deliveries.receipts.amazon import TOPIC, URL, Amazon, raw, signed, told
from tests.deliveries.receipts.posting import counts, handed_over
from tests.factories import make_provider

pytestmark = pytest.mark.django_db
DELIVERED = json.dumps(
    {
        "eventType": "Delivery",
        "mail": {"messageId": "ses-1", "destination": ["lin@shop.example"]},
        "delivery": {"timestamp": "2026-11-22T02:00:00Z"},
    }
)


@pytest.fixture(autouse=True)
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    """Amazon, as far as it is called."""
    found = Amazon()
    monkeypatch.setattr(outbound, "request", found.request)
    sns.forget()
    yield found
    sns.forget()


@pytest.fixture
def provider(db: None) -> Provider:
    """Amazon SES."""
    return make_provider(channel="email")  # type: ignore[arg-type]


@pytest.fixture
def account(provider: Provider) -> tuple[HookEndpoint, str]:
    """Where our topic reports."""
    row, token = receipts.issue(
        dialect_name="ses",
        provider=provider,
        source=None,
        proof=receipts.Proof("sns", [TOPIC]),
    )
    return row, receipts.path_of(row, token)


def post(path: str, body: object) -> Any:
    return Client().post(path, raw(body), content_type="text/plain; charset=UTF-8")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_receipt_of_our_topic_moves_its_message(
    account: tuple[HookEndpoint, str], provider: Provider, amazon: Amazon, version: str
) -> None:
    message = handed_over(provider, "ses-1")
    body = signed(told(Message=DELIVERED), version)
    assert post(account[1], body).status_code == 200
    assert post(account[1], body).status_code == 200
    assert Message.objects.get(pk=message.pk).state == "delivered"
    assert counts(account[0]) == {"taken": 1, "known": 1}
    assert amazon.called == [URL]


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": DELIVERED.replace("Delivery", "Bounce")},
        {"Signature": "AAAA"},
        {"SigningCertURL": "https://evil.example/SimpleNotificationService-00.pem"},
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:mail-events"},
        {"Timestamp": "2020-01-01T00:00:00.000Z"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_is_not_from_our_topic_is_refused(
    account: tuple[HookEndpoint, str],
    provider: Provider,
    amazon: Amazon,
    changes: dict[str, str],
) -> None:
    message = handed_over(provider, "ses-1")
    answer = post(account[1], signed(told(Message=DELIVERED)) | changes)
    assert problem(answer) == (401, "unauthenticated")
    assert Message.objects.get(pk=message.pk).state == "accepted"
    assert counts(account[0]) == {"refused": 1}
    assert set(amazon.called) <= {URL}


def test_a_topic_of_somebody_else_costs_no_call(
    account: tuple[HookEndpoint, str], amazon: Amazon
) -> None:
    """Anybody can make a topic, and Amazon signs for it as well."""
    foreign = "arn:aws:sns:eu-west-1:999999999999:mail-events"
    answer = post(account[1], signed(told(TopicArn=foreign, Message=DELIVERED)))
    assert problem(answer) == (401, "unauthenticated")
    assert amazon.called == []


@pytest.mark.parametrize("body", [[], "text", 7, None, {}, {"Type": "Notification"}])
def test_what_is_no_message_of_sns_is_refused(
    account: tuple[HookEndpoint, str], amazon: Amazon, body: object
) -> None:
    assert problem(post(account[1], body)) == (401, "unauthenticated")
    assert amazon.called == []


def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(
    account: tuple[HookEndpoint, str], amazon: Amazon
) -> None:
    answer = post(account[1], signed(told("SubscriptionConfirmation")))
    assert answer.status_code == 200
    certificate, confirmed = amazon.called
    parts = urlsplit(confirmed)
    assert certificate == URL
    assert (parts.scheme, parts.netloc) == ("https", "sns.eu-west-1.amazonaws.com")
    assert parse_qs(parts.query) == {
        "Action": ["ConfirmSubscription"],
        "TopicArn": [TOPIC],
        "Token": ["2336412f37"],
    }
    assert counts(account[0]) == {"taken": 1}


def test_a_forged_subscription_confirms_nothing(
    account: tuple[HookEndpoint, str], amazon: Amazon
) -> None:
    forged = signed(told("SubscriptionConfirmation")) | {"Token": "mine"}
    assert problem(post(account[1], forged)) == (401, "unauthenticated")
    assert amazon.called == [URL]


def test_an_end_of_the_subscription_is_shown_to_people(
    account: tuple[HookEndpoint, str], amazon: Amazon
) -> None:
    answer = post(account[1], signed(told("UnsubscribeConfirmation")))
    assert answer.status_code == 200
    parked = ParkedReceipt.objects.get()
    assert "nothing any more" in parked.why
    assert "2336412f37" not in parked.body
    assert amazon.called == [URL]


@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation"])
def test_amazon_tells_again_what_could_not_be_judged(
    account: tuple[HookEndpoint, str], amazon: Amazon, kind: str
) -> None:
    amazon.status = 500
    body = signed(told(kind, Message=DELIVERED))
    for _ in range(2):
        assert problem(post(account[1], body)) == (503, "unavailable")
    assert amazon.called == [URL]  # what gave nothing is left alone for a while
    assert counts(account[0]) == {}


@pytest.mark.parametrize("secret", ["", "hook:correct-horse", f"{TOPIC}/x"])
def test_the_proof_needs_the_name_of_the_topic(provider: Provider, secret: str) -> None:
    with pytest.raises(receipts.BadEndpoint):
        receipts.issue(
            dialect_name="ses",
            provider=provider,
            source=None,
            proof=receipts.Proof("sns", [secret]),
        )


def test_a_user_and_a_password_still_prove_it(provider: Provider) -> None:
    message = handed_over(provider, "ses-1")
    row, token = receipts.issue(
        dialect_name="ses",
        provider=provider,
        source=None,
        proof=receipts.Proof("basic", ["hook:correct-horse"]),
    )
    answer = Client().post(
        receipts.path_of(row, token),
        raw(told(Message=DELIVERED)),
        content_type="text/plain",
        headers={"Authorization": "Basic aG9vazpjb3JyZWN0LWhvcnNl"},
    )
    assert answer.status_code == 200
    assert Message.objects.get(pk=message.pk).state == "delivered"
