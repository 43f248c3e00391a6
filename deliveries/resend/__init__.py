"""How are many messages sent again without doing harm?

``planning`` judges each of them and freezes the set, ``deciding`` is what people may do
with it, ``advancing`` sends a canary and then a ramp, and stops by itself.
"""

from deliveries.resend.advancing import advance_due
from deliveries.resend.deciding import NotNow, approve, cancel, pause, refuse, start
from deliveries.resend.planning import Order, draft, forgotten, plan
from deliveries.resend.remedies import OFFERED, PATCHABLE

__all__ = [
    "OFFERED",
    "PATCHABLE",
    "NotNow",
    "Order",
    "advance_due",
    "approve",
    "cancel",
    "draft",
    "forgotten",
    "pause",
    "plan",
    "refuse",
    "start",
]
