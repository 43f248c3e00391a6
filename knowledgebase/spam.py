"""Is a text of the community doubtful, so that a person looks at it first?

Pure, and linear in the length of the text. A doubt only holds a text back; nothing is
thrown away, as each of these signs is now and then an honest person's.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

FASTEST_S = 3.0  # between the form and the text
MOST_LINKS = 3
SAME_HOST = 3  # links to one host that are more than a pointer
MOST_HIDDEN = 2  # signs that cannot be seen; a few come with copied text
LINK = re.compile(
    r"(?:https?:|ftp:)?//[^\s<>\"'()\[\]]+|www\.[^\s<>\"'()\[\]]+", re.IGNORECASE
)
ACTIVE = re.compile(
    r"<[\s/]{0,8}(?:script|img|iframe|svg|object|embed|style|form|link|meta|base|video"
    r"|audio|math|input|button|a|div|span)\b"
    r"|!\["
    r"|\b(?:java|vb)script\s{0,8}:|\bdata:\w+/|\bfile://"
    r"|&(?:\#|[a-z]{2,8};)",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """How a text came: seconds since its form was given out, None if nobody knows."""

    took_s: float | None
    trap: str = ""


def doubt(text: str, sent: Sent, *, is_new: bool, is_repeated: bool) -> str:
    """Return the first reason to hold a text back (``HeldFor``), or nothing."""
    plain = unicodedata.normalize("NFKC", text)
    links = LINK.findall(plain)
    signs = {
        "trap": bool(sent.trap),
        "fast": sent.took_s is None or sent.took_s < FASTEST_S,
        "markup": bool(ACTIVE.search(plain)) or len(HIDDEN.findall(text)) > MOST_HIDDEN,
        "link_farm": _is_farm(plain, links),
        "links": len(links) > MOST_LINKS,
        "repeated": is_repeated,
        "new_link": is_new and bool(links),
    }
    return next((name for name, speaks in signs.items() if speaks), "")


def _is_farm(text: str, links: list[str]) -> bool:
    if not links:
        return False
    hosts = Counter(_host(link) for link in links)
    mostly = sum(map(len, links)) * 2 > len(text.strip())
    return mostly or hosts.most_common(1)[0][1] >= SAME_HOST


def _host(link: str) -> str:
    address = link if "//" in link else f"//{link}"
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return link
