"""Why did it fail? Evidence is collected once and pure judges weigh it.

``collect`` holds the only queries, ``engine`` the judgement, ``plan`` what happens
next, ``record`` the rows, ``again`` a second run and what it changed.
"""

from triage.diagnosis.again import Again, foresee, rerun
from triage.diagnosis.record import (
    Judged,
    diagnose,
    diagnose_attempt,
    diagnose_event,
    give_up_waiting,
)

__all__ = [
    "Again",
    "Judged",
    "diagnose",
    "diagnose_attempt",
    "diagnose_event",
    "foresee",
    "give_up_waiting",
    "rerun",
]
