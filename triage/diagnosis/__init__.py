"""Why did it fail? Evidence is collected once and pure judges weigh it.

``collect`` holds the only queries, ``engine`` the judgement, ``plan`` what happens
next, ``record`` the rows, ``again`` a second run and what it changed.
"""

from triage.diagnosis.again import Again, foresee, rerun
from triage.diagnosis.record import diagnose, diagnose_attempt, give_up_waiting

__all__ = [
    "Again",
    "diagnose",
    "diagnose_attempt",
    "foresee",
    "give_up_waiting",
    "rerun",
]
