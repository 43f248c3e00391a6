"""What do people decide about a ticket, and how does it come to them?"""

from triage.tickets.acting import do
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
from triage.tickets.opening import (
    open_or_join,
    reopen,
    take_up,
    take_up_again,
)
from triage.tickets.rediagnosing import Rediagnosed, diagnose_again
from triage.tickets.refusals import Conflict, Forbidden, Invalid, NotFound
from triage.tickets.retrying import (
    Inquiry,
    Standing,
    in_words,
    of_holding,
    refusal,
    retry_now,
)
from triage.tickets.settling import settle
from triage.tickets.undoing import RECENT, latest, may_undo, undo, why_not
from triage.tickets.waking import wake_due

__all__ = [
    "NOTE_MAX",
    "RECENT",
    "Conflict",
    "Forbidden",
    "Inquiry",
    "Invalid",
    "NotFound",
    "Rediagnosed",
    "Standing",
    "decide",
    "diagnose_again",
    "do",
    "hand_over",
    "in_words",
    "latest",
    "latest_decision",
    "locked",
    "locked_with_reports",
    "may_undo",
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
    "take_up_again",
    "undo",
    "wake_due",
    "why_not",
]
