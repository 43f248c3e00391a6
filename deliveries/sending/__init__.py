"""How is one message sent, once, and what is known afterwards?

``planning`` writes a try down, ``running`` makes it: ``waves`` says what goes together,
``beginning`` asks the gate and commits, ``recording`` writes what came back.
``evidence`` takes in what is learned later. ``delegating`` is for sources that send
themselves, ``steps`` tells of those of a bulk resend.
"""

from deliveries.sending.asking import is_pending, pending
from deliveries.sending.delegating import (
    Over,
    Result,
    Speaker,
    StaleGeneration,
    Taken,
    Told,
    acknowledge,
    refuse,
    report,
)
from deliveries.sending.evidence import Said, prove, sweep_silence
from deliveries.sending.planning import NotSendable, Outstanding, plan
from deliveries.sending.running import send_due
from deliveries.sending.settling import NotOpen, by_person
from deliveries.sending.silence import follow_due as follow_delegated

__all__ = [
    "NotOpen",
    "NotSendable",
    "Outstanding",
    "Over",
    "Result",
    "Said",
    "Speaker",
    "StaleGeneration",
    "Taken",
    "Told",
    "acknowledge",
    "by_person",
    "follow_delegated",
    "is_pending",
    "pending",
    "plan",
    "prove",
    "refuse",
    "report",
    "send_due",
    "sweep_silence",
]
