"""How do operators teach the diagnosis, and what would their rules have changed?"""

from triage.teaching.deciding import (
    change,
    is_resent_at_once,
    latest_rehearsal,
    refusal,
    retire,
    switch_off,
    switch_on,
    teach,
)
from triage.teaching.lessons import MOST_STANDING, Lesson, fits
from triage.teaching.rehearsing import MOST_REPORTS, ask, give_up, rehearse, stop

__all__ = [
    "MOST_REPORTS",
    "MOST_STANDING",
    "Lesson",
    "ask",
    "change",
    "fits",
    "give_up",
    "is_resent_at_once",
    "latest_rehearsal",
    "refusal",
    "rehearse",
    "retire",
    "stop",
    "switch_off",
    "switch_on",
    "teach",
]
