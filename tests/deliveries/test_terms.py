"""Are a text and a question cut into the same terms, in Python and in the database?"""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from deliveries import terms

TEXTS = {
    "mail": (
        "550 5.1.1 <reader@example.org>: Recipient address rejected",
        {"550", "5.1.1", "reader@example.org", "reader", "example", "rejected"},
    ),
    "chinese": ("我没有收到验证码。", {"没有", "收到", "验证", "证码", "码"}),
    "mixed": ("服务器503错误", {"服务", "务器", "器", "503", "错误"}),
    "id": ("msg_01HX, A-1042", {"msg_01hx", "msg", "01hx", "a-1042", "1042"}),
    "code": ("isv.TEMPLATE_PARAMS_ILLEGAL", {"isv.template_params_illegal", "illegal"}),
    "wide": ("ＡＢＣ１２３", {"abc123"}),
    "accents": ("Straße Übermaß naïve", {"straße", "übermaß", "naïve"}),
    "masked": ("j•••@example.org", {"j", "example.org"}),
    "nothing": ("…，。!?", set()),
}


def stored(text: str) -> set[str]:
    """The terms that the database keeps of a text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(search_terms(%s))", [text])
        return set(cursor.fetchone()[0])


def found(text: str, question: str) -> bool:
    with connection.cursor() as cursor:
        asked = terms.query(terms.asked(question))
        cursor.execute("SELECT search_terms(%s) @@ %s::tsquery", [text, asked])
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "held"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_kept_by_its_words_ids_and_pairs(text: str, held: set[str]) -> None:
    kept = stored(text)
    assert held <= kept
    assert bool(kept) == bool(held)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "is_found"),
    [
        ("验证码", True),
        ("没有收到", True),
        ("码", True),
        ("验", True),
        ("收到 503", True),
        ("验证邮", False),
        ("证验", False),
        ("Gateway", True),
        ("gatew", True),  # not finished yet
        ("gatew timeout", False),  # only the last word may be unfinished
        ("mailer-daemon@example.com", True),
        ("example.com", False),
        ("daemon", True),
        ("50", False),
        ("503 & !验证码", True),  # no sign is an operator
        ("'quoted\\' | nothing:*", False),
    ],
)
def test_a_question_finds_what_holds_all_of_it(question: str, is_found: object) -> None:
    text = "503 Gateway timeout, mailer-daemon@example.com\n我没有收到验证码，请处理"
    assert found(text, question) is is_found


@pytest.mark.django_db
def test_a_long_text_is_read_at_both_ends_and_ends_in_time() -> None:
    kept = stored("head " + "邮箱已满" * 40_000 + " tail")
    assert {"head", "tail", "已满"} <= kept
    assert len(stored("x" * 300_000)) == 0


class EveryText(TestCase):
    """What is asked with a text's own words finds the text."""

    @given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
    def test_a_text_is_found_by_its_own_words(self, text: str) -> None:
        words = terms.asked(text)
        if words:
            assert found(text, text)

    @given(st.text())
    def test_no_question_is_too_strange(self, text: str) -> None:
        asked = terms.query(terms.asked(text))
        if asked:
            with connection.cursor() as cursor:
                cursor.execute("SELECT ''::tsvector @@ %s::tsquery", [asked])


def test_at_most_twelve_words_are_asked_for() -> None:
    assert len(terms.asked(" ".join(f"w{n}" for n in range(99)))) == terms.TERMS_MAX


def test_a_text_is_split_where_the_words_stand() -> None:
    assert terms.pieces("Full mailbox <b>", ("mailbox", "b")) == [
        ("Full ", False),
        ("mailbox", True),
        (" <", False),
        ("b", True),
        (">", False),
    ]
    assert terms.pieces("nothing", ()) == [("nothing", False)]
    assert terms.pieces("", ("x",)) == []


def test_an_excerpt_surrounds_the_first_word() -> None:
    text = "one " * 100 + "邮箱已满 " + "two " * 100
    cut = terms.excerpt(text, ("邮箱已满",), 60)
    assert "邮箱已满" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert len(cut) <= 62
