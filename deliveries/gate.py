"""May we send this message now, and if not, why not?

Every path to a provider asks here, after its attempt was claimed. An answer is always
whole: all the reasons, not the first one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import (
    DeliveryAttempt,
    Message,
    MessageState,
    Outcome,
    Suppression,
)

RUNNING = (Outcome.PLANNED, Outcome.SENDING)


class GateCode(models.TextChoices):
    """Why a message is not sent."""

    DELIVERED = "delivered", _("It has already arrived.")
    CANCELLED = "cancelled", _("It was cancelled.")
    EXPIRED = "expired", _("Its time is over.")
    SUPERSEDED = "superseded", _("A newer message takes its place.")
    SUPPRESSED = "suppressed", _("This address must not be written to.")
    OUTSTANDING = "outstanding", _("Another try is already under way.")
    NO_ROUTE = "no_route", _("The route or its provider is switched off.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to send, and the codes of everything that speaks against it."""

    codes: tuple[GateCode, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.codes


def check(
    message: Message, *, now: datetime, attempt: DeliveryAttempt | None = None
) -> Verdict:
    """Judge a message as it would be sent at ``now``.

    ``attempt`` is the try that asks, if it was already planned: it does not stand in
    its own way, and its route has to be in use.
    """
    against = {
        GateCode.DELIVERED: message.state == MessageState.DELIVERED,
        GateCode.CANCELLED: message.state == MessageState.CANCELLED,
        GateCode.EXPIRED: _is_expired(message, now),
        GateCode.SUPERSEDED: message.superseded_by.exists(),
        GateCode.SUPPRESSED: _is_suppressed(message, now),
        # A constraint admits one running try a message, so the one that asks is it.
        GateCode.OUTSTANDING: attempt is None and _is_outstanding(message),
        GateCode.NO_ROUTE: attempt is not None and not _is_in_use(attempt),
    }
    return Verdict(tuple(code for code, holds in against.items() if holds))


def _is_expired(message: Message, now: datetime) -> bool:
    if message.state == MessageState.EXPIRED:
        return True
    return message.expires_at is not None and message.expires_at <= now


def _is_suppressed(message: Message, now: datetime) -> bool:
    address = message.address
    if address is None:
        return False
    return (
        Suppression.objects.active(now)
        .filter(
            Q(purpose=None) | Q(purpose=message.purpose),
            source=message.source_id,
            channel=message.channel,
            pseudonym=address.pseudonym,
        )
        .exists()
    )


def _is_outstanding(message: Message) -> bool:
    return message.attempts.filter(outcome__in=RUNNING).exists()


def _is_in_use(attempt: DeliveryAttempt) -> bool:
    return attempt.route.enabled and attempt.route.provider.enabled
