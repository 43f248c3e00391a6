"""How do we call a machine that is not ours without being led astray?"""

from deliveries.outbound.addresses import NoAnswer, NotFound, addresses_of, is_public
from deliveries.outbound.call import (
    MAX_BODY,
    TOTAL_S,
    Answer,
    InsideTransaction,
    Refused,
    RefusedReason,
    Result,
    Unclear,
    UnclearReason,
    request,
    stay_outside,
)
from deliveries.outbound.line import CONNECT_S, authorities
from deliveries.outbound.ways import close_kept, keeps_any, kept_connections

__all__ = [
    "CONNECT_S",
    "MAX_BODY",
    "TOTAL_S",
    "Answer",
    "InsideTransaction",
    "NoAnswer",
    "NotFound",
    "Refused",
    "RefusedReason",
    "Result",
    "Unclear",
    "UnclearReason",
    "addresses_of",
    "authorities",
    "close_kept",
    "is_public",
    "keeps_any",
    "kept_connections",
    "request",
    "stay_outside",
]
