"""Are the wordings of all languages bounded, and is each of them found?"""

import json
import re

import pytest

from deliveries.readers.mail import wordings

STORED = json.loads(wordings.SOURCE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("meaning", STORED)
def test_a_wording_is_a_pattern_that_takes_linear_time(meaning: str) -> None:
    for piece in (each for pieces in STORED[meaning].values() for each in pieces):
        re.compile(piece)
        bare = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", piece)
        assert not re.search(r"[*+]", bare), f"{piece}: a repetition without a bound"
        assert not re.search(r"\)\{\d*,\d{2,}\}", bare), (
            f"{piece}: a group repeats long"
        )


@pytest.mark.parametrize("meaning", ["failed", "answered", "announces", "still_tried"])
def test_what_matters_is_known_in_many_languages(meaning: str) -> None:
    assert len(STORED[meaning]) >= 9


def test_a_meaning_that_is_not_there_is_said() -> None:
    with pytest.raises(KeyError):
        wordings.pieces("nothing")


def test_no_wording_stands_twice() -> None:
    for by_language in STORED.values():
        for pieces in by_language.values():
            assert len(pieces) == len(set(pieces))
