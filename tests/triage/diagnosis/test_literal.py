"""Where does a text hold a phrase with stars, and which phrases can be used?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.diagnosis import literal
from triage.diagnosis.literal import Flaw
from triage.models.rule import PATTERN_MAX


def found(pattern: str, text: str) -> str | None:
    """The words of the text that a phrase stands for."""
    span = literal.find(pattern, text)
    return text[span[0] : span[1]] if span else None


@pytest.mark.parametrize(
    ("pattern", "text", "words"),
    [
        ("box is asleep", "550 The box is asleep.", "box is asleep"),
        ("BOX is Asleep", "the Box IS asleep", "Box IS asleep"),
        ("box is asleep", "the box  is\r\n\tasleep!", "box  is\r\n\tasleep"),
        ("box * asleep", "the box of jo is fast asleep", "box of jo is fast asleep"),
        ("box*asleep", "a box, a box: asleep", "box: asleep"),
        ("box asleep", "boxasleep", None),
        ("strasse zu", "die Straße  zu", "Straße  zu"),
        ("邮箱 * 停用", "该邮箱 地址已停用", "邮箱 地址已停用"),
        ("邮箱*停用", "该邮箱地址已停用，请", "邮箱地址已停用"),
        ("a*b*c", "a b a b c", "a b c"),
    ],
)
def test_a_phrase_is_found_where_it_stands(
    pattern: str, text: str, words: str | None
) -> None:
    assert found(pattern, text) == words


@pytest.mark.parametrize(
    ("pattern", "text", "words"),
    [
        ("full", "it was delivered successfully", None),
        ("full", "a fullness", None),
        ("full*", "a fullness", "full"),
        ("*full", "an awfull day", "full"),
        ("*ful", "a fateful day", "ful"),
        ("full", "fullness, then: full", "full"),
        ("已满", "邮箱已满了", "已满"),
    ],
)
def test_a_phrase_begins_and_ends_with_a_word_unless_a_star_stands_there(
    pattern: str, text: str, words: str | None
) -> None:
    assert found(pattern, text) == words


WORDS = st.text("ab ßİ\n邮", max_size=30)


@given(before=WORDS, after=WORDS, inside=WORDS)
def test_the_span_points_into_the_text_as_it_is(
    before: str, after: str, inside: str
) -> None:
    text = f"{before} Xyz{inside} q Zyx {after}"
    words = found("xyz*zyx", text)
    assert words is not None
    assert words.startswith("Xyz")
    assert words.endswith("Zyx")


@given(text=st.text(max_size=200), pattern=st.text(max_size=40))
def test_nothing_from_outside_raises(text: str, pattern: str) -> None:
    span = literal.find(pattern, text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


def test_time_grows_with_the_text_alone() -> None:
    """The searches of one phrase are counted: no place is gone over again and again."""

    def looks(length: int) -> int:
        text = Counted("ab " * length)
        literal._span(literal._pieces("ab * ab * ab * ab * zz"), text)
        literal._span(literal._pieces("ab zz*"), text)
        return text.looked

    assert looks(2000) <= 2.2 * looks(1000)


class Counted(str):
    """A text that counts how many characters its searches may go over."""

    __slots__ = ("looked",)

    def __init__(self, text: str) -> None:
        self.looked = 0

    def find(self, sub: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        place = super().find(sub, start)
        self.looked += (len(self) if place < 0 else place) - start + 1
        return place

    def rfind(self, sub: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        place = super().rfind(sub, start, end)
        self.looked += (len(self) if end is None else end) - max(place, start)
        return place


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert found("box is asleep", "x" * literal.LONGEST_TEXT + " box is asleep") is None
    assert found("box is asleep", "box is asleep " + "x " * 10**6) == "box is asleep"


@pytest.mark.parametrize(
    ("pattern", "flaw"),
    [
        ("box is asleep", None),
        ("box * asleep", None),
        ("已停用", None),
        ("   ", Flaw.EMPTY),
        ("x" * 201, Flaw.TOO_LONG),
        ("box\x00asleep", Flaw.CONTROL),
        ("box\u202easleep", Flaw.CONTROL),
        ("a*b*c*d*e*f", Flaw.TOO_MANY_STARS),
        ("***", Flaw.TOO_LITTLE),
        ("a * b", Flaw.TOO_LITTLE),
        ("full", None),
    ],
)
def test_a_phrase_that_cannot_be_used_says_why(pattern: str, flaw: Flaw | None) -> None:
    assert literal.flaw(pattern, of_code=False) == flaw


@pytest.mark.parametrize(
    ("pattern", "flaw"),
    [
        ("30007", None),
        ("DeviceAsleep", None),
        ("5.7.x", None),
        ("", Flaw.EMPTY),
        ("two words", Flaw.NOT_A_CODE),
        ("5.7.*", Flaw.NOT_A_CODE),
        ("x\x07", Flaw.CONTROL),
    ],
)
def test_a_code_is_one_word(pattern: str, flaw: Flaw | None) -> None:
    assert literal.flaw(pattern, of_code=True) == flaw


def test_the_column_holds_the_longest_pattern() -> None:
    assert literal.LONGEST_PATTERN == PATTERN_MAX
