"""Which failed messages may a person send again in bulk, and who has to agree?

``drafting`` finds what is meant, in the scope of the tickets; ``deciding`` is what may
be done with a plan. From there on ``deliveries.resend`` does the rest and knows no
ticket.
"""

from triage.resending.deciding import (
    Actions,
    NotNow,
    actions,
    decide,
    find,
    roles_on,
    to_be_planned,
)
from triage.resending.drafting import Pace, Query, draft

__all__ = [
    "Actions",
    "NotNow",
    "Pace",
    "Query",
    "actions",
    "decide",
    "draft",
    "find",
    "roles_on",
    "to_be_planned",
]
