"""Does a returned mail name its message, whatever mail systems did to the name?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import public_id
from deliveries.channels.email import letter
from deliveries.contents import Content
from tests.deliveries.channels.handing import NOW

KEYS = st.builds(lambda n: f"{public_id.new('msg_')}:{n}", st.integers(1, 999_999_999))


@given(KEYS)
def test_a_key_is_read_again_from_both_its_places(key: str) -> None:
    path = letter.return_path("Bounces <bounces@mail.shop.example>", key)
    name = letter.message_id(key, "Shop <desk@shop.example>")

    assert letter.key_of(path) == key
    assert letter.key_of(path.lower()) == key
    assert letter.key_of(name) == key
    assert letter.key_of(f"In-Reply-To: {name}\r\n") == key
    assert len(path.rpartition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1


@pytest.mark.parametrize(
    "text", ["", "bounces@mail.shop.example", "msg_0123.1@x", "<abc@shop.example>"]
)
def test_other_addresses_name_no_message(text: str) -> None:
    assert letter.key_of(text) is None


def test_a_page_without_text_gets_its_words_as_text() -> None:
    page = "<style>b {}</style><p>Your <b>parcel</b></p><SCRIPT>x()</script >"

    raw = letter.compose(
        Content(subject="s", html=page),
        sender="desk@shop.example",
        to="lin@kunde.example",
        key="msg_0123456789ABCDEFGHJKMNPQRS:1",
        now=NOW,
    )

    text, _, _ = raw.decode().partition("text/html")
    assert "Your parcel" in " ".join(text.split())
    assert "x()" not in text
