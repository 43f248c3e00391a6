"""Why did it fail? Evidence is collected once, pure judges weigh it, and a report says it.

``collect`` holds the only queries, ``engine`` the judgement, ``record`` the rows.
"""

from triage.diagnosis.record import diagnose, diagnose_attempt, give_up_waiting

__all__ = ["diagnose", "diagnose_attempt", "give_up_waiting"]
