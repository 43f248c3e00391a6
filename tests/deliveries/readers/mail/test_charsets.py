"""Is a notice read in any charset, encoding and header form, named rightly or not?"""

import pytest

from deliveries.readers import read_mail
from deliveries.readers.mail.headers import plain
from deliveries.readers.mail.reading import Fault
from tests.deliveries.readers.mail.letters import letter

JAPANESE = "理由：メールボックスがいっぱいです。お客様のメールは届きませんでした。"
CHINESE = "退信原因：收件人的邮箱已满，您的邮件无法投递，请稍后再试。"
TAIWANESE = "退信原因：收件人的信箱已滿，您的郵件無法傳送，請稍後再試。"
RUSSIAN = "Причина: почтовый ящик получателя переполнен, письмо не доставлено."
KOREAN = "사유: 받는 사람의 사서함이 가득 차서 메일을 전달할 수 없습니다."
FRENCH = "Raison : la boîte aux lettres du destinataire est pleine à craquer."

NAMED = [
    ("iso-2022-jp", JAPANESE),
    ("shift_jis", JAPANESE),
    ("euc-jp", JAPANESE),
    ("gb2312", CHINESE),
    ("gb18030", CHINESE),
    ("big5", TAIWANESE),
    ("koi8-r", RUSSIAN),
    ("windows-1251", RUSSIAN),
    ("euc-kr", KOREAN),
    ("iso-8859-1", FRENCH),
    ("utf-7", CHINESE),
    ("utf-16", FRENCH),
]


@pytest.mark.parametrize(("charset", "text"), NAMED)
def test_a_named_charset_is_used(charset: str, text: str) -> None:
    reading = read_mail(letter("x", text, charset=charset, encoding="base64"))

    assert reading.answer == text
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("charset", "text"), [each for each in NAMED if each[0][:3] != "utf"]
)
@pytest.mark.parametrize("named", ["unknown-8bit", "us-ascii", "utf-8", "iso-8859-1"])
def test_a_charset_that_is_not_named_rightly_is_guessed(
    charset: str, text: str, named: str
) -> None:
    raw = letter("x", text.encode(charset), charset=named)

    assert read_mail(raw).answer == text


def test_utf_8_is_never_something_else() -> None:
    for named in ("gb2312", "shift_jis", "koi8-r", "iso-8859-1"):
        raw = letter("x", RUSSIAN.encode(), charset=named)
        reading = read_mail(raw)
        assert reading.answer == RUSSIAN
        assert reading.faults == (Fault.WRONG_CHARSET,)


@pytest.mark.parametrize("name", ["klingon", "rot13", "punycode", "zlib", "x" * 99])
def test_a_name_that_is_no_charset_is_a_fault(name: str) -> None:
    raw = letter("x", FRENCH.encode(), charset=name.replace(" ", ""))

    reading = read_mail(raw)

    assert reading.answer == FRENCH
    assert reading.faults == (Fault.UNKNOWN_CHARSET,)


def test_quoted_printable_is_undone() -> None:
    body = b"Raison=C2=A0: bo=C3=AEte aux lettres =\npleine"

    raw = letter("x", body, encoding="quoted-printable")

    assert read_mail(raw).answer == "Raison : boîte aux lettres pleine"


def test_base64_that_breaks_off_is_read_so_far() -> None:
    raw = letter("x", FRENCH, encoding="base64")[:-9]

    assert FRENCH.startswith(read_mail(raw).answer[:-1])
    assert len(read_mail(raw).answer) > 40


def test_words_that_only_claim_to_be_base64_are_read_as_they_are() -> None:
    raw = letter("x", b"zzz").replace(b"8bit", b"base64")
    raw = raw.replace(b"zzz", b"550 5.1.1 there is nobody here")

    reading = read_mail(raw)

    assert reading.answer == "550 5.1.1 there is nobody here"
    assert reading.faults == (Fault.BAD_ENCODING,)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?B?6YCA5L+h?=", "退信"),
        ("=?UTF-8?q?Bo=C3=AEte_pleine?=", "Boîte pleine"),
        ("=?utf-8?B?6YCA?= =?utf-8?B?5L+h?=", "退信"),
        ("=?utf-8?B?6YCA5A==?= =?utf-8?B?v6E=?=", "退信"),
        ("=?gb2312?B?zcvQxQ==?= x", "退信 x"),
        ("=?utf-8*en?q?hello?=", "hello"),
        ("=?nonsense", "=?nonsense"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
    ],
)
def test_encoded_words_of_a_header_are_decoded(written: str, read: str) -> None:
    assert plain(written) == read


def test_a_border_may_be_broken_into_pieces_and_encoded() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary*0=b0r;\n boundary*1*=utf-8''d%65r\n\n"
        b"--b0rder\n\n550 5.1.1 nobody\n--b0rder--\nafter\n"
    )

    reading = read_mail(raw)

    assert reading.answer == "550 5.1.1 nobody"
    assert reading.faults == ()
