"""Is another channel found only where the person may and can be reached over it?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import addresses, contents, fallback, suppressions
from deliveries.contents import Content
from deliveries.fallback import Obstacle, Way
from deliveries.models import (
    Adapter,
    Address,
    ChannelKind,
    Consent,
    ConsentState,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    Provider,
    Purpose,
    ResendMode,
    SuppressionOrigin,
)
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)
from tests.rows import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def mail(purpose: Purpose = Purpose.TRANSACTIONAL, text: str = "Hello.") -> Message:
    """A mail that failed, with words, to a person whom we know by mail alone."""
    address = make_address(value="lin@example.org", channel=ChannelKind.EMAIL)
    message = make_message(address=address, channel=ChannelKind.EMAIL, purpose=purpose)
    with transaction.atomic():
        contents.keep(message, Content(subject="Hello", text=text, html="<p>Hello."))
    return message


def also_at(
    message: Message,
    channel: ChannelKind = ChannelKind.SMS,
    value: str = "+4915112345678",
    *,
    verified: bool = False,
) -> Address:
    """Another address of the message's person."""
    assert message.recipient is not None
    with transaction.atomic():
        address = addresses.keep(message.recipient, channel, value)
    assert address is not None
    address.verified_at = NOON if verified else None
    address.save()
    return address


def route_over(channel: ChannelKind = ChannelKind.SMS) -> Provider:
    """A provider of its own kind with a route for a channel."""
    provider = make_provider(channel=channel)
    provider.adapter = Adapter.TWILIO
    provider.save()
    make_route(provider)
    return provider


def found(message: Message) -> Way | Obstacle:
    return fallback.find(message, timezone.now())


def test_another_address_of_the_person_is_found_with_its_route() -> None:
    message = mail()
    provider, address = route_over(), also_at(message)

    way = found(message)

    assert isinstance(way, Way)
    assert (way.address, way.route.provider) == (address, provider)


def test_nothing_is_changed_by_looking() -> None:
    message = mail()
    route_over()
    also_at(message)

    found(message)

    assert message.channel == ChannelKind.EMAIL
    assert message.address is not None
    assert message.address.channel == ChannelKind.EMAIL


def test_a_verified_address_comes_first() -> None:
    message = mail()
    route_over()
    route_over(ChannelKind.CHAT)
    also_at(message)
    verified = also_at(message, ChannelKind.CHAT, "lin", verified=True)

    way = found(message)

    assert isinstance(way, Way)
    assert way.address == verified


def test_then_the_channel_that_worked_last_for_the_person() -> None:
    message = mail()
    route_over()
    route_over(ChannelKind.CHAT)
    also_at(message)
    good = also_at(message, ChannelKind.CHAT, "lin")
    make(
        Message,
        source=message.source,
        recipient=message.recipient,
        channel=ChannelKind.CHAT,
        state=MessageState.DELIVERED,
        evidence_level=3,
    )

    way = found(message)

    assert isinstance(way, Way)
    assert way.address == good


def no_address(message: Message) -> None:
    route_over()


def another_of_the_same_channel(message: Message) -> None:
    route_over(ChannelKind.EMAIL)
    also_at(message, ChannelKind.EMAIL, "other@example.org")


def already_tried(message: Message) -> None:
    provider = route_over()
    address = also_at(message)
    attempt = make_attempt(message, provider.routes.get())
    attempt.outcome, attempt.finished_at, attempt.due_at = Outcome.REFUSED, NOON, None
    attempt.channel, attempt.address = address.channel, address
    attempt.save()
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)


def sends_itself(message: Message) -> None:
    route_over()
    also_at(message)
    message.source.resend_mode = ResendMode.DELEGATED


def suppressed(message: Message) -> None:
    route_over()
    suppressions.suppress(
        also_at(message),
        category=FailureCategory.objects.get(slug="consent.complaint"),
        origin=SuppressionOrigin.EVENT,
    )


def no_route(message: Message) -> None:
    also_at(message)


@pytest.mark.parametrize(
    ("arrange", "obstacle"),
    [
        (no_address, Obstacle.NO_ADDRESS),
        (another_of_the_same_channel, Obstacle.NO_ADDRESS),
        (already_tried, Obstacle.NO_ADDRESS),
        (sends_itself, Obstacle.NO_ADDRESS),
        (suppressed, Obstacle.NOT_ALLOWED),
        (no_route, Obstacle.NO_ROUTE),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_stands_in_the_way_is_named(arrange: Any, obstacle: Obstacle) -> None:
    message = mail()
    arrange(message)
    assert found(message) is obstacle


@pytest.mark.parametrize(
    "content",
    [None, Content(html="<p>Hello."), Content(template="SMS_1", variables={"a": "b"})],
    ids=["none", "html alone", "a template of the provider"],
)
def test_without_words_nothing_is_invented(content: Content | None) -> None:
    message = mail(text="")
    route_over()
    also_at(message)
    if content is None:
        Message.objects.filter(pk=message.pk).update(sealed_content=None)
        message.refresh_from_db()
    else:
        with transaction.atomic():
            contents.keep(message, content)
    assert found(message) is Obstacle.NO_WORDS


def test_a_webhook_is_told_of_the_message_and_needs_no_words() -> None:
    message = mail(text="")
    make_route()
    also_at(message, ChannelKind.WEBHOOK, "https://lin.example/in")
    assert isinstance(found(message), Way)


def test_a_code_goes_to_verified_addresses_alone() -> None:
    message = mail(Purpose.SECURITY)
    route_over()
    address = also_at(message)
    assert found(message) is Obstacle.NOT_VERIFIED
    Address.objects.filter(pk=address.pk).update(verified_at=NOON)
    assert isinstance(found(message), Way)


@pytest.mark.parametrize("purpose", [Purpose.SOCIAL, Purpose.MARKETING])
def test_consent_is_needed_for_the_new_channel_as_well(purpose: Purpose) -> None:
    message = mail(purpose)
    route_over()
    assert message.address is not None
    agree(message.address, purpose)
    address = also_at(message)
    assert found(message) is Obstacle.NOT_ALLOWED
    agree(address, purpose)
    assert isinstance(found(message), Way)


def agree(address: Address, purpose: Purpose) -> None:
    make(
        Consent,
        address=address,
        purpose=purpose,
        state=ConsentState.CONFIRMED,
        proof={"by": "click"},
        confirmed_at=NOON,
    )
