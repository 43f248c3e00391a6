"""Which states has a question, and why does a text wait for a moderator?"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class QuestionState(models.TextChoices):
    """Where a question stands."""

    OPEN = "open", pgettext_lazy("question", "Unanswered")
    ANSWERED = "answered", pgettext_lazy("question", "Answered")
    ACCEPTED = "accepted", pgettext_lazy("question", "Solved")
    CLOSED = "closed", pgettext_lazy("question", "Closed")
    CONVERTED = "converted", pgettext_lazy("question", "Now with the team")


Q = QuestionState

# The ways back are a moderator's: an answer that is hidden answers nothing any more.
QUESTION_TRANSITIONS: dict[str, frozenset[str]] = {
    Q.OPEN: frozenset({Q.ANSWERED, Q.CLOSED, Q.CONVERTED}),
    Q.ANSWERED: frozenset({Q.ACCEPTED, Q.CLOSED, Q.CONVERTED, Q.OPEN}),
    Q.ACCEPTED: frozenset({Q.ANSWERED, Q.OPEN}),
    Q.CLOSED: frozenset(),
    Q.CONVERTED: frozenset(),
}


class Moderation(models.TextChoices):
    """Who reads a text."""

    HELD = "held", _("Waits for a moderator")
    SHOWN = "shown", _("Shown")
    HIDDEN = "hidden", _("Hidden")


class HeldFor(models.TextChoices):
    """Why a text waits for a moderator."""

    TRAP = "trap", _("A field was filled in that no person sees")
    FAST = "fast", _("It was sent faster than a person writes")
    MARKUP = "markup", _("It holds a script, a picture or hidden signs")
    LINK_FARM = "link_farm", _("It consists of links")
    LINKS = "links", _("It holds many links")
    REPEATED = "repeated", _("The same was written elsewhere")
    NEW_LINK = "new_link", _("The first text of its author holds a link")
