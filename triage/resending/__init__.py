"""Which failed messages may a person send again in bulk, and who has to agree?

``drafting`` finds what is meant, in the scope of the tickets; ``deciding`` is what may
be done with a plan. From there on ``deliveries.resend`` does the rest and knows no
ticket.
"""

from deliveries.models import CANARY, RAMP, RATE_PER_S
from triage.resending.deciding import (
    Actions,
    NotNow,
    actions,
    decide,
    find,
    refuse,
    roles_on,
    to_be_planned,
    to_be_refused,
)
from triage.resending.drafting import Pace, Query, draft, tickets_of

__all__ = [
    "CANARY",
    "RAMP",
    "RATE_PER_S",
    "Actions",
    "NotNow",
    "Pace",
    "Query",
    "actions",
    "decide",
    "draft",
    "find",
    "refuse",
    "roles_on",
    "tickets_of",
    "to_be_planned",
    "to_be_refused",
]
