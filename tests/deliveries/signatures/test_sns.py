"""Is a message of Amazon SNS believed only when Amazon signed it?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deliveries import signatures
from tests.deliveries.receipts.amazon import TOPIC, URL, certificate, signed, told

NOW = datetime.now(UTC)
KINDS = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_signed_is_believed(kind: str, version: str) -> None:
    assert signatures.is_sns(signed(told(kind), version), certificate(), NOW)


def test_a_subject_is_signed_as_well() -> None:
    body = signed(told(Subject="Bounce"))
    assert signatures.is_sns(body, certificate(), NOW)
    assert not signatures.is_sns(body | {"Subject": "Delivery"}, certificate(), NOW)
    del body["Subject"]
    assert not signatures.is_sns(body, certificate(), NOW)


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "TopicArn"])
def test_what_was_changed_afterwards_is_not(field: str) -> None:
    body = signed(told()) | {field: "something else"}
    assert not signatures.is_sns(body, certificate(), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"SignatureVersion": "3"},
        {"SignatureVersion": "1"},
        {"Signature": ""},
        {"Signature": "not base64!"},
        {"Signature": None},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Surprise"},
        {"Message": 7},
        {"Message": None},
        {"Message": "\ud800"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_not_believed(changes: dict[str, Any]) -> None:
    assert not signatures.is_sns(signed(told()) | changes, certificate(), NOW)


def test_only_a_live_certificate_of_a_long_key_counts() -> None:
    assert not signatures.is_sns(signed(told()), certificate(ended=True), NOW)
    short = signed(told(), bits=1024)
    assert not signatures.is_sns(short, certificate(bits=1024), NOW)
    for pem in (b"", b"<html>", certificate()[:200]):
        assert not signatures.is_sns(signed(told()), pem, NOW)


def test_amazon_keeps_its_certificates_in_few_places() -> None:
    china = URL.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
    for good in (URL, china):
        assert signatures.sns_certificate_url({"SigningCertURL": good}) == good


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/mine/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem\n",
        "",
        None,
        7,
    ],
    ids=str,
)
def test_no_other_place_is_asked(url: object) -> None:
    assert signatures.sns_certificate_url({"SigningCertURL": url}) is None


def test_a_topic_names_the_host_that_serves_it() -> None:
    assert signatures.sns_host(TOPIC) == "sns.eu-west-1.amazonaws.com"
    china = "arn:aws-cn:sns:cn-north-1:123456789012:mail"
    assert signatures.sns_host(china) == "sns.cn-north-1.amazonaws.com.cn"
    for text in (
        "",
        "arn:aws:sqs:eu-west-1:123456789012:q",
        f"{TOPIC}/x",
        f"{TOPIC}\n",
    ):
        with pytest.raises(ValueError, match="no topic"):
            signatures.sns_host(text)


@pytest.mark.parametrize(
    ("minutes", "word"),
    [(0, "new"), (60, "new"), (-4, "new"), (120, "old"), (-6, "old")],
)
def test_amazon_tries_for_an_hour(minutes: int, word: str) -> None:
    at = f"{NOW - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.000Z"
    assert signatures.is_sns_recent({"Timestamp": at}, NOW) is (word == "new")


@pytest.mark.parametrize("at", [None, 7, "", "today", "2026-13-01T00:00:00Z"], ids=str)
def test_what_is_no_time_is_not_recent(at: object) -> None:
    assert not signatures.is_sns_recent({"Timestamp": at}, NOW)
