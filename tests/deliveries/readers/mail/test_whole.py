"""Is an answer that is a whole mail told from others, and pointed into?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import readers
from deliveries.readers import CodeKind, MailKind, Place
from tests.deliveries.readers.mail.letters import letter, recipient, report

MAIL = report(recipient(), notice="Kim is gone.\n").decode()


@pytest.mark.parametrize(
    "text",
    [
        MAIL,
        MAIL.replace("\n", "\r\n"),
        f"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n{MAIL}",
        f"\n\n{MAIL}",
        f"X-Spam: no\n{MAIL}",
    ],
)
def test_a_mail_is_known_by_its_header(text: str) -> None:
    mail = readers.opened(text)

    assert mail is not None
    assert mail.answer == "550 5.1.1 No such user here\nKim is gone."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "550 5.1.1 nobody here",
        "Subject: none of this is a mail",
        "host mx.example.net said: 550\nFrom: here\nTo: there",
        '{"from": "a", "to": "b"}',
        "Diagnostic-Code: smtp; 550 nobody\nStatus: 5.1.1",
    ],
)
def test_another_answer_is_no_mail(text: str) -> None:
    assert readers.opened(text) is None
    assert readers.spoken("email", text) == text


def test_a_mail_is_one_on_the_channel_of_mail_alone() -> None:
    assert readers.spoken("sms", MAIL) == MAIL
    assert readers.spoken("email", MAIL).startswith("550 5.1.1")


def test_codes_and_words_of_a_mail_are_those_that_tell() -> None:
    reading = readers.read("email", MAIL)

    assert reading.text.endswith("No such user here Kim is gone.")
    for code in reading.codes:
        assert code.place is Place.ANSWER
        assert code.start is not None
        assert code.end is not None
        assert MAIL[code.start : code.end] == code.value
    assert [(code.kind, code.value) for code in reading.codes] == [
        (CodeKind.ENHANCED, "5.1.1"),
        (CodeKind.SMTP, "550"),
    ]


def test_codes_given_beside_a_mail_come_first() -> None:
    code, *_ = readers.read("email", MAIL, "", "5.7.1").codes

    assert (code.value, code.place) == ("5.7.1", Place.ENHANCED_CODE)


def test_words_that_were_broken_over_lines_are_found() -> None:
    text = report(
        recipient(diagnostic="smtp; 550 5.1.1 there is no\n such user here")
    ).decode()
    mail = readers.opened(text)
    assert mail is not None
    start = mail.answer.index("no such user")

    found = readers.place(mail.answer, start, start + len("no such user"), text)

    assert found is not None
    assert text[slice(*found)] == "no\n such user"


def test_words_that_stand_encoded_have_no_place() -> None:
    text = letter("x", "550 5.1.1 nobody", encoding="base64").decode()
    mail = readers.opened(text)

    assert mail is not None
    assert readers.place(mail.answer, 0, 3, text) is None


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_what_is_pointed_to_is_what_was_read(text: str, start: int, end: int) -> None:
    answer = "550 5.1.1 nobody here\n" + text
    start, end = sorted((start % len(answer), end % len(answer)))

    found = readers.place(answer, start, end, MAIL + answer)

    assert found is not None
    assert (MAIL + answer)[slice(*found)] == answer[start:end]


@pytest.mark.parametrize("kind", MailKind)
def test_an_excerpt_is_read_as_the_mail_it_was_cut_from(kind: MailKind) -> None:
    by_kind = {
        MailKind.BOUNCE: report(recipient()),
        MailKind.DELAY: report(recipient(action="delayed")),
        MailKind.DELIVERED: report(recipient(action="delivered", diagnostic="")),
        MailKind.AUTO_REPLY: letter("Automatic reply: hi", "I am away", sender="a@b"),
        MailKind.COMPLAINT: letter("unsubscribe", "Stop it", sender="a@example.org"),
        MailKind.OTHER: letter("Lunch?", "At noon?", sender="a@example.org"),
    }
    reading = readers.read_mail(by_kind[kind])
    assert reading.kind is kind

    excerpt = readers.excerpt(reading)

    again = readers.opened(excerpt)
    if kind in (MailKind.BOUNCE, MailKind.OTHER):
        assert again is None
        assert excerpt == reading.answer
    else:
        assert again is not None
        assert (again.kind, again.answer) == (kind, reading.answer)
