"""In which ways can a step with an article be refused?"""

from knowledgebase.models import ArticleEvent


class Forbidden(Exception):
    """The article may be read, but this is not the actor's to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(Exception):
    """A field does not make sense; ``field`` names it, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Conflict(Exception):
    """Somebody was first. ``event`` says who did what, and when, if it is known."""

    def __init__(self, event: ArticleEvent | None) -> None:
        super().__init__(event)
        self.event = event
