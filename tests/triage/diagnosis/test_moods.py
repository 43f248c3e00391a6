"""Is it told whether something is stated, supposed, asked or denied?"""

import pytest

from triage.diagnosis.moods import (
    ADVISED,
    GUESSED,
    STATED,
    denied,
    mood,
    parted,
)
from triage.diagnosis.words import words


def place_of(said: str, wording: str) -> range:
    """The places of a wording's words in what was said."""
    text, looked_for = ([word.text for word in words(each)] for each in (said, wording))
    for first in range(len(text)):
        if text[first : first + len(looked_for)] == looked_for:
            return range(first, first + len(looked_for))
    raise AssertionError(wording)


@pytest.mark.parametrize(
    ("said", "wording", "worth"),
    [
        ("The mailbox is full", "mailbox is full", STATED),
        ("If the mailbox is full, delete something", "mailbox is full", ADVISED),
        ("Delete something if the mailbox is full", "mailbox is full", ADVISED),
        ("If you need help: the mailbox is full", "mailbox is full", STATED),
        ("Ask us if in doubt, the mailbox is full", "mailbox is full", STATED),
        ("If in doubt, ask. The mailbox is full", "mailbox is full", STATED),
        ("If in doubt ask. 552 mailbox is full", "mailbox is full", STATED),
        ("Please check whether the mailbox is full", "mailbox is full", ADVISED),
        ("Make sure that the mailbox is full", "mailbox is full", ADVISED),
        ("To avoid that the mailbox is full", "mailbox is full", ADVISED),
        ("Should the mailbox get full", "mailbox get full", ADVISED),
        ("It should say mailbox full", "mailbox full", STATED),
        ("We cannot verify the sender", "sender", STATED),
        ("The mailbox may be full", "full", GUESSED),
        ("On 5 May 2026 mailbox full", "mailbox full", STATED),
        ("Perhaps the mailbox is full", "mailbox is full", GUESSED),
        ("You may not send as ana", "send as", STATED),
        ("Is the mailbox full? Ask her", "mailbox full", ADVISED),
        ("Is the mailbox full", "mailbox full", STATED),
        ("Wenn das Postfach voll ist", "Postfach voll", ADVISED),
        ("如果邮箱已满", "邮箱已满", ADVISED),
    ],
)
def test_the_words_around_a_wording_tell_its_mood(
    said: str, wording: str, worth: float
) -> None:
    own = place_of(said, wording)
    assert mood(said, words(said), own, set(own)) == worth


def test_what_another_wording_holds_colours_that_one_alone() -> None:
    said = "it may be full and is closed"
    guess, own = place_of(said, "may be full"), place_of(said, "closed")
    text = words(said)
    assert mood(said, text, own, {*own}) == GUESSED
    assert mood(said, text, own, {*own, *guess}) == STATED


@pytest.mark.parametrize(
    ("said", "wording", "is_denied"),
    [
        ("has not been blocked", "blocked", True),
        ("is not considered to be spam", "spam", True),
        ("isn't blocked", "blocked", True),
        ("no virus found", "virus found", True),
        ("未被退订", "退订", True),
        ("not accepted, blocked", "blocked", False),
        ("not now. Blocked", "blocked", False),
        ("reageert niet, blocked", "blocked", False),
        ("svarer ikke: blocked", "blocked", False),
        ("blocked", "blocked", False),
    ],
)
def test_a_denial_reaches_over_small_words(
    said: str, wording: str, *, is_denied: bool
) -> None:
    assert denied(said, words(said), place_of(said, wording).start, ()) is is_denied


def test_a_denial_that_ends_another_wording_does_not_deny() -> None:
    said = "existiert nicht / unknown"
    text, unknown = words(said), place_of(said, "unknown")
    assert denied(said, text, unknown.start, ())
    assert not denied(said, text, unknown.start, {unknown.start - 1})


@pytest.mark.parametrize(
    ("said", "is_parted"),
    [
        ("full or closed", True),
        ("full and closed", False),
        ("full. Or closed", False),
        ("full or     closed", False),
    ],
)
def test_or_parts_two_wordings_of_one_sentence(said: str, *, is_parted: bool) -> None:
    one, other = place_of(said, "full"), place_of(said, "closed")
    assert parted(words(said), one.stop, other.start) is is_parted
