"""Is an address kept so that it can be written to, but neither read nor guessed?"""

import pytest

from deliveries.addresses import is_address, is_usable, keep, pseudonym_of
from deliveries.models import Address, ChannelKind, Recipient, RecipientKey
from tests.factories import make_source


@pytest.fixture
def person(db: None) -> Recipient:
    return Recipient.objects.create(source=make_source(), external_ref="u-1")


@pytest.mark.parametrize(
    "text", ["ana@example.org", "a.b+c@mail.example.co", "+8613812345621"]
)
def test_an_address_is_told_from_an_id(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["u-1", "user@tenant", "8613812345621", "@ana", "+1"])
def test_an_id_may_look_a_little_like_one(text: str) -> None:
    assert not is_address(text)


def test_spellings_of_one_address_have_one_pseudonym() -> None:
    assert pseudonym_of(1, "email", "Ana@Example.org") == pseudonym_of(
        1, "email", "ana@example.org"
    )
    assert pseudonym_of(1, "sms", "+86 138-1234-5621") == pseudonym_of(
        1, "sms", "008613812345621"
    )


def test_a_pseudonym_says_nothing_to_another_source_or_channel() -> None:
    names = {
        pseudonym_of(1, "email", "a@b.example"),
        pseudonym_of(2, "email", "a@b.example"),
        pseudonym_of(1, "chat", "a@b.example"),
    }
    assert len(names) == 3


@pytest.mark.parametrize(
    ("channel", "value", "usable"),
    [
        ("email", "ana@example.org", True),
        ("email", "ana", False),
        ("email", "a@b.example,c@d.example", False),
        ("sms", "+86 138 1234 5621", True),
        ("sms", "ana@example.org", False),
        ("webhook", "https://sink.example/in", True),
        ("webhook", "sink", False),
        ("push", "any-token", True),
    ],
)
def test_a_channel_knows_the_shape_of_its_addresses(
    channel: str, value: str, *, usable: bool
) -> None:
    assert is_usable(channel, value) == usable


def test_an_address_is_sealed_once(person: Recipient) -> None:
    first = keep(person, ChannelKind.EMAIL, "ana@example.org")
    again = keep(person, ChannelKind.EMAIL, "Ana@example.org")
    assert first is not None
    assert first == again
    assert first.value() == "ana@example.org"
    assert first.masked == "a•••@example.org"
    assert b"ana" not in bytes(first.sealed_value)


def test_a_person_who_was_forgotten_gets_no_address(person: Recipient) -> None:
    keep(person, ChannelKind.EMAIL, "ana@example.org")
    RecipientKey.objects.update(wrapped_key=None, destroyed_at="2026-03-01T00:00Z")
    assert keep(person, ChannelKind.EMAIL, "new@example.org") is None
    assert Address.objects.count() == 1
