"""Does a cursor lead through a whole list, once, in both directions?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import keyset
from deliveries.keyset import Cursor, CursorInvalid, Page

KEY = b"k" * 32
NAME = "numbers"

values = st.tuples(
    st.text(max_size=20).filter(lambda text: text.isprintable()), st.integers()
)


def read(text: str, *, name: str = NAME, key: bytes = KEY, length: int = 2) -> Cursor:
    return keyset.decode(text, name=name, key=key, length=length)


def page_of(
    rows: list[int], cursor: Cursor | None, limit: int
) -> tuple[Page[int], Cursor | None]:
    """A page of an ascending list, fetched as a database would fetch it."""
    if cursor is None:
        fetched = rows
    elif cursor.backwards:
        fetched = [row for row in reversed(rows) if row < int(cursor.values[0])]
    else:
        fetched = [row for row in rows if row > int(cursor.values[0])]
    page = keyset.page(
        fetched[: limit + 1], limit=limit, cursor=cursor, values=lambda row: (row,)
    )
    return page, page.next


@given(st.builds(Cursor, values, st.booleans()))
def test_a_cursor_survives_its_way_through_a_url(cursor: Cursor) -> None:
    text = keyset.encode(cursor, name=NAME, key=KEY)
    assert read(text) == cursor
    assert text.replace("=", "").replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    ["", "x", "====", "AAAAAAAAAAAAAAAAAAAAAAAA", "…", "\udc80", "null", "W10="],
)
def test_a_cursor_that_we_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        read(text)


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_cursor(text: str) -> None:
    with pytest.raises(CursorInvalid):
        read(text)


def test_a_changed_cursor_is_refused() -> None:
    text = keyset.encode(Cursor(("S1", 7)), name=NAME, key=KEY)
    for at in range(0, len(text), 3):
        other = "A" if text[at] != "A" else "B"
        with pytest.raises(CursorInvalid):
            read(text[:at] + other + text[at + 1 :])


def test_a_cursor_of_another_list_key_or_shape_is_refused() -> None:
    text = keyset.encode(Cursor(("S1", 7)), name=NAME, key=KEY)
    for name, key, length in (
        ("others", KEY, 2),
        (NAME, b"l" * 32, 2),
        (NAME, KEY, 1),
        (NAME, KEY, 3),
    ):
        with pytest.raises(CursorInvalid):
            read(text, name=name, key=key, length=length)


@given(st.integers(0, 30), st.integers(1, 7))
def test_going_forwards_shows_every_row_once(count: int, limit: int) -> None:
    rows, seen, cursor = list(range(count)), [], None
    while True:
        page, cursor = page_of(rows, cursor, limit)
        seen += page.rows
        if cursor is None:
            break
    assert seen == rows


@given(st.integers(1, 30), st.integers(1, 7))
def test_going_back_shows_the_same_rows_as_going_there(count: int, limit: int) -> None:
    rows = list(range(count))
    there, back, cursor = [], [], None
    while True:
        page, cursor = page_of(rows, cursor, limit)
        there.append(page.rows)
        if cursor is None:
            break
    while page.previous is not None:
        page, _next = page_of(rows, page.previous, limit)
        back.append(page.rows)
    assert [row for rows in back for row in rows[::-1]] == [
        row for rows in reversed(there[:-1]) for row in reversed(rows)
    ]


def test_the_ends_of_a_list_have_one_neighbour() -> None:
    first, after = page_of([1, 2, 3], None, 2)
    assert first == Page([1, 2], Cursor((2,)), None)
    last, _ = page_of([1, 2, 3], after, 2)
    assert last == Page([3], None, Cursor((3,), backwards=True))
    again, _ = page_of([1, 2, 3], last.previous, 2)
    assert again == Page([1, 2], Cursor((2,)), None)


def test_a_page_that_emptied_meanwhile_has_no_neighbours() -> None:
    assert page_of([], Cursor((5,)), 2)[0] == Page([], None, None)
