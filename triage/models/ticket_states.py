"""Where can a ticket stand, how urgent may it be, and how does it move?"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    """How urgent a ticket is."""

    S1 = "S1", _("S1 urgent")
    S2 = "S2", _("S2 high")
    S3 = "S3", _("S3 normal")
    S4 = "S4", _("S4 low")


class TicketState(models.TextChoices):
    """Where a ticket stands. Verified cannot be set by hand."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    IN_REPAIR = "in_repair", _("In repair")
    SOLVED = "solved", _("Solved")
    VERIFIED = "verified", _("Verified")
    CLOSED_UNVERIFIED = "closed_unverified", _("Closed, not verified")
    MERGED = "merged", _("Merged")


class WaitingOn(models.TextChoices):
    """Whom a waiting ticket waits for."""

    REPORTER = "reporter", _("The reporter")
    PROVIDER = "provider", _("The provider")
    ENGINEERING = "engineering", _("Engineering")
    APPROVAL = "approval", _("An approval")


T = TicketState
TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    T.NEW: frozenset({T.OPEN, T.WAITING, T.MERGED, T.SOLVED, T.IN_REPAIR}),
    T.OPEN: frozenset({T.IN_REPAIR, T.WAITING, T.SOLVED, T.MERGED}),
    T.WAITING: frozenset({T.OPEN, T.IN_REPAIR, T.SOLVED, T.MERGED}),
    T.IN_REPAIR: frozenset({T.OPEN, T.WAITING, T.SOLVED, T.MERGED}),
    T.SOLVED: frozenset({T.VERIFIED, T.CLOSED_UNVERIFIED, T.OPEN}),
    T.VERIFIED: frozenset({T.OPEN, T.MERGED}),
    T.CLOSED_UNVERIFIED: frozenset({T.OPEN, T.MERGED}),
    T.MERGED: frozenset({T.NEW, T.OPEN, T.WAITING, T.IN_REPAIR, T.SOLVED}),
}
# A solved ticket is live because it is not proven.
LIVE = (T.NEW, T.OPEN, T.WAITING, T.IN_REPAIR, T.SOLVED)
PAST = (T.VERIFIED, T.CLOSED_UNVERIFIED, T.MERGED)
UNSOLVED = (T.NEW, T.OPEN, T.WAITING, T.IN_REPAIR)
HAS_RESOLUTION = (T.SOLVED, T.VERIFIED, T.CLOSED_UNVERIFIED)
