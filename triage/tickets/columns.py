"""Which columns of a ticket does a decision change, and what would put them back?

An event keeps, beside what it says to people, the value that each changed column had
and the one it got. An undo writes the former values, if the later ones still stand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from triage.models import Ticket, TicketState

# What people decide about a ticket. A solution is undone by reopening the ticket.
DECIDED = (
    "assignee_id",
    "state",
    "waiting_on",
    "wait_until",
    "queue_id",
    "tier_override",
    "tier_override_reason",
    "category_override_id",
)
Columns = dict[str, Any]


def complete(ticket: Ticket, changes: Mapping[str, Any]) -> Columns:
    """Add what follows: a ticket that no longer waits has no time to wait until."""
    found = dict(changes)
    state = found.get("state", ticket.state)
    if state != TicketState.WAITING and ticket.wait_until is not None:
        found["wait_until"] = None
    return found


def inverse(ticket: Ticket, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write down what the changes, not yet made, replace."""
    names = [name for name in changes if name in DECIDED]
    return {
        "was": {name: _to_json(getattr(ticket, name)) for name in names},
        "became": {name: _to_json(changes[name]) for name in names},
    }


def still_stands(ticket: Ticket, stored: Mapping[str, Any]) -> bool:
    """Whether every column still has the value that the event gave it."""
    became: Mapping[str, Any] = stored["became"]
    return all(_to_json(getattr(ticket, name)) == became[name] for name in became)


def former(stored: Mapping[str, Any]) -> Columns:
    """Return the values that an undo writes."""
    return {name: _from_json(name, value) for name, value in stored["was"].items()}


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _from_json(name: str, value: Any) -> Any:
    if name == "wait_until" and value is not None:
        return datetime.fromisoformat(value)
    return value
