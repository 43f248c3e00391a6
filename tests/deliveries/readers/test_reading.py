"""Does a reader find the codes and the words that an answer holds, and only those?"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import readers
from deliveries.readers import Code, CodeKind, Place
from deliveries.readers.reading import LONGEST_ANSWER, MOST_CODES

CHANNELS = ("email", "sms", "push", "chat", "social", "webhook", "pigeon")
# Fragments that answers are made of, so that chance finds the odd meetings.
FRAGMENTS = (
    st.sampled_from(
        (
            "550",
            " ",
            "-",
            "5.1.1",
            '{"',
            '": "',
            '"}',
            "<Code>",
            "</",
            "code=",
            "\\",
            "\\u",
        )
    )
    | st.sampled_from(
        (
            "0x0000000B",
            "Retry-After: ",
            "9" * 30,
            "\r\n",
            "HTTP/1.1 ",
            "(#",
            "\x00",
            "‹",
        )
    )
    | st.sampled_from(
        (
            "NSURLErrorDomain",
            "curl: (",
            "Code=-",
            "x:fail ",
            "<![CDATA[",
            "]]>",
            "isv.",
            "_",
        )
    )
    | st.sampled_from(
        ("airplaneMode", ": true", "MK:0001", "BL21", "type='", "Gone", "²")
    )
)


def values(raw: str, channel: str, kind: CodeKind) -> list[str]:
    reading = readers.read(channel, raw)
    return [code.value for code in reading.codes if code.kind is kind]


def test_a_wrapped_mail_reply_has_one_status_and_one_sentence() -> None:
    raw = "550-5.1.1 There is nobody\r\n550-5.1.1 of this name here.\r\n550 5.1.1 x1"
    reading = readers.read("email", raw)
    assert reading.codes == (
        Code(CodeKind.ENHANCED, "5.1.1", 4, 9, times=3),
        Code(CodeKind.SMTP, "550", 0, 3, times=3),
    )
    assert reading.text == "There is nobody of this name here. x1"


@pytest.mark.parametrize(
    "raw",
    [
        "connect to 4.5.1.1 failed",
        "version 5.94.2",
        "550000 messages",
        "we hold 512 messages",
        "+44 20 7946 0550",
    ],
)
def test_numbers_that_only_look_like_codes_of_mail_are_left_alone(raw: str) -> None:
    assert readers.read("email", raw).codes == ()


@pytest.mark.parametrize(
    "raw",
    [
        "host mx.example.net said: 452 4.2.2 full",
        "(452 4.2.2 full)",
        'said "452 4.2.2 full"',
        "smtp;452 4.2.2",
    ],
)
def test_a_quoted_reply_is_read_inside_a_report(raw: str) -> None:
    assert values(raw, "email", CodeKind.SMTP) == ["452"]
    assert values(raw, "email", CodeKind.ENHANCED) == ["4.2.2"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ('{"error": {"details": [{"errorCode": "GONE_AWAY"}]}}', "GONE_AWAY"),
        ('{"Code":"isv.NO_SUCH_THING","Message":"no"}', "isv.NO_SUCH_THING"),
        ("<Error><Code>LimitReached</Code></Error>", "LimitReached"),
        ("status_text=sorry&error_code=4711", "4711"),
        ('"{\\"errcode\\": 4711, \\"errmsg\\": \\"no\\"}"', "4711"),
        ("id:7 sub:001 stat:UNDELIV err:011", "011"),
        ("submit_sm_resp command_status=0x0000000B", "0x0000000B"),
        ("ESME_RTHROTTLED: slow down", "ESME_RTHROTTLED"),
        ("Error 30003: no route", "30003"),
    ],
)
def test_the_code_of_a_structured_answer_is_found_where_it_stands(
    raw: str, code: str
) -> None:
    found = {each.value: each for each in readers.read("sms", raw).codes}
    assert code in found
    assert raw[found[code].start : found[code].end] == code


def test_reasons_of_push_and_chat_are_found_in_plain_words() -> None:
    assert "DeviceAsleep" in values("410 DeviceAsleep", "push", CodeKind.PROVIDER)
    assert "131026" in values("(#131026) not sent", "chat", CodeKind.PROVIDER)
    assert "room_is_gone" in values("error: room_is_gone", "chat", CodeKind.PROVIDER)


def test_codes_given_beside_the_answer_come_first() -> None:
    reading = readers.read("email", "450 4.7.0 no", "550", "5.7.1")
    assert [(code.value, code.place) for code in reading.codes] == [
        ("5.7.1", Place.ENHANCED_CODE),
        ("550", Place.PROVIDER_CODE),
        ("4.7.0", Place.ANSWER),
        ("450", Place.ANSWER),
    ]
    assert reading.codes[0].start is None


def test_a_code_given_and_found_points_to_where_it_was_found() -> None:
    reading = readers.read("email", "550 no", "550")
    assert reading.codes == (Code(CodeKind.SMTP, "550", 0, 3, times=2),)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("webhook", CodeKind.HTTP),
        ("email", CodeKind.SMTP),
        ("sms", CodeKind.PROVIDER),
    ],
)
def test_a_bare_number_means_what_its_channel_makes_it(
    channel: str, kind: CodeKind
) -> None:
    assert readers.read(channel, "", "503").codes[0].kind is kind


def test_the_words_of_a_structured_answer_are_those_for_people() -> None:
    raw = '{"code": 9, "message": "No such thing", "id": "x", "detail": "Not here."}'
    assert readers.read("webhook", raw).text == "No such thing Not here."


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("HTTP/2 410", "410"),
        ("503 Service Unavailable", "503"),
        ("Request failed with status code 404", "404"),
        ("HTTP error 502: x", "502"),
        ("Server returned 500", "500"),
        ("404", "404"),
    ],
)
def test_a_status_of_http_is_found_in_the_words_of_clients(raw: str, code: str) -> None:
    assert values(raw, "webhook", CodeKind.HTTP) == [code]


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ('{"sub_code":"90018"}', "subcode", "90018"),
        ('<rsp stat="fail"/>', "stat", "fail"),
        (
            "<Status><![CDATA[failed:user block]]></Status>",
            "status",
            "failed:user block",
        ),
        ('{"results":[{"error":"user unknown"}]}', "error", "user unknown"),
        ("{'type': 'HardBounce'}", "type", "HardBounce"),
        ("error=-20&msg=x", "error", "-20"),
        ('{\\"errno\\":103}', "errno", "103"),
    ],
)
def test_a_code_knows_the_field_it_stood_in(raw: str, field: str, value: str) -> None:
    found = {(code.field, code.value) for code in readers.read("push", raw).codes}
    assert (field, value) in found


def test_equal_short_numbers_of_two_fields_stay_two_codes() -> None:
    reading = readers.read("sms", '{"status": 6, "err-code": 6}')
    assert [code.field for code in reading.codes] == ["status", "errcode"]


@pytest.mark.parametrize(
    ("name", "known"),
    [("IM", "chat"), ("email-webhook", "email"), ("Web Push", "push"), ("fax", "fax")],
)
def test_other_names_of_a_channel_are_known(name: str, known: str) -> None:
    assert readers.known_channel(name) == known


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("429 Too Many Requests\nRetry-After: 30", 30),
        ('{"retry_after": 5}', 5),
        ("Greylisted, try again in 10 minutes", 600),
        ("please wait 2 hours", 7200),
        ("try again later", None),
    ],
)
def test_a_wish_to_wait_is_read_in_seconds(raw: str, seconds: int | None) -> None:
    assert readers.read("webhook", raw).retry_after_s == seconds


@given(st.sampled_from(CHANNELS), st.text() | st.lists(FRAGMENTS).map("".join))
def test_no_answer_breaks_a_reader(channel: str, raw: str) -> None:
    for code in readers.read(channel, raw, raw[:9], raw[3:12]).codes:
        if code.place is Place.ANSWER and code.start is not None:
            assert raw[code.start : code.end] == code.value


@pytest.mark.parametrize("channel", [*CHANNELS, "client-log"])
@pytest.mark.parametrize(
    "piece",
    [
        '"a": "',
        "550-5.1.1 ",
        "<a>",
        "<a><![CDATA[",
        "code=",
        "a_",
        "\\",
        '\\\\"',
        "Aa",
        "A",
        "A_",
        "a.",
        "a-",
        "error-",
        "NSURLErrorDomain ",
        "curl ",
        "x:fail a ",
        " a=",
    ],
)
def test_a_long_answer_is_read_in_bounded_time_and_size(
    piece: str, channel: str
) -> None:
    began = time.process_time()
    reading = readers.read(channel, piece * LONGEST_ANSWER)
    assert time.process_time() - began < 0.5
    assert len(reading.codes) <= MOST_CODES
