"""Is every mail read without an exception and within bounds, however bad it is?"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.readers import read_mail
from deliveries.readers.mail import headers, notice, parts, texts
from deliveries.readers.mail.parts import DEEPEST, LONGEST_MAIL, MOST_PARTS
from deliveries.readers.mail.reader import MOST_TEXT_PARTS
from deliveries.readers.mail.reading import Fault
from deliveries.readers.mail.statuses import MOST_RECIPIENTS
from tests.deliveries.readers.mail.letters import letter, recipient, report

HEAD = b"From: MAILER-DAEMON@example.org\nSubject: Undelivered Mail\n"
# What mails are made of, so that chance finds the odd meetings.
FRAGMENTS = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\n\n",
        b" ",
        b"\x00",
        b"--b",
        b"--b--",
        b"--",
        b"Content-Type: multipart/report; boundary=b\n\n",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Type: text/html; charset=gb2312\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Subject: =?utf-8?b?6YC?= =?x?q?=",
        b"Final-Recipient: rfc822; a@example.org\n",
        b"Action: failed\n",
        b"Status: 5.1.1\n",
        b"Diagnostic-Code: smtp; 550-5.1.1 ",
        b"<<< 550",
        b">>> RCPT",
        b"Feedback-Type: abuse\n",
        b"\\x{110000}",
        b"<!--",
        b"</p>",
        b"&#x110000;",
        b"\x1b$B",
        b"\xff\xfe",
        b"\xe9\x80\x80",
    ]
)
FOUND = report(recipient(), recipient("lee@example.net", "delayed"))


def check(raw: bytes) -> None:
    reading = read_mail(raw)
    assert len(reading.answer) <= 2 * notice.LONGEST_ANSWER
    assert len(reading.recipients) <= MOST_RECIPIENTS
    assert len(reading.faults) == len(set(reading.faults))
    assert "\x00" not in reading.answer
    reading.answer.encode()  # holds no half sign


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(raw: bytes) -> None:
    check(raw)
    check(HEAD + b"\n" + raw)


@given(st.lists(FRAGMENTS | st.binary(max_size=8), max_size=40).map(b"".join))
def test_any_meeting_of_what_mails_are_made_of_is_read(raw: bytes) -> None:
    check(raw)


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_a_mail_that_was_damaged_on_its_way_is_read(seed: int, times: int) -> None:
    rng = random.Random(seed)
    raw = bytearray(FOUND)
    for _ in range(times):
        at = rng.randrange(len(raw))
        match rng.randrange(4):
            case 0:
                raw[at] = rng.randrange(256)
            case 1:
                del raw[at : at + rng.randrange(60)]
            case 2:
                raw[at:at] = raw[at : at + rng.randrange(200)]
            case _:
                raw[at:at] = rng.randbytes(5)
    check(bytes(raw))


@given(st.integers(0, len(FOUND)))
def test_a_mail_that_breaks_off_is_read(length: int) -> None:
    check(FOUND[:length])


def nested(border: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (border, border)


HOSTILE = {
    "nothing": (b"", Fault.EMPTY),
    "blanks": (b" \n" * 9000, Fault.EMPTY),
    "NUL": (b"\0" * 10_000_000, Fault.CUT),
    "one endless line": (HEAD + b"\n" + b"550 " * 2_500_000, Fault.CUT),
    "one endless header": (b"Subject: " + b"a " * 400_000, Fault.LONG_HEADERS),
    "100,000 headers": (
        b"".join(b"X-A%d: v\n" % i for i in range(100_000)),
        Fault.LONG_HEADERS,
    ),
    "10,000 nested parts": (b"".join(map(nested, range(10_000))), Fault.TOO_DEEP),
    "10,000 nested mails": (
        b"Content-Type: message/rfc822\n\n" * 10_000,
        Fault.TOO_DEEP,
    ),
    "10,000 parts": (nested(1) + b"\n--b1\n\nno\n" * 10_000, Fault.TOO_MANY_PARTS),
    "borders that are none": (
        b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--b\nx\n" * 100_000,
        Fault.NO_BOUNDARY,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_within_bounds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, fault = HOSTILE[name]
    looked_at: list[int] = []
    decoded: list[int] = []
    read, text_of = headers.read, texts.text_of

    def counted(raw: bytes, start: int) -> tuple[headers.Headers, int]:
        looked_at.append(start)
        return read(raw, start)

    def measured(part: parts.Part) -> tuple[str, list[Fault]]:
        text, faults = text_of(part)
        decoded.append(len(text))
        return text, faults

    monkeypatch.setattr(headers, "read", counted)
    monkeypatch.setattr(texts, "text_of", measured)
    check(raw)

    assert fault in read_mail(raw).faults
    # Read twice above. No place is looked at twice, and few parts are decoded.
    assert len(looked_at) <= 2 * MOST_PARTS
    assert len(set(looked_at)) * 2 == len(looked_at)
    assert len(decoded) <= 2 * MOST_TEXT_PARTS * (DEEPEST + 2)
    assert sum(decoded) <= 2 * LONGEST_MAIL


def test_a_page_that_opens_and_never_closes_is_read_in_one_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches = 0
    closing = texts._CLOSING[""]

    class Counting:
        def search(self, text: str, at: int) -> object:
            nonlocal searches
            searches += 1
            return closing.search(text, at)

    monkeypatch.setitem(texts._CLOSING, "", Counting())

    assert texts.without_tags("<!--" * 20_000 + "end").endswith("end")
    assert searches == 1


def test_faults_are_named_once_and_do_not_hide_the_words() -> None:
    raw = report(recipient(), declared="wrong") + b"\n" * 10 + b"x" * LONGEST_MAIL

    reading = read_mail(raw)

    assert reading.faults == (Fault.CUT, Fault.NO_BOUNDARY)
    assert reading.answer.startswith("550 5.1.1 No such user here")


def test_a_text_without_headers_is_a_text() -> None:
    reading = read_mail(b"550 5.1.1 there is nobody here\n")

    assert reading.faults == (Fault.NO_HEADERS,)
    assert reading.answer == "550 5.1.1 there is nobody here"


def test_only_the_first_of_many_recipients_are_told() -> None:
    many = [recipient(f"kim{each}@example.net") for each in range(500)]

    assert len(read_mail(report(*many)).recipients) == MOST_RECIPIENTS


def test_a_long_notice_is_cut() -> None:
    body = "\n".join(f"550 5.1.1 nobody number {each}" for each in range(5000))

    assert len(read_mail(letter("x", body)).answer) == notice.LONGEST_ANSWER
