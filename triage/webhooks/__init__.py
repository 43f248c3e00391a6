"""How is a source told what happens to its messages?

``emitting`` writes down whom to tell, in the transaction of the cause; ``delivering``
calls them, as long as ``schedule`` says; ``endpoints`` is what their owner decides.
"""

from triage.webhooks.delivering import deliver_due
from triage.webhooks.emitting import emit, emit_reports, is_heard
from triage.webhooks.endpoints import (
    MOST_ENDPOINTS,
    AlreadyDisabled,
    BadAddress,
    TooMany,
    change,
    create,
    recover,
    redeliver,
    remove,
    rotate,
    try_out,
)

__all__ = [
    "MOST_ENDPOINTS",
    "AlreadyDisabled",
    "BadAddress",
    "TooMany",
    "change",
    "create",
    "deliver_due",
    "emit",
    "emit_reports",
    "is_heard",
    "recover",
    "redeliver",
    "remove",
    "rotate",
    "try_out",
]
