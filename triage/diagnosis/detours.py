"""Is there another channel where no other route is left?

Asked only then, as few failures come that far: the person's other addresses, the gate
for each, and whether there are words that another channel can carry.
"""

from datetime import datetime

from deliveries import fallback
from deliveries.fallback import Obstacle, Way
from deliveries.models import Message
from triage.diagnosis.plan import Action, Plan, Why

# Here the channel itself is at fault, so another route over it would fail alike.
FAULT_OF_CHANNEL = ("recipient.channel_unsupported",)

_WHY = {
    Obstacle.NO_ADDRESS: Why.NO_OTHER_ADDRESS,
    Obstacle.NOT_VERIFIED: Why.NOT_VERIFIED,
    Obstacle.NOT_ALLOWED: Why.NOT_ALLOWED_THERE,
    Obstacle.NO_ROUTE: Why.NO_OTHER_ROUTE,
    Obstacle.NO_WORDS: Why.NO_WORDS_FOR_IT,
}


def around(plan: Plan, message: Message | None, category: str, now: datetime) -> Plan:
    """Return a plan over another channel, if this one needs it and there is one.

    Where there is none, the plan that hands over to people says why.
    """
    stuck = plan.reason is Why.NO_OTHER_ROUTE
    useless = plan.action is Action.OTHER_ROUTE and category in FAULT_OF_CHANNEL
    if message is None or not (stuck or useless):
        return plan
    found = fallback.find(message, now)
    if isinstance(found, Way):
        over = {"from": message.channel, "to": found.address.channel}
        return Plan(Action.OTHER_CHANNEL, Why.OTHER_CHANNEL, now, over)
    return Plan(Action.HUMAN, _WHY[found]) if stuck else plan
