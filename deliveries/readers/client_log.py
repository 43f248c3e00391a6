"""What went wrong on a device or on the way, in the words of its programs?

Source: errno(3), libcurl's error numbers, java.net, NSURLError, the error names of
Chromium and Firefox, WinINet, the mini programs of WeChat.
"""

import re
from collections.abc import Iterator

from deliveries.readers import written
from deliveries.readers.fields import fields
from deliveries.readers.reading import Code, CodeKind

# As in: curl: (28) or cURL error 6
_CURL = re.compile(r"\bcurl(?: error)?:? {0,2}\(?(\d{1,2})\b", re.IGNORECASE)
# As in: NSURLErrorDomain Code=-1009 or NSURLErrorDomain error -1001.
_APPLE = re.compile(
    r"\bNS(URLError|POSIXError)Domain\"?,?:? ?\(?(?:Code|error)?[ =:]{0,3}(-?\d{1,5})\b"
)
# As in: connect ECONNRESET, read EAI_AGAIN or WSAETIMEDOUT
_NAME = re.compile(r"\b(?:E[A-Z]{4,15}|E[A-Z]{2,5}_[A-Z]{4,12}|(?:WSA)[A-Z_]{5,18})\b")
_SYSTEM = re.compile(r"\b0x8[0-9A-Fa-f]{7}\b")
# As in: request:fail timeout
_MINI = re.compile(r"\b[a-zA-Z]{3,30}:fail(?: [a-z]{2,15}){1,6}")
_FLAGS = frozenset(
    [
        "airplanemode",
        "navigatoronline",
        "online",
        "isonline",
        "networktype",
        "connectiontype",
        "connectivityresult",
        "isbackgroundrestricted",
        "backgroundrestricted",
        "standbybucket",
        "arenotificationsenabled",
        "notificationsenabled",
        "notificationpermission",
        "authorizationstatus",
        "powersavemode",
        "batterysaver",
        "lowpowermode",
        "permission",
        "captiveportal",
    ]
)


def codes(raw: str) -> Iterator[Code]:
    """Yield numbers of known libraries, names of errors, then states of the device.

    The field of a code says which list its number belongs to.
    """
    for found in _CURL.finditer(raw):
        yield _code(found[1], found.span(1), "curl")
    for found in _APPLE.finditer(raw):
        yield _code(found[2], found.span(2), f"ns{found[1].lower()}")
    for pattern in (_NAME, _SYSTEM, _MINI):
        for found in pattern.finditer(raw):
            yield _code(found[0], found.span())
    for field in fields(raw):
        if field.name in _FLAGS:
            yield _code(field.value, (field.start, field.end), field.name)
    yield from written.camel(raw)
    yield from written.loud(raw)


def _code(value: str, span: tuple[int, int], field: str = "") -> Code:
    return Code(CodeKind.PROVIDER, value, *span, field=field)
