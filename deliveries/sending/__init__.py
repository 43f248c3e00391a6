"""How is one message sent, once, and what is known afterwards?

``planning`` writes a try down, ``running`` claims and makes it, ``recording`` writes
what came back, and ``evidence`` takes in what is learned later.
"""

from deliveries.sending.evidence import Said, prove, sweep_silence
from deliveries.sending.planning import NotSendable, Outstanding, plan
from deliveries.sending.running import send_due

__all__ = [
    "NotSendable",
    "Outstanding",
    "Said",
    "plan",
    "prove",
    "send_due",
    "sweep_silence",
]
