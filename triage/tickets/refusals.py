"""In which ways can a decision about a ticket be refused?"""

from triage.models import Ticket, TicketEvent


class NotFound(Exception):
    """There is no such ticket in the actor's scope."""


class Forbidden(Exception):
    """The ticket is in scope, but this is not the actor's to do.

    ``reason`` is a sentence for the person, where the role alone does not explain it.
    """

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class Invalid(Exception):
    """A field does not make sense; ``field`` names it, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Conflict(Exception):
    """Somebody was first. ``event`` says who did what, and when."""

    def __init__(self, ticket: Ticket, event: TicketEvent | None) -> None:
        super().__init__(ticket, event)
        self.ticket = ticket
        self.event = event
