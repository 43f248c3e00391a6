"""Are personal values and secrets readable by the product alone, and forgettable?"""

import base64
from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from deliveries import vault
from deliveries.models import Address, Provider
from deliveries.vault import Unreadable
from tests.factories import make_address, make_provider


def key(letter: str) -> str:
    return base64.urlsafe_b64encode(letter.encode() * 32).decode()


@pytest.fixture
def keys() -> Iterator[Callable[..., None]]:
    """Lets a test choose the seal keys; the caches forget them afterwards."""

    def choose(*letters: str) -> None:
        chosen.append(override_settings(SEAL_KEYS=[key(each) for each in letters]))
        chosen[-1].enable()
        forget()

    def forget() -> None:
        for cached in (vault._seal_keys, vault.derived_key, vault.redactor):
            cached.cache_clear()

    chosen: list[override_settings] = []
    yield choose
    for each in reversed(chosen):
        each.disable()
    forget()


@given(st.text(max_size=200))
def test_a_sealed_value_is_read_again_exactly(text: str) -> None:
    person = vault.new_person_key()
    sealed = vault.seal(person, text, "address:email")
    assert vault.unseal(person, sealed, "address:email") == text


def test_equal_values_look_different_when_sealed() -> None:
    person = vault.new_person_key()
    assert vault.seal(person, "a@b.example", "x") != vault.seal(
        person, "a@b.example", "x"
    )


def test_a_value_cannot_be_moved_to_another_place_or_person() -> None:
    person, other = vault.new_person_key(), vault.new_person_key()
    sealed = vault.seal(person, "a@b.example", "address:email")
    with pytest.raises(Unreadable):
        vault.unseal(person, sealed, "address:sms")
    with pytest.raises(Unreadable):
        vault.unseal(other, sealed, "address:email")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"x" * 60])
def test_what_was_never_sealed_is_unreadable(sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        vault.unseal(vault.new_person_key(), sealed, "address:email")
    with pytest.raises(Unreadable):
        vault.unseal_secret(sealed, "provider:x")


def test_a_changed_byte_is_noticed() -> None:
    person = vault.new_person_key()
    sealed = bytearray(vault.seal(person, "+4917612345678", "address:sms"))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        vault.unseal(person, bytes(sealed), "address:sms")


def test_older_keys_still_open_what_newer_ones_seal_no_more(
    keys: Callable[..., None],
) -> None:
    keys("a")
    person, secret = vault.new_person_key(), vault.seal_secret("token", "provider:x")
    sealed = vault.seal(person, "a@b.example", "address:email")
    keys("b", "a")
    assert vault.unseal(person, sealed, "address:email") == "a@b.example"
    assert vault.unseal_secret(secret, "provider:x") == "token"
    newer = vault.seal_secret("token", "provider:x")
    keys("a")
    with pytest.raises(Unreadable):
        vault.unseal_secret(newer, "provider:x")


def test_pseudonyms_and_cursors_outlive_a_rotation(keys: Callable[..., None]) -> None:
    keys("a")
    before = vault.pseudonym(1, "email", "a@b.example"), vault.derived_key("cursor")
    keys("b", "a")
    after = vault.pseudonym(1, "email", "a@b.example"), vault.derived_key("cursor")
    assert before == after


def test_nothing_opens_after_its_key_is_gone(keys: Callable[..., None]) -> None:
    keys("a")
    person = vault.new_person_key()
    sealed = vault.seal(person, "a@b.example", "address:email")
    keys("b")
    with pytest.raises(Unreadable):
        vault.unseal(person, sealed, "address:email")


def test_a_seal_key_of_the_wrong_length_is_refused(keys: Callable[..., None]) -> None:
    keys("too long by as many")
    with pytest.raises(Unreadable, match="32 bytes"):
        vault.new_person_key()


def test_a_pseudonym_names_the_same_value_of_one_source_only() -> None:
    name = vault.pseudonym(1, "email", "a@b.example")
    assert name == vault.pseudonym(1, "email", "a@b.example")
    others = {
        vault.pseudonym(2, "email", "a@b.example"),
        vault.pseudonym(1, "sms", "a@b.example"),
        vault.pseudonym(1, "email", "b@b.example"),
    }
    assert len(others | {name}) == 4
    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")


def test_equal_values_get_equal_marks_within_one_source_only() -> None:
    text = "call +49 176 12345678"
    one, again = vault.redactor(1).text(text).text, vault.redactor(1).text(text).text
    assert one == again
    assert "12345678" not in one
    assert one != vault.redactor(2).text(text).text


@pytest.mark.django_db
def test_an_address_is_stored_sealed_and_read_only_to_send() -> None:
    address = make_address(value="https://sink.example/in/ana")
    stored = Address.objects.get(pk=address.pk)
    assert b"sink.example" not in bytes(stored.sealed_value)
    assert "ana" not in stored.masked
    assert stored.value() == "https://sink.example/in/ana"


@pytest.mark.django_db
def test_destroying_a_persons_key_forgets_every_value_of_the_person() -> None:
    address = make_address()
    row = address.recipient.key
    row.wrapped_key, row.destroyed_at = None, timezone.now()
    row.save()
    stored = Address.objects.select_related("recipient__key").get(pk=address.pk)
    with pytest.raises(Unreadable):
        stored.value()


@pytest.mark.django_db
def test_a_providers_secret_is_bound_to_that_provider() -> None:
    provider, other = make_provider(), make_provider()
    provider.sealed_settings = vault.seal_secret("token", f"provider:{provider.slug}")
    provider.save()
    assert Provider.objects.get(pk=provider.pk).secret == "token"
    other.sealed_settings = provider.sealed_settings
    with pytest.raises(Unreadable):
        _ = other.secret
