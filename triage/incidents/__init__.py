"""What do people decide about an incident as a whole, and how is it taken back?"""

from triage.incidents.acting import Effect, MergeInto, effect
from triage.incidents.answering import (
    answer,
    may_answer,
    permit_answer,
    reports_of,
    stamp,
)
from triage.incidents.carrying import Part
from triage.incidents.counting import recount
from triage.incidents.finding import end_of, find, merges_into, named
from triage.incidents.merging import Preview, merge, preview, undo_merge
from triage.incidents.muting import (
    UNNOTICED,
    Mute,
    acknowledge,
    mute,
    unmute,
    wake_due,
)
from triage.incidents.pairing import Rehearsal, merge_tickets, rehearse_tickets
from triage.incidents.splitting import split, split_ticket, undo_split
from triage.incidents.undoing import is_ours, undo

__all__ = [
    "UNNOTICED",
    "Effect",
    "MergeInto",
    "Mute",
    "Part",
    "Preview",
    "Rehearsal",
    "acknowledge",
    "answer",
    "effect",
    "end_of",
    "find",
    "is_ours",
    "may_answer",
    "merge",
    "merge_tickets",
    "merges_into",
    "mute",
    "named",
    "permit_answer",
    "preview",
    "recount",
    "rehearse_tickets",
    "reports_of",
    "split",
    "split_ticket",
    "stamp",
    "undo",
    "undo_merge",
    "undo_split",
    "unmute",
    "wake_due",
]
