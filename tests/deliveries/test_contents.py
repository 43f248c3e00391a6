"""Is what a message says kept for a send alone, and forgotten with its person?"""

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from deliveries import contents
from deliveries.contents import Content, Unfit
from deliveries.models import Message, RecipientKey
from deliveries.vault import Unreadable
from tests.factories import make_address, make_message

WORDS = Content(
    subject="Your order",
    text="It leaves today.",
    html="<p>It leaves today.</p>",
    link="https://shop.example/1",
    template="order",
    variables={"name": "Lin", "n": "7"},
)


def keep(message: Message, content: Content) -> bool:
    with transaction.atomic():
        return contents.keep(message, content)


def stored(message: Message) -> Message:
    return Message.objects.select_related("recipient__key").get(pk=message.pk)


@pytest.mark.django_db
def test_a_content_is_read_again_as_it_was_given() -> None:
    message = make_message(address=make_address())

    assert keep(message, WORDS)

    assert contents.read(stored(message)) == WORDS
    assert contents.read(message) == WORDS


@pytest.mark.django_db
def test_what_was_never_given_is_nothing() -> None:
    assert contents.read(make_message(address=make_address())) is None
    assert contents.read(make_message()) is None


@pytest.mark.django_db
def test_a_later_content_takes_the_place_of_an_earlier_one() -> None:
    message = make_message(address=make_address())
    keep(message, WORDS)

    keep(message, Content(text="It left yesterday."))

    assert contents.read(stored(message)) == Content(text="It left yesterday.")


@pytest.mark.django_db
def test_a_content_is_not_in_the_row_in_the_open() -> None:
    message = make_message(address=make_address())
    keep(message, WORDS)

    assert b"leaves" not in bytes(stored(message).sealed_content or b"")


@pytest.mark.django_db
def test_a_message_without_a_person_keeps_no_content() -> None:
    message = make_message()

    assert not keep(message, WORDS)
    assert stored(message).sealed_content is None


@pytest.mark.django_db
def test_forgetting_a_person_forgets_what_was_said_to_them() -> None:
    message = make_message(address=make_address())
    keep(message, WORDS)
    RecipientKey.objects.update(wrapped_key=None, destroyed_at=timezone.now())

    with pytest.raises(Unreadable):
        contents.read(stored(message))
    assert not keep(stored(message), WORDS)


@pytest.mark.django_db
def test_a_content_cannot_be_moved_to_another_message() -> None:
    address = make_address()
    message, other = make_message(address=address), make_message(address=address)
    keep(message, WORDS)
    Message.objects.filter(pk=other.pk).update(sealed_content=message.sealed_content)

    with pytest.raises(Unreadable):
        contents.read(stored(other))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        Content(subject="a\r\nBcc: eve@evil.example"),
        Content(text="x" * contents.LONGEST),
        Content(variables={str(n): "x" for n in range(51)}),
        Content(text="a\0b"),
        Content(html="\ud800"),
        Content(template="\0"),
        Content(variables={"n": "\0"}),
    ],
    ids=["header", "long", "variables", "nul", "surrogate", "template", "variable"],
)
def test_a_content_that_fits_nowhere_is_refused(content: Content) -> None:
    message = make_message(address=make_address())

    with pytest.raises(Unfit):
        keep(message, content)
    assert stored(message).sealed_content is None


@given(st.builds(Content, text=st.text(min_size=1), variables=st.just({"a": "b"})))
def test_every_word_of_a_content_is_named_for_masking(content: Content) -> None:
    assert {content.text, "b"} <= {*content.words}
