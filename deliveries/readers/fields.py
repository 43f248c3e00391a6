"""Which named values does a structured answer hold, whether or not it is well-formed?

JSON, XML, form bodies and log lines are scanned, not parsed: answers arrive cut, quoted
inside each other, or followed by words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Every repetition is bounded, so that a scan takes time in proportion to the text.
_JSON = re.compile(
    r'\\{0,3}"(?P<name>[A-Za-z@_][\w.@-]{0,39})\\{0,3}"\s{0,20}:\s{0,20}'
    r'(?:\\{0,3}"(?P<text>(?:[^"\\]|\\[^"\\]){0,300}+)\\{0,3}"'
    r"|(?P<number>-?\d{1,12})(?![\d.])|(?P<flag>true|false)\b)"
)
_PYTHON = re.compile(
    r"'(?P<name>[A-Za-z@_][\w.@-]{0,39})'\s{0,5}:\s{0,5}"
    r"(?:'(?P<text>[^'\\]{0,300}+)'|(?P<number>-?\d{1,12})(?![\d.]))"
)
_XML = re.compile(
    r"<(?P<name>[A-Za-z][\w:.-]{0,39})>(?:<!\[CDATA\[)?(?P<text>[^<>\]]{1,300}+)[<\]]"
)
_ATTRIBUTE = re.compile(
    r"(?<=[\s?&])(?P<name>[A-Za-z][\w:.-]{0,39})\s?=\s?"
    r"(?:\"(?P<text>[^\"<>]{1,300}+)\"|'(?P<single>[^'<>]{1,300}+)')"
)
_PLAIN = re.compile(
    r"(?<![\w\"<])(?P<name>[A-Za-z][A-Za-z_-]{1,39}(?: code)?)"
    r"(?:=|:|: | (?=-?\d))(?P<text>-?[A-Za-z0-9][\w.+-]{0,79})"
)
_SHAPES = (_JSON, _PYTHON, _XML, _ATTRIBUTE, _PLAIN)

# The letters of the names that promise a code.
_CODES = frozenset(
    [
        "code",
        "errorcode",
        "errcode",
        "errno",
        "err",
        "error",
        "errorno",
        "errorid",
        "errornumber",
        "reason",
        "status",
        "statuscode",
        "stat",
        "result",
        "resultcode",
        "ret",
        "retcode",
        "returncode",
        "returnstatus",
        "subcode",
        "errorsubcode",
        "suberrorcode",
        "errorname",
        "errortype",
        "failurereason",
        "failurecode",
        "reasoncode",
        "commandstatus",
        "smscode",
        "smppcode",
        "deliverystatus",
        "httpstatus",
        "httpcode",
        "httpstatuscode",
        "errortitle",
        "statuserrorcode",
        "networkcode",
        "networkerrorcode",
        "fcs",
        "groupname",
        "name",
        "statusname",
        "responsecode",
        "smtpcode",
        "typecode",
        "bounceclass",
        "respcode",
        "exception",
        "errorclass",
        "msgcode",
        "rspcode",
        "bizcode",
    ]
)
# The letters of the names that promise a kind of event, which may be some words.
_EVENTS = frozenset(
    [
        "event",
        "eventtype",
        "type",
        "notificationtype",
        "recordtype",
        "bouncetype",
        "bouncesubtype",
        "subtype",
        "bouncecategory",
        "bounceclassification",
        "bouncedescription",
        "complaintfeedbacktype",
        "feedbacktype",
        "delaytype",
        "rejectreason",
        "suppressionreason",
        "reason",
        "error",
        "status",
        "category",
        "messagecategory",
        "deliverystatus",
    ]
)
_STATUSES = frozenset(
    ["status", "statuscode", "httpstatus", "httpcode", "httpstatuscode"]
)
_WORDS = frozenset(
    [
        "message",
        "msg",
        "errormessage",
        "errmsg",
        "errormsg",
        "description",
        "errordescription",
        "detail",
        "details",
        "reason",
        "response",
        "diagnosticcode",
        "diag",
        "title",
        "statusmessage",
        "bouncemessage",
        "errordetail",
        "submsg",
        "info",
        "text",
        "error",
        "errortext",
        "statusreason",
        "reasonphrase",
        "statusdescription",
        "errorinfo",
    ]
)


@dataclass(frozen=True, slots=True)
class Field:
    """A named value and where it stands; the name without signs, in lower case."""

    name: str
    value: str
    start: int
    end: int

    @property
    def holds_code(self) -> bool:
        """Whether the name promises a code and the value looks like one."""
        return self.name in _CODES and bool(_CODE_LIKE.fullmatch(self.value))

    @property
    def holds_event(self) -> bool:
        """Whether the name promises a kind of event and the value may be one."""
        return self.name in _EVENTS and bool(_EVENT_LIKE.fullmatch(self.value))

    @property
    def holds_http_status(self) -> bool:
        """Whether this is a status of HTTP by name and by size."""
        named = self.name in _STATUSES or self.name.endswith("statuscode")
        return named and bool(_HTTP_STATUS.fullmatch(self.value))

    @property
    def holds_words(self) -> bool:
        """Whether the value is meant to be read by people."""
        return self.name in _WORDS and not self.holds_code


_CODE_LIKE = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}")
_EVENT_LIKE = re.compile(r"[A-Za-z][A-Za-z0-9 _.:()/-]{0,59}")
_HTTP_STATUS = re.compile(r"[1-5]\d\d")
_SIGNS = re.compile(r"[^a-z]")


def fields(raw: str) -> Iterator[Field]:
    """Yield named values: of JSON, of XML and its attributes, then ``name=value``."""
    for shape in _SHAPES:
        for found in shape.finditer(raw):
            group = found.lastgroup or "text"
            start, end = found.span(group)
            name = _SIGNS.sub("", found["name"].lower())
            yield Field(name, found[group], start, end)
