"""Does a comparison show what is gone, what is new, and what is the same?"""

from hypothesis import given
from hypothesis import strategies as st

from deliveries import differing
from deliveries.differing import Side

WORDS = st.lists(st.sampled_from("abcd"), max_size=12)


def sides(before: list[str], after: list[str]) -> list[tuple[Side, str]]:
    return [(each.side, each.text) for each in differing.lines(before, after)]


def test_a_changed_line_stands_between_those_that_stayed() -> None:
    assert sides(["250 ok", "451 busy", "bye"], ["250 ok", "550 gone", "bye"]) == [
        (Side.BOTH, "250 ok"),
        (Side.BEFORE, "451 busy"),
        (Side.AFTER, "550 gone"),
        (Side.BOTH, "bye"),
    ]


def test_nothing_compares_with_nothing() -> None:
    assert sides([], []) == []


@given(WORDS, WORDS)
def test_each_side_is_read_out_of_the_whole(
    before: list[str], after: list[str]
) -> None:
    found = differing.lines(before, after)
    assert [each.text for each in found if each.side is not Side.AFTER] == before
    assert [each.text for each in found if each.side is not Side.BEFORE] == after


def test_a_flood_of_lines_is_cut() -> None:
    most = differing.MOST_LINES
    found = differing.lines(["x"] * (most + 9), ["x"] * (most + 9))
    assert len(found) == most
