"""How do we call a machine that is not ours without being led astray?"""

from deliveries.outbound.addresses import is_public
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
)

__all__ = [
    "MAX_BODY",
    "TOTAL_S",
    "Answer",
    "InsideTransaction",
    "Refused",
    "RefusedReason",
    "Result",
    "Unclear",
    "UnclearReason",
    "is_public",
    "request",
]
