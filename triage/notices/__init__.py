"""How do reporters learn what became of their reports, over a channel that works?

``planning`` writes one due row for each reporter and update, ``ways`` chooses the
channel, ``words`` writes the letter, ``leaving`` hands it over to be sent like any
other message: past the gate, once. ``audience`` foresees all of it.
``links`` and ``budget`` are about the status page.
"""

from triage.notices.audience import Audience, audience
from triage.notices.leaving import BATCH, follow, park_exhausted, send_due
from triage.notices.planning import (
    HOLD,
    Told,
    ask,
    by_event,
    not_told,
    plan,
    reopened,
    reply,
    reporters,
    take_back,
    told_of,
)

__all__ = [
    "BATCH",
    "HOLD",
    "Audience",
    "Told",
    "ask",
    "audience",
    "by_event",
    "follow",
    "not_told",
    "park_exhausted",
    "plan",
    "reopened",
    "reply",
    "reporters",
    "send_due",
    "take_back",
    "told_of",
]
