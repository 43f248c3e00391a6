"""Does nothing that we told a provider come back into what is kept?"""

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.channels.mask import ANSWER_CHARACTERS, Mask

TEXT = 'Grüße, Ihr Code: 4711 "sofort" / bitte'
MASK = Mask(
    1,
    addresses=("+8613800138000", "8613800138000"),
    secrets=("-----BEGIN KEY-----\nAbCdEfGh12345\n-----END KEY-----\n", "tok/en+1"),
    words=(TEXT, "4711", "Al"),
)


@pytest.mark.parametrize(
    "spelt",
    [
        TEXT,
        json.dumps(TEXT),
        json.dumps(TEXT, ensure_ascii=False),
        html.escape(TEXT),
        quote(TEXT),
    ],
)
def test_words_are_hidden_however_they_are_spelt(spelt: str) -> None:
    kept = MASK(f"error 400: {spelt} end")

    assert kept.startswith("error 400: ")
    assert "sofort" not in kept
    assert kept.endswith(" end")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4))
def test_no_spelling_of_any_words_is_overlooked(text: str) -> None:
    mask = Mask(1, words=(text,))

    spelt = (text, json.dumps(text)[1:-1], html.escape(text), quote(text, safe=""))

    assert not any(mask.hides_nothing(f"400 {each} end") for each in spelt)


def test_secrets_are_hidden_whole_and_by_their_lines() -> None:
    told = "tok/en+1 tok%2Fen%2B1 tok\\/en+1 AbCdEfGh12345"

    kept = MASK(told)

    assert "tok" not in kept
    assert "AbCdEfGh" not in kept


def test_addresses_are_hidden_in_each_of_their_spellings() -> None:
    assert MASK("to 8613800138000 or +8613800138000") == "to ‹address› or ‹address›"


def test_a_short_word_does_not_break_a_code() -> None:
    assert MASK("code 47110, value 4711, Almost Al") == (
        "code 47110, value ‹content›, Almost Al"
    )


def test_a_code_that_repeats_nothing_passes() -> None:
    assert MASK.hides_nothing("isv.BUSINESS_LIMIT_CONTROL")
    assert MASK.hides_nothing("4111111111111111")
    assert not MASK.hides_nothing("tok/en+1")


def test_a_long_answer_is_cut_after_it_is_masked() -> None:
    kept = MASK("x" * (ANSWER_CHARACTERS - 5) + TEXT * 3)

    assert len(kept) == ANSWER_CHARACTERS
    assert "Grü" not in kept
