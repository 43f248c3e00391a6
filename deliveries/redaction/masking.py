"""How is an address shown to people who need to recognise, not to know it?"""

import re
from urllib.parse import urlsplit

DOTS = "•••"
PHONE_DOTS = "•••••"

# Calling codes of two digits (ITU-T E.164); 1 and 7 have one, all others three.
_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def mask_address(channel: str, value: str) -> str:
    """Return an address as every view shows it; the number of dots tells no length.

    ``j•••@example.org``, ``+86 138•••••21``, ``https://example.org/•••``; of anything
    else (device tokens, user ids) the first letter at most stays.
    """
    value = value.strip()
    if "@" in value[1:] and channel in ("email", "social", "chat"):
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}{DOTS}@{domain}"
    if channel == "webhook" and "://" in value:
        return _masked_url(value)
    digits = "".join(filter(str.isdigit, value))
    if len(digits) >= 7 and not any(map(str.isalpha, value)):
        return _masked_number(digits, with_country=value.startswith(("+", "00")))
    return f"{value[:1]}{DOTS}" if len(value) > 1 else DOTS


def _masked_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:  # a bracket that is not an IPv6 address
        return DOTS
    return f"{parts.scheme}://{host}/{DOTS}"


def _masked_number(digits: str, *, with_country: bool) -> str:
    country = ""
    if with_country:
        digits = digits.lstrip("0")
        size = 1 if digits[:1] in "17" else 2 if _TWO_DIGITS.match(digits) else 3
        country, digits = f"+{digits[:size]} ", digits[size:]
    # Of a short number less stays: what is hidden is at least half of it.
    head = 3 if len(digits) >= 10 else 2 if len(digits) >= 8 else 1
    return f"{country}{digits[:head]}{PHONE_DOTS}{digits[-2:] if head > 1 else ''}"
