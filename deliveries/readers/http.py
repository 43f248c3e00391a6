"""Which codes does an answer over HTTP hold? Source: RFC 9110, 15."""

import re
from collections.abc import Iterator

from deliveries.readers.fields import Field, fields
from deliveries.readers.reading import Code, CodeKind

# "HTTP/1.1 429", "HTTP error 503", "failed with status code 410", "Response: 502".
_STATUS = re.compile(
    r"(?:\bHTTP(?:/[\d.]{1,3})?|\bstatus|\bresponse|\bserver returned|HTTPError)"
    r"[ :=]{1,3}(?:status |error |code |was |of |with ){0,2}:? ?([1-5]\d\d)\b",
    re.IGNORECASE,
)
# A line of its own: "503 Service Unavailable", "410 Gone", "404 page not found".
_LINE = re.compile(r"(?:\A|\n)[ \t]{0,4}([1-5]\d\d)(?:[ \t]{1,2}[A-Za-z]|[ \t]{0,4}\Z)")

# The words that go with a status: RFC 9110, 15, and those that older servers send.
_PHRASES = (
    "Moved Permanently",
    "Temporary Redirect",
    "Permanent Redirect",
    "See Other",
    "Found",
    "Network Authentication Required",
    "Request Header Fields Too Large",
    "Service Temporarily Unavailable",
    "Unavailable For Legal Reasons",
    "HTTP Version Not Supported",
    "Request Entity Too Large",
    "Unsupported Media Type",
    "Internal Server Error",
    "Unprocessable Content",
    "Insufficient Storage",
    "Unprocessable Entity",
    "Misdirected Request",
    "Service Unavailable",
    "Method Not Allowed",
    "Content Too Large",
    "Payload Too Large",
    "Too Many Requests",
    "Gateway Time-out",
    "Payment Required",
    "Request Time-out",
    "Upgrade Required",
    "Gateway Timeout",
    "Length Required",
    "Not Implemented",
    "Request Timeout",
    "Not Acceptable",
    "Loop Detected",
    "URI Too Long",
    "Unauthorized",
    "Bad Gateway",
    "Bad Request",
    "Forbidden",
    "Not Found",
    "Too Early",
    "Conflict",
    "Gone",
)
# After the status, in a field, or on a line of its own; elsewhere they are plain words.
_PHRASE = re.compile(
    rf"(?:(?<=[1-5]\d\d[ -])|(?<=\d: )|(?<=[\"'>])|(?<=\n)|\A)(?:{'|'.join(_PHRASES)})"
    r"(?=[\"'<.,:;)\r\n]|[ \t]{0,4}\Z| for url)"
)


def codes(raw: str) -> Iterator[Code]:
    """Yield statuses and their words, then every code that a field names."""
    for pattern in (_STATUS, _LINE):
        for found in pattern.finditer(raw):
            yield Code(CodeKind.HTTP, found[1], found.start(1), found.end(1))
    for found in _PHRASE.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
    yield from of_fields(raw)


def of_fields(raw: str) -> Iterator[Code]:
    """Yield the codes of fields alone."""
    for field in fields(raw):
        if field.holds_http_status:
            yield _code(CodeKind.HTTP, field)
        elif field.holds_code or field.holds_event:
            yield _code(CodeKind.PROVIDER, field)


def _code(kind: CodeKind, field: Field) -> Code:
    return Code(kind, field.value, field.start, field.end, field=field.name)
