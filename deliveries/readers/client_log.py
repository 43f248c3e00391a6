"""What went wrong on a device or on the way, in the words of its programs?

Source: errno(3), libcurl's error numbers, java.net, NSURLError, the error names of
Chromium and Firefox, WinINet, the mini programs of WeChat.
"""

import re
from collections.abc import Iterator

from deliveries.readers import written
from deliveries.readers.reading import Code, CodeKind

# As in: curl: (28) or cURL error 6
_CURL = re.compile(r"\bcurl(?: error)?:? {0,2}\(?(\d{1,2})\b", re.IGNORECASE)
# As in: NSURLErrorDomain Code=-1009 or NSURLErrorDomain error -1001.
_APPLE = re.compile(
    r"\bNS(URLError|POSIXError)Domain\"?,?:? ?\(?"
    r"(?i:code|error)?[ =:]{0,3}(-?\d{1,5})\b"
)
# As in: connect ECONNRESET, read EAI_AGAIN or WSAETIMEDOUT
_NAME = re.compile(r"\b(?:E[A-Z]{4,15}|E[A-Z]{2,5}_[A-Z]{4,12}|(?:WSA)[A-Z_]{5,18})\b")
_SYSTEM = re.compile(r"\b0x8[0-9A-Fa-f]{7}\b")
# As in: request:fail timeout
_MINI = re.compile(r"\b[a-zA-Z]{3,30}:fail(?: [a-z]{2,15}){1,6}")
# The words of getaddrinfo(3) of several systems, of Go and of Node.
_SENTENCE = re.compile(
    r"\b(?:name or service not known|nodename nor servname provided|no such host"
    r"|no address associated with (?:host)?name|temporary failure in name resolution"
    r"|socket hang up|context deadline exceeded|i/o timeout|tls handshake timeout)\b",
    re.IGNORECASE,
)
_FLAGS = frozenset(
    [
        "airplanemode",
        "arenotificationsenabled",
        "authorizationstatus",
        "backgroundrestricted",
        "batterysaver",
        "captiveportal",
        "connectiontype",
        "connectivityresult",
        "isbackgroundrestricted",
        "isonline",
        "lowpowermode",
        "navigatoronline",
        "networktype",
        "notificationpermission",
        "notificationsenabled",
        "online",
        "permission",
        "powersavemode",
        "standbybucket",
    ]
)
# The value is only looked at: in "Net: airplaneMode=true" it is a name itself.
_FLAG = re.compile(
    r"\b([A-Za-z][\w.-]{2,40})(?=\\{0,3}\"?\s?[:=]\s?\\{0,3}\"?([A-Za-z]{2,12}|[01])\b)"
)
_SIGNS = re.compile(r"[^a-z]")


def states(raw: str) -> Iterator[Code]:
    """Yield sentences, numbers of known libraries and states of the device.

    The field of a number or a state says which list it belongs to.
    """
    for pattern in (_MINI, _SENTENCE):
        for found in pattern.finditer(raw):
            yield _code(found[0], found.span())
    for found in _CURL.finditer(raw):
        yield _code(found[1], found.span(1), "curl")
    for found in _APPLE.finditer(raw):
        yield _code(found[2], found.span(2), f"ns{found[1].lower()}")
    for found in _FLAG.finditer(raw):
        name = _SIGNS.sub("", found[1].lower())
        if name in _FLAGS:
            yield _code(found[2], found.span(2), name)


def names(raw: str) -> Iterator[Code]:
    """Yield the names of errors that programs, systems and browsers have."""
    for pattern in (_NAME, _SYSTEM):
        for found in pattern.finditer(raw):
            yield _code(found[0], found.span())
    yield from written.camel(raw)
    yield from written.loud(raw)


def _code(value: str, span: tuple[int, int], field: str = "") -> Code:
    return Code(CodeKind.PROVIDER, value, *span, field=field)
