"""Is a message that was planned sent over a channel, with what was kept for it?"""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import contents, sending
from deliveries.contents import Content
from deliveries.models import (
    Adapter,
    ChannelKind,
    Dedup,
    EvidenceLevel,
    MessageState,
    Outcome,
)
from tests.deliveries.channels.scripted import Play, Provider
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)

pytestmark = pytest.mark.django_db(transaction=True)


def plan(provider: Provider, content: Content | None) -> Any:
    """A try over Twilio that is due."""
    row = make_provider(provider.base, channel=ChannelKind.SMS, dedup=Dedup.NONE)
    row.adapter, row.settings = (
        Adapter.TWILIO,
        {"user": "AC1", "sender": "+14155550100"},
    )
    row.seal({"password": "twilio-auth-token"}, timezone.now())
    row.save()
    address = make_address(value="+14155550123", channel=ChannelKind.SMS)
    message = make_message(address=address, channel=ChannelKind.SMS)
    if content:
        with transaction.atomic():
            contents.keep(message, content)
    return make_attempt(message, make_route(row))


def test_a_message_with_words_is_sent_and_recorded(provider: Provider) -> None:
    provider.play = Play(
        201, {"sid": "SM1", "status": "queued", "body": "Your code: 4711"}
    )
    attempt = plan(provider, Content(text="Your code: 4711"))

    assert sending.send_due() == 1

    attempt.refresh_from_db()
    attempt.message.refresh_from_db()
    assert provider.last.form["Body"] == "Your code: 4711"
    assert attempt.outcome == Outcome.ACCEPTED
    assert "4711" not in attempt.raw_answer
    assert attempt.message.state == MessageState.ACCEPTED
    assert attempt.message.evidence_level == EvidenceLevel.ACCEPTED


def test_a_message_without_words_fails_with_the_reason(provider: Provider) -> None:
    attempt = plan(provider, None)

    assert sending.send_due() == 1

    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.reply_code) == (Outcome.REFUSED, "content.missing")
    assert not provider.heard
