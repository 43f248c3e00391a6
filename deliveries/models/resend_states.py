"""Where can a bulk resend and each of its messages stand, and what leads where?"""

from django.db import models
from django.utils.translation import gettext_lazy as _

RAMP = (50, 100, 200)  # messages of each step after the canary; the last repeats


class ResendState(models.TextChoices):
    """Where an operation stands."""

    DRAFT = "draft", _("Being planned")
    PLANNED = "planned", _("Planned")
    APPROVED = "approved", _("Approved")
    CANARY = "canary", _("Canary")
    RAMPING = "ramping", _("Ramping")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    ABORTED = "aborted", _("Stopped by its rule")
    CANCELLED = "cancelled", _("Cancelled")


S = ResendState
UNDER_WAY = (S.CANARY, S.RAMPING)
BEGUN = (*UNDER_WAY, S.PAUSED, S.COMPLETED, S.ABORTED)
OVER = (S.COMPLETED, S.ABORTED, S.CANCELLED)
TRANSITIONS: dict[ResendState, frozenset[ResendState]] = {
    S.DRAFT: frozenset({S.PLANNED, S.CANCELLED}),
    S.PLANNED: frozenset({S.APPROVED, S.CANCELLED}),
    S.APPROVED: frozenset({S.CANARY, S.CANCELLED}),
    S.CANARY: frozenset({S.RAMPING, S.COMPLETED, S.PAUSED, S.ABORTED, S.CANCELLED}),
    S.RAMPING: frozenset({S.COMPLETED, S.PAUSED, S.ABORTED, S.CANCELLED}),
    S.PAUSED: frozenset({S.CANARY, S.RAMPING, S.CANCELLED}),
    S.COMPLETED: frozenset(),
    S.ABORTED: frozenset(),
    S.CANCELLED: frozenset(),
}


class ItemState(models.TextChoices):
    """Where one message of an operation stands."""

    PLANNED = "planned", _("Not yet sent")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent, no proof yet")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown, a person settles it")
    CANCELLED = "cancelled", _("Not sent: stopped before")
    EXCLUDED = "excluded", _("Left out")


I = ItemState  # noqa: E741  # one letter, as for the states above
OUTSTANDING = (I.PLANNED, I.CLAIMED, I.SENT, I.UNKNOWN)
ITEM_TRANSITIONS: dict[ItemState, frozenset[ItemState]] = {
    I.PLANNED: frozenset({I.CLAIMED, I.CANCELLED, I.EXCLUDED}),
    I.CLAIMED: frozenset(
        {I.SENT, I.DELIVERED, I.FAILED, I.UNKNOWN, I.CANCELLED, I.EXCLUDED}
    ),
    I.SENT: frozenset({I.DELIVERED, I.FAILED, I.UNKNOWN}),
    I.UNKNOWN: frozenset({I.DELIVERED, I.FAILED}),
    I.DELIVERED: frozenset(),
    I.FAILED: frozenset(),
    I.CANCELLED: frozenset(),
    I.EXCLUDED: frozenset(),
}


class Exclusion(models.TextChoices):
    """Why a message is left out."""

    EXPIRED = "expired", _("The message is past its time")
    SUPERSEDED = "superseded", _("A newer message replaced it")
    ALREADY_DELIVERED = "already_delivered", _("It arrived meanwhile")
    SUPPRESSED = "suppressed", _("The address is suppressed")
    NO_CONSENT = "no_consent", _("No consent for this purpose")
    IN_FLIGHT = "in_flight", _("It is on its way, or another resend holds it")
    QUIET_HOURS = "quiet_hours", _("It is quiet time where the person lives")
    OVER_CAP = "over_cap", _("The person was written to often enough for now")
    NEVER_UNREMEDIED = "never_unremedied", _("The cause is not lifted")
    NO_ROUTE = "no_route", _("No route leads there")
    NOT_RESENDABLE = "not_resendable", _("It cannot be sent again as it is")


class Fault(models.TextChoices):
    """Why the machine stopped an operation."""

    TOO_MANY_FAILED = "too_many_failed", _("Too many of the last messages failed.")
    NEW_CAUSE = "new_cause", _("A cause came up that must not be sent again.")
    CRASHED = "crashed", _("Three workers could not go on with it.")
    NO_WORKER = "no_worker", _("No worker took the planning up.")
