"""What do providers tell us afterwards? Verify, deduplicate, move evidence forward.

``endpoints`` is the way in, ``schemes`` the proof, ``reading`` the providers' words,
``finding`` the message, ``taking`` the effect, and ``mails`` returned mail.
"""

from deliveries.receipts.endpoints import (
    BadEndpoint,
    NotAuthentic,
    Proof,
    asks_for_echo,
    best_scheme,
    check,
    echo,
    find,
    is_form,
    is_looked_at,
    issue,
    path_of,
    take,
)
from deliveries.receipts.knock import Knock
from deliveries.receipts.mails import LONGEST_MAIL, TakenMail, take_mail, tells
from deliveries.receipts.sns import CannotTell
from deliveries.receipts.taking import believable, count

__all__ = [
    "LONGEST_MAIL",
    "BadEndpoint",
    "CannotTell",
    "Knock",
    "NotAuthentic",
    "Proof",
    "TakenMail",
    "asks_for_echo",
    "believable",
    "best_scheme",
    "check",
    "count",
    "echo",
    "find",
    "is_form",
    "is_looked_at",
    "issue",
    "path_of",
    "take",
    "take_mail",
    "tells",
]
