"""What does a returned mail change? It is signed by nobody, so little by itself.

It names its message by our own name of the try, which stands in the return path and
the ``Message-ID``; nobody who did not get the mail could guess that.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from deliveries.models import Fate, HookEndpoint
from deliveries.readers import MailKind, MailReading, read_mail
from deliveries.receipts.finding import Finder, names_in
from deliveries.receipts.taking import Bearer, take_all
from deliveries.receipts.vocabulary import EventType, Receipt

LONGEST_MAIL = 10 * 1024 * 1024  # bytes that are taken in
LOOKED_AT = 1024 * 1024  # bytes in which a name is looked for
MOST_IDS = 20  # ids of mails that are looked up

TYPES = {
    MailKind.BOUNCE: EventType.BOUNCED,
    MailKind.DELAY: EventType.DEFERRED,
    MailKind.DELIVERED: EventType.DELIVERED,
    MailKind.COMPLAINT: EventType.COMPLAINED,
}
# In quoted-printable a line may break within a name.
_SOFT_BREAK = re.compile(r"=\r?\n")
_OWN_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_IDS = re.compile(
    r"^[> ]{0,4}(?:original-)?message-id:\s*<([^<>\s]{1,200})>"
    r"|^(?:in-reply-to|references):\s*<([^<>\s]{1,200})>",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class TakenMail:
    """What became of a mail, and what kind it was."""

    fate: Fate
    kind: MailKind


def take_mail(
    raw: bytes, now: datetime, endpoint: HookEndpoint | None = None
) -> TakenMail:
    """Take a returned mail in; any bytes will do, and the same mail counts once.

    What tells nothing, or of no message of ours, is ``FOREIGN``.
    """
    reading = read_mail(raw)
    kind = TYPES.get(reading.kind)
    if kind is None:
        return TakenMail(Fate.FOREIGN, reading.kind)
    receipt = _receipt(kind, reading, raw)
    finder = Finder(endpoint, [receipt.refs])
    bearer = Bearer(provider=None, trusted=False)
    fates = take_all([receipt], finder, bearer, now)
    return TakenMail(next(iter(fates)), reading.kind)


def tells(raw: bytes) -> bool:
    """Say whether a mail tells anything of another; changes nothing."""
    return read_mail(raw).kind in TYPES


def _receipt(kind: EventType, reading: MailReading, raw: bytes) -> Receipt:
    text = _SOFT_BREAK.sub("", raw[:LOOKED_AT].decode("utf-8", "replace"))
    own = _OWN_ID.search(text)
    named = [
        name if generation is None else f"{name}:{generation}"
        for name, generation in names_in(text)
    ]
    ids = [first or second for first, second in _IDS.findall(text)]
    return Receipt(
        type=kind,
        refs=(*named, *dict.fromkeys(ids[:MOST_IDS])),
        code=reading.smtp_code,
        enhanced_code=reading.enhanced_code,
        words=reading.answer,
        # A mail that is fetched twice has the same id; one without is its own name.
        stable=(own[1] if own else hashlib.sha256(raw).hexdigest(),),
    )
