"""Are the scripts of the world cut into words that wordings can meet?"""

import json
import unicodedata

import pytest

from triage.diagnosis.words import fold, words


def said(text: str) -> list[str]:
    return [word.text for word in words(text)]


@pytest.mark.parametrize("text", ["사용자가", "ผู้ใช้", "ຜູ້ໃຊ້", "ユーザー", "收件人"])
def test_scripts_without_blanks_are_cut_into_single_signs(text: str) -> None:
    assert said(text) == [fold(sign) for sign in text]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("उपयोगकर्ता नहीं मिला।", ["उपयोगकरता", "नहीं", "मिला", "|"]),
        ("غير كافٍ؟", ["غير", "كاف", "|"]),
        ("Kürzlich ÜBERFÜLLT", ["kurzlich", "uberfullt"]),
        ("Für Ärzte", ["fur", "arzte"]),
        ("KULLANICI Kullanıcı", ["kullanici", "kullanici"]),
        ("Skrzynka pełna", ["skrzynka", "pelna"]),
        ("Hộp thư đã đầy", ["hop", "thu", "da", "day"]),
        ("з’єднання з'єднання зʼєднання", ["з'єднання"] * 3),
        ("Άγνωστος ΆΓΝΩΣΤΟΣ", ["αγνωστος", "αγνωστος"]),
        ("ＳＭＴＰ エラー", ["smtp", "エ", "ラ", "ー"]),
        ("IP地址", ["ip", "地", "址"]),
    ],
)
def test_alphabets_make_words_whatever_their_marks_and_case(
    text: str, cut: list[str]
) -> None:
    assert said(text) == cut


@pytest.mark.parametrize("text", ["Número não válido", "Größe", "Ящик полон", "邮箱满"])
def test_a_word_is_the_same_composed_decomposed_and_escaped(text: str) -> None:
    assert said(unicodedata.normalize("NFD", text)) == said(text)
    assert said(json.dumps(text)[1:-1]) == said(text)
    assert said(json.dumps(json.dumps(text))[3:-3]) == said(text)


def test_an_escaped_word_knows_where_it_stood() -> None:
    text = "n\\u00famero v\\u00e1lido"
    assert [text[word.start : word.end] for word in words(text)] == text.split()


def test_an_endless_escaped_word_stays_short() -> None:
    assert max(map(len, said("\\u00e9" * 3_000))) <= 40
