"""Is a body safe once it has been read, and cheap to refuse?"""

import io
import json
from collections.abc import Iterator

import pytest
from django.test import RequestFactory

from deliveries.api.body import DEEPEST, Body, parse, read_json
from deliveries.api.problems import Problem

LIMIT = 1000


def refusal(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        parse(raw)
    return caught.value.code


def refusal_of_request(**extra: str) -> str:
    request = RequestFactory().post("/", b"{}", "application/json", **extra)
    with pytest.raises(Problem) as caught:
        read_json(request, LIMIT)
    return caught.value.code


class Chunks(io.RawIOBase):
    """A body that comes without a length, in pieces of seven bytes."""

    def __init__(self, raw: bytes) -> None:
        self.taken = 0
        self._pieces: Iterator[bytes] = (
            raw[start : start + 7] for start in range(0, len(raw), 7)
        )

    def read(self, size: int = -1) -> bytes:
        piece = next(self._pieces, b"")
        self.taken += len(piece)
        return piece


def read_chunked(raw: bytes) -> tuple[Chunks, Body]:
    stream = Chunks(raw)
    request = RequestFactory().generic("POST", "/", CONTENT_TYPE="application/json")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    return stream, read_json(request, LIMIT)


def test_json_is_read() -> None:
    assert parse(b' {"a": [1, 2.5, null, "\xc3\xa9"]}\n') == Body(
        {"a": [1, 2.5, None, "é"]}, sanitized=False
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1}}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\x00"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e9999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    assert refusal(raw) == "malformed_json"


def test_nesting_is_counted_before_anything_is_parsed() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)
    assert refusal(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)) == "nesting_too_deep"
    assert refusal(b"[" * 100_000) == "nesting_too_deep"
    assert refusal(b'{"a":' * 100_000 + b"1" + b"}" * 100_000) == "nesting_too_deep"


def test_brackets_within_a_text_nest_nothing() -> None:
    text = '\\"[{' * 500
    raw = json.dumps({"detail": text}).encode()
    assert parse(raw).value == {"detail": text}


def test_wide_is_not_deep() -> None:
    assert parse(json.dumps([[]] * 100).encode()).value == [[]] * 100


def test_a_key_may_come_once() -> None:
    assert refusal(b'{"a": 1, "b": {"c": 1, "c": 2}}') == "duplicate_key"


def test_what_cannot_be_stored_is_replaced_and_told() -> None:
    body = parse(rb'{"a\u0000": ["x\ud800", "\udfff"], "b": "\ud83d\ude00"}')
    assert body.sanitized
    assert body.value == {"a\ufffd": ["x\ufffd", "\ufffd"], "b": "😀"}


def test_an_ordinary_escape_is_no_reason_to_warn() -> None:
    assert parse(rb'{"a": "\u00e9"}') == Body({"a": "é"}, sanitized=False)


def test_only_plain_json_is_taken() -> None:
    assert refusal_of_request(HTTP_CONTENT_ENCODING="gzip") == "media_type_unsupported"
    charset = "application/json; charset=utf-16"
    assert refusal_of_request(CONTENT_TYPE=charset) == "media_type_unsupported"
    assert refusal_of_request(CONTENT_TYPE="text/plain") == "media_type_unsupported"
    assert refusal_of_request(CONTENT_TYPE="") == "media_type_unsupported"


def test_a_body_may_name_utf_8() -> None:
    request = RequestFactory().post("/", b"[]", 'application/json; charset="UTF-8"')
    assert read_json(request, LIMIT).value == []


def test_a_length_beyond_the_limit_is_refused_unread() -> None:
    assert refusal_of_request(CONTENT_LENGTH="1001") == "too_large"
    assert refusal_of_request(CONTENT_LENGTH="-1") == "too_large"
    assert refusal_of_request(CONTENT_LENGTH="9" * 5000) == "too_large"


def test_a_body_without_a_length_is_read_to_its_end() -> None:
    raw = json.dumps({"a": "x" * 500}).encode()
    stream, body = read_chunked(raw)
    assert body.value == {"a": "x" * 500}
    assert stream.taken == len(raw)


def test_a_body_without_a_length_stops_at_the_limit() -> None:
    raw = json.dumps("x" * 100_000).encode()
    with pytest.raises(Problem) as caught:
        read_chunked(raw)
    assert caught.value.code == "too_large"


def test_a_request_without_a_body_is_malformed() -> None:
    request = RequestFactory().generic("POST", "/", CONTENT_TYPE="application/json")
    with pytest.raises(Problem) as caught:
        read_json(request, LIMIT)
    assert caught.value.code == "malformed_json"
