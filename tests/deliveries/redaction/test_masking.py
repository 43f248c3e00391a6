"""Does a shown address let people recognise it without knowing it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.redaction import mask_address


@pytest.mark.parametrize(
    ("channel", "value", "shown"),
    [
        ("email", "jane@example.org", "j•••@example.org"),
        ("email", "a@b@example.org", "a•••@example.org"),
        ("email", "no-address", "n•••"),
        ("sms", "+8613812345621", "+86 138•••••21"),
        ("sms", "+86 138 1234 5621", "+86 138•••••21"),
        ("sms", "008613812345621", "+86 138•••••21"),
        ("sms", "+14155550132", "+1 415•••••32"),
        ("sms", "+85291234567", "+852 91•••••67"),
        ("sms", "13812345621", "138•••••21"),
        ("sms", "12345", "1•••"),
        ("chat", "+8613812345621", "+86 138•••••21"),
        ("push", "f3a9c1d2e4b5", "f•••"),
        ("chat", "U024BE7LH", "U•••"),
        ("chat", "@jane_doe", "@•••"),
        ("social", "@jane@town.example", "@•••@town.example"),
        ("webhook", "https://ana:pw@h.example:8443/x?k=1", "https://h.example/•••"),
        ("webhook", "https://[broken", "•••"),
        ("push", "x", "•••"),
        ("email", "", "•••"),
    ],
)
def test_an_address_is_shown_by_its_channel(
    channel: str, value: str, shown: str
) -> None:
    assert mask_address(channel, value) == shown


@given(st.sampled_from(["email", "sms", "push", "webhook"]), st.text(max_size=40))
def test_any_value_is_shown_with_dots(channel: str, value: str) -> None:
    assert "•••" in mask_address(channel, value)


@given(st.integers(10**6, 10**15))
def test_at_most_half_of_a_number_is_shown(number: int) -> None:
    digits = str(number)
    shown = sum(map(str.isdigit, mask_address("sms", digits)))
    assert shown <= len(digits) / 2
