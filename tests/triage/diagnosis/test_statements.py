"""Is a thing found together with what a sentence says of it, in any order?"""

import pytest

from triage.diagnosis.statements import FARTHEST, Statements
from triage.diagnosis.words import words


def spoken(text: str) -> list[str]:
    statements = Statements.of(
        {"box": ["mailbox", "account of"], "closed": ["closed", "not open"]}
    )
    statements.add(5, "box", "closed")
    cut = words(text)
    hits = list(statements.find(cut))
    assert {hit.rule for hit in hits} <= {5}
    return [text[cut[hit.first].start : cut[hit.last - 1].end] for hit in hits]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Your mailbox was closed", ["mailbox was closed"]),
        ("Closed: the mailbox", ["Closed: the mailbox"]),
        ("closed is the account of ana", ["closed is the account of"]),
        ("the mailbox is not open", ["mailbox is not open"]),
        ("the mailbox is not closed", []),
        ("mailbox. Closed", []),
        ("mailbox     closed", []),
        ("mailbox 550 closed", []),
        (f"mailbox {'x' * FARTHEST} closed", []),
        ("mailbox", []),
        ("", []),
    ],
)
def test_a_statement_is_one_sentence_about_one_thing(
    text: str, quotes: list[str]
) -> None:
    assert spoken(text) == quotes


def test_the_nearest_thing_is_meant() -> None:
    assert spoken("a mailbox, the mailbox, was closed") == ["mailbox, was closed"]


def test_a_statement_about_nothing_we_know_is_refused() -> None:
    with pytest.raises(ValueError, match="door"):
        Statements.of({"box": ["mailbox"]}).add(1, "box", "door")
