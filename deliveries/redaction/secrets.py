"""Where in a text are keys, tokens, credentials and query strings?

Every pattern runs in linear time: quantifiers are bounded or possessive, and a match
begins at a boundary or a literal.
"""

import re
from collections.abc import Iterator

from deliveries.redaction.spans import (
    AcrossLines,
    Detector,
    Kind,
    Span,
    lowered,
    places,
    secretive,
    values,
)

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

_HEADER = re.compile(
    r"""(?ix) (?<![a-z0-9])
    (?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-(?:api|auth|access)-(?:key|token)
      |x-(?:amz|goog)-(?:security|signature|credential)[a-z-]{0,12})
    (?: ["']\ {0,3}:\ {0,3}["'](?P<quoted>[^"'\r\n]++)
      | \ {0,3}:\ {0,3}(?P<open>[^\r\n]++(?:\r?\n[ \t]++[^\r\n]++)*+))"""
)
# A value that was broken without an indent: a run on the next line that names nothing.
_BROKEN_OFF = re.compile(r"=?\r?\n(?P<v>[A-Za-z0-9+/=_.~-]{3,}+)(?!:)")
_SCHEME = re.compile(r"(?i)(?:basic|bearer|digest|hmac|key|negotiate|token|aws4)\b")

_JWT = re.compile(
    r"(?<![\w-])(?P<v>eyJ[\w-]{4,}+\.[\w-]{4,}+(?:\.[\w-]*+){0,3})", re.ASCII
)

LEAST_TOKEN = 16  # characters, with the prefix
# Prefixes by which vendors mark their own keys, each with the form that follows.
_PREFIXED = re.compile(
    r"""(?xa) (?<![A-Za-z0-9_]) (?P<v>
      (?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}+ | sk-[A-Za-z0-9_-]{16,}+
    | gh[opsur]_[A-Za-z0-9]{16,}+ | github_pat_\w{16,}+ | glpat-[\w-]{16,}+
    | xox[abeoprs]-[A-Za-z0-9-]{11,}+ | xapp-[A-Za-z0-9-]{11,}+
    | A[KS]IA[A-Z0-9]{12,}+ | AIza[\w-]{20,}+ | ya29\.[\w.-]{16,}+
    | SG\.[\w-]{8,}+\.[\w-]{8,}+ | key-[0-9a-f]{16,}+ | whsec_[\w+/=-]{10,}+
    | EAA[A-Za-z0-9]{20,}+ | LTAI[A-Za-z0-9]{12,}+
    | (?:npm|hf|shpat|shpss|dop_v1|re)_[A-Za-z0-9_]{16,}+ | xkeysib-[\w-]{16,}+ )"""
)
# Names of secrets, and what may stand between a name and its value.
_NAMES = (
    *("password", "passwd", "passphrase", "pwd", "secret", "key", "token", "signature"),
    *("sig", "sid", "session", "credential", "credentials"),
)
_CERTAIN = frozenset({"password", "passwd", "passphrase", "pwd", "secret", "key"})
_SHORT_NAMES = frozenset({"sig", "sid", "pwd"})  # parts of common words
_KEY_OF = ("api", "access", "private", "secret", "auth", "signing", "account")
_NAMED_VALUE = re.compile(
    r"""(?ix) (?:[_-]?(?:id|key|secret))? (?P<mark>["']?\ {0,2}[:=]\ {0,2}["']?)
    (?P<v>[^\s"'&,;<>(){}\[\]‹›]{4,}+)"""
)
_BEARER = re.compile(r"(?ia)(?<![a-z])bearer[ :=]{1,3}(?P<v>[\w.~+/=:-]{8,}+)")

# Long runs that only a machine writes: device tokens and keys without a name.
LONG_RUN = 32
_RUN = re.compile(rf"(?<![\w-])(?P<v>[\w-]{{{LONG_RUN},}}+)(?!\w)", re.ASCII)
_HEX_KEY = re.compile(r"[0-9a-fA-F]{40,}+")
# An id of a message or an account; SK marks a key.
_PLAIN_ID = re.compile(r"(?!SK)[A-Z]{2}[0-9a-f]{32}")

_USERINFO = re.compile(r"://(?P<v>[^\s/@\"'<>‹›]{1,200}+)@")
_LOGIN = re.compile(r"://(?P<v>[^\s/@:\"'<>‹›]{1,100}+:[^\s/@:\"'<>‹›]{1,100}+)@")
_QUERY = re.compile(
    r"[?&](?P<name>[\w.\[\]-]{1,64}+)=(?P<v>[^\s&#\"'<>|\\(){}‹›]*[^\s&#\"'<>|\\(){}‹›.,:;!?])",
    re.ASCII,
)
# What links in replies carry openly: the host that was refused, the reason as one word,
# the number of a help page.
_OPEN_VALUES = re.compile(
    r"""(?ix) [^=]{0,9}ip[^=]{0,9}=[0-9a-f.:]{1,45}
    | (?:p|error|reason|status|topic)=[a-z_]{2,30}[0-9]?[a-z_]{0,30}
    | (?:answer|linkid)=[0-9]{1,7}"""
)


def _private_keys(text: str) -> Iterator[Span]:
    at = 0
    while begin := _KEY_BEGIN.search(text, at):
        end = _KEY_END.search(text, begin.end())
        at = end.end() if end else len(text)
        yield begin.start(), at


def _headers(text: str) -> Iterator[Span]:
    for found in _HEADER.finditer(text):
        group = "quoted" if found["quoted"] is not None else "open"
        value = found[group]
        if (
            "=" in value
            or _SCHEME.match(value)
            or secretive(value.split(" ")[0].strip(";,"))
        ):
            start, end = found.span(group)
            rest = _BROKEN_OFF.match(text, end)
            yield start, rest.end() if rest and secretive(rest["v"]) else end


def _named_tokens(text: str) -> Iterator[Span]:
    lower, done = lowered(text), 0
    for end, name in sorted(places(lower, _NAMES)):
        if end < done or not _names_secret(
            lower[max(0, end - len(name) - 9) : end], name
        ):
            continue
        if found := _NAMED_VALUE.match(text, end):
            done = found.end()
            # After "=" or a quote stands a value; after a colon it may be a sentence.
            assigned = "=" in found["mark"] or found["mark"][-1] in "\"'"
            if (name in _CERTAIN and assigned) or secretive(found["v"]):
                yield found.span("v")


def _names_secret(words: str, name: str) -> bool:
    before = words[: -len(name)].rstrip(" _-")
    if name == "key":
        return before.endswith(_KEY_OF)
    return name not in _SHORT_NAMES or not before[-1:].isalpha()


def _bearers(text: str) -> Iterator[Span]:
    return (m.span("v") for m in _BEARER.finditer(text) if secretive(m["v"]))


def _runs(text: str) -> Iterator[Span]:
    for found in _RUN.finditer(text):
        run = found["v"]
        mixed = not run.islower() and not run.isupper()
        if _HEX_KEY.fullmatch(run) or (
            mixed and any(c.isdigit() for c in run) and not _PLAIN_ID.fullmatch(run)
        ):
            yield found.span("v")


def _queries(text: str) -> Iterator[Span]:
    for found in _QUERY.finditer(text):
        if not _OPEN_VALUES.fullmatch(f"{found['name']}={found['v']}"):
            yield found.span("v")


DETECTORS = (
    Detector(
        Kind.PRIVATE_KEY,
        lambda clues: clues.has("private key"),
        _private_keys,
    ),
    Detector(
        Kind.HEADER,
        lambda clues: (
            clues.signs and clues.has("authorization", "cookie", "x-a", "x-g")
        ),
        _headers,
        AcrossLines.NO,
    ),
    Detector(
        Kind.JWT,
        lambda clues: clues.has("eyj"),
        values(_JWT),
        AcrossLines.IF_SECRETIVE,
    ),
    Detector(
        Kind.TOKEN,
        lambda clues: clues.has("bearer"),
        _bearers,
        AcrossLines.IF_SECRETIVE,
    ),
    Detector(
        Kind.TOKEN,
        lambda clues: clues.longest_run >= LEAST_TOKEN,
        values(_PREFIXED),
        AcrossLines.IF_SECRETIVE,
    ),
    Detector(
        Kind.USERINFO, lambda clues: clues.has("://"), values(_USERINFO), AcrossLines.NO
    ),
    Detector(Kind.USERINFO, lambda clues: clues.has("://"), values(_LOGIN)),
    Detector(Kind.QUERY, lambda clues: clues.signs, _queries, AcrossLines.IF_SECRETIVE),
    Detector(
        Kind.TOKEN,
        lambda clues: clues.signs and clues.has(*_NAMES),
        _named_tokens,
        AcrossLines.IF_SECRETIVE,
    ),
    Detector(
        Kind.TOKEN,
        lambda clues: clues.longest_run >= LONG_RUN,
        _runs,
        AcrossLines.IF_SECRETIVE,
    ),
)
