"""What would a change of routing, promises or hours have meant, before it is saved?

A rehearsal is work that a person started and watches: they may leave, find it again on
the same page, and save what was counted as long as nobody has changed the rules.
"""

from triage.rehearsals.asking import (
    KEPT,
    Proposal,
    Subject,
    ask,
    digest,
    forget,
    latest,
    recent,
    was_counted,
)
from triage.rehearsals.running import INLINE, carry_out, forgotten, remove_old

__all__ = [
    "INLINE",
    "KEPT",
    "Proposal",
    "Subject",
    "ask",
    "carry_out",
    "digest",
    "forget",
    "forgotten",
    "latest",
    "recent",
    "remove_old",
    "was_counted",
]
