"""Is the difference between two texts shown where it is, and nowhere else?"""

import time

from hypothesis import given
from hypothesis import strategies as st

from knowledgebase.comparing import Row, sides

TEXTS = st.text(alphabet="ab 中\n", max_size=60)


def changed(row: Row) -> tuple[list[str], list[str]]:
    return (
        [piece.text for piece in row.before or () if piece.changed],
        [piece.text for piece in row.after or () if piece.changed],
    )


def test_the_changed_word_of_a_line_is_marked() -> None:
    same, row = sides("Same\nWait an hour.", "Same\nWait two hours.")
    assert same == Row(skipped=0, before=same.before, after=same.before)
    assert changed(row) == (["an", "hour"], ["two", "hours"])


def test_of_chinese_the_changed_signs_are_marked() -> None:
    (row,) = sides("请等待一小时。", "请等待两小时。")
    assert changed(row) == (["一"], ["两"])


def test_a_new_line_stands_beside_nothing() -> None:
    rows = sides("One", "One\nTwo")
    assert [(row.before is None, row.changed) for row in rows] == [
        (False, False),
        (True, True),
    ]


def test_long_stretches_that_are_the_same_are_left_out() -> None:
    lines = [f"line {n}" for n in range(100)]
    rows = sides("\n".join(lines), "\n".join([*lines[:50], "new", *lines[50:]]))
    assert [row.skipped for row in rows if row.skipped] == [47, 47]
    assert len(rows) == 3 + 3 + 1 + 2


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    rows = sides(before, after)
    if any(row.skipped for row in rows):
        return
    old = [
        "".join(p.text for p in row.before) for row in rows if row.before is not None
    ]
    new = ["".join(p.text for p in row.after) for row in rows if row.after is not None]
    assert "\n".join(old) == before
    assert "\n".join(new) == after


def test_the_longest_texts_are_compared_in_a_moment() -> None:
    before = "\n".join(f"{n} a b c" for n in range(10_000))
    after = "\n".join(f"{n} a c b" for n in range(10_000))
    began = time.process_time()
    sides(before, after)
    assert time.process_time() - began < 15
