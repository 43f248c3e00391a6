"""Why did it fail? Evidence is collected once and pure judges weigh it.

``collect`` holds the only queries, ``engine`` the judgement, ``record`` the rows.
"""

from triage.diagnosis.record import (
    diagnose,
    diagnose_attempt,
    diagnose_event,
    give_up_waiting,
)

__all__ = ["diagnose", "diagnose_attempt", "diagnose_event", "give_up_waiting"]
