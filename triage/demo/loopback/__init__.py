"""How do the providers behave that live on this machine and follow a script?

``behaviours`` says what happens to a message, ``dialects`` in which words it is said,
``ledger`` remembers what a person would have received, ``server`` answers, and
``postman`` brings receipts to the desk.
"""

from triage.demo.loopback.behaviours import HOST, Behaviour, Place, address, place_of
from triage.demo.loopback.ledger import Call, Count, Ledger
from triage.demo.loopback.server import GONE_PREFIX, RETRY_AFTER_S, Loopback, Taken

__all__ = [
    "GONE_PREFIX",
    "HOST",
    "RETRY_AFTER_S",
    "Behaviour",
    "Call",
    "Count",
    "Ledger",
    "Loopback",
    "Place",
    "Taken",
    "address",
    "place_of",
]
