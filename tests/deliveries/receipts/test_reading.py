"""Are the providers' own words understood, whatever form they come in?"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.receipts.dialects import dialect, dialects
from deliveries.receipts.knock import Knock
from deliveries.receipts.reading import read
from deliveries.receipts.vocabulary import EventType, Receipt, RejectReason, Unreadable
from tests.deliveries.receipts import told

SPOKEN = sorted(set(dialects()) - {"mail"})
AT = datetime.fromtimestamp(told.AT_S, UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


def knock(name: str, body: Any) -> Knock:
    form = dialect(name).form
    raw = urlencode(body).encode() if form else json.dumps(body).encode()
    return Knock({}, "", raw)


def only(name: str, body: Any) -> Receipt:
    (receipt,) = read(knock(name, body), dialect(name))
    return receipt


@pytest.mark.parametrize("name", SPOKEN)
def test_an_arrival_names_its_message_and_its_time(name: str) -> None:
    receipt = only(name, told.ARRIVED[name])
    assert receipt.type is EventType.DELIVERED
    assert told.REF in receipt.refs
    assert receipt.at in {AT, None}
    assert receipt.at is not None or name == "twilio"


@pytest.mark.parametrize("name", SPOKEN)
def test_a_failure_says_why(name: str) -> None:
    receipt = only(name, told.FAILED[name])
    assert receipt.type in {EventType.BOUNCED, EventType.FAILED}
    assert told.REF in receipt.refs
    assert receipt.code + receipt.enhanced_code + receipt.words


@pytest.mark.parametrize("name", SPOKEN)
def test_the_same_event_told_twice_has_the_same_stable_parts(name: str) -> None:
    body = told.FAILED[name]
    assert only(name, body).stable == only(name, body).stable
    assert only(name, body).stable != only(name, told.ARRIVED[name]).stable


@pytest.mark.parametrize("name", SPOKEN)
def test_every_dialect_names_its_source_and_its_proofs(name: str) -> None:
    found = dialect(name)
    assert found.source
    assert found.schemes
    assert found.refs


@pytest.mark.parametrize(
    ("name", "body", "kind", "reason"),
    [
        ("mailgun", told.mailgun("failed", severity="temporary"), "deferred", None),
        ("mailjet", {"event": "bounce", "hard_bounce": False}, "deferred", None),
        ("postmark", told.postmark("Bounce", Type="Transient"), "deferred", None),
        (
            "postmark",
            told.postmark("Bounce", Type="BadEmailAddress"),
            "bounced",
            "invalid",
        ),
        (
            "postmark",
            told.postmark("SubscriptionChange", SuppressSending=False),
            "subscribed",
            None,
        ),
        ("sendgrid", told.sendgrid("bounce", type="blocked"), "bounced", "blocked"),
        ("sendgrid", told.sendgrid("spamreport"), "complained", "spam"),
        ("ses", told.ses("Complaint"), "complained", "spam"),
        ("mandrill", told.mandrill("unsub"), "unsubscribed", "unsubscribed"),
        ("whatsapp", told.whatsapp("read"), "read", None),
        ("mailersend", told.mailersend("activity.spam_complaint"), "complained", None),
    ],
)
def test_the_more_particular_word_counts(
    name: str, body: Any, kind: str, reason: str | None
) -> None:
    receipt = only(name, body)
    assert receipt.type == EventType(kind)
    if reason is not None:
        assert receipt.reason == RejectReason(reason)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("whatsapp", {"entry": [{"changes": [{"value": {"messages": [{}]}}]}]}),
        ("sparkpost", [{"msys": {}}]),
        ("mandrill", {"mandrill_events": "[]"}),
        ("sendgrid", []),
    ],
)
def test_a_body_may_tell_nothing(name: str, body: Any) -> None:
    assert read(knock(name, body), dialect(name)) == []


def test_a_message_that_asks_for_confirmation_is_unreadable() -> None:
    asked = {"Type": "SubscriptionConfirmation", "Message": "You have chosen to …"}
    with pytest.raises(Unreadable):
        read(knock("ses", asked), dialect("ses"))


@pytest.mark.parametrize(
    "written",
    [
        "2031-05-06T12:00:00Z",
        "2031-05-06T14:00:00+02:00",
        "2031-05-06 12:00:00",
        "Tue, 06 May 2031 12:00:00 +0000",
        told.AT_S,
        told.AT_S * 1000,
        str(told.AT_S),
    ],
)
def test_a_time_is_read_in_every_usual_form(written: Any) -> None:
    assert only("resend", told.ARRIVED["resend"] | {"created_at": written}).at == AT


@pytest.mark.parametrize("written", [True, None, -1, 1e400, "soon", "", [], "9" * 60])
def test_what_is_no_time_is_none(written: Any) -> None:
    body = told.ARRIVED["resend"] | {"created_at": written}
    assert only("resend", body).at is None


def test_too_many_events_are_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(knock("sendgrid", told.sendgrid("open") * 5001), dialect("sendgrid"))


@given(name=st.sampled_from(SPOKEN), body=ANYTHING)
def test_any_json_is_read_or_refused(name: str, body: Any) -> None:
    raw = json.dumps(body).encode()
    for spoken in (raw, urlencode({"mandrill_events": raw.decode()}).encode()):
        try:
            read(Knock({}, "", spoken), dialect(name))
        except Unreadable:
            continue


@given(name=st.sampled_from(SPOKEN), raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(name: str, raw: bytes) -> None:
    try:
        read(Knock({}, "", raw), dialect(name))
    except Unreadable:
        return
