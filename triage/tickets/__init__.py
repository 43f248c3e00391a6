"""What do people decide about a ticket, and how does it come to them?"""

from triage.tickets.decisions import (
    NOTE_MAX,
    hand_over,
    note,
    staff_text,
    take,
)
from triage.tickets.locking import (
    decide,
    latest_decision,
    locked,
    locked_with_reports,
)
from triage.tickets.opening import open_or_join, reopen, take_up
from triage.tickets.rediagnosing import Rediagnosed, diagnose_again
from triage.tickets.refusals import Conflict, Forbidden, Invalid, NotFound
from triage.tickets.retrying import (
    holding,
    in_words,
    of_holding,
    refusal,
    retry_now,
)
from triage.tickets.settling import settle

__all__ = [
    "NOTE_MAX",
    "Conflict",
    "Forbidden",
    "Invalid",
    "NotFound",
    "Rediagnosed",
    "decide",
    "diagnose_again",
    "hand_over",
    "holding",
    "in_words",
    "latest_decision",
    "locked",
    "locked_with_reports",
    "note",
    "of_holding",
    "open_or_join",
    "refusal",
    "reopen",
    "retry_now",
    "settle",
    "staff_text",
    "take",
    "take_up",
]
