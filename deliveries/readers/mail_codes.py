"""Which codes of their own do mailbox providers write into a reply of mail?

Source: the postmaster pages of Yahoo, Outlook.com, iCloud, Comcast, Cox, NetEase,
T-Online, GoDaddy.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from deliveries.readers import http, smtp
from deliveries.readers.reading import Code, CodeKind

_OWN = re.compile(
    r"\b(?:TSS?\d{2}|BL\d{2}|GL\d{2}|S\d{4}|(?:OU|DY|SC|RP)-\d{3}"  # Yahoo, Outlook
    r"|(?:CS|HM|PH)\d{2}|(?:RL|BL|DY)\d{6}"  # iCloud, Comcast
    r"|(?:CX[A-Z]{2,5}|IPBL\d{4}|URLBL\d{3}|IB\d{3})"  # Cox, GoDaddy
    r"|(?:HL|MI|RP|DT):[A-Z]{3})\b"  # NetEase
    r"|\(BL\)"  # T-Online
)
_SMTP = re.compile(r"[245][0-5]\d")


def codes(raw: str) -> Iterator[Code]:
    """Yield the codes of mailbox providers and, of a report in JSON, its fields.

    Three digits in a report of mail are a reply code, whatever the field is called.
    """
    for found in _OWN.finditer(raw):
        yield Code(CodeKind.PROVIDER, found[0], found.start(), found.end())
    if "{" not in raw and "</" not in raw and "=" not in raw:
        return
    for code in http.of_fields(raw):
        yield replace(code, kind=_kind(code))


def _kind(code: Code) -> CodeKind:
    if smtp.ENHANCED.fullmatch(code.value):
        return CodeKind.ENHANCED
    return CodeKind.SMTP if _SMTP.fullmatch(code.value) else code.kind
