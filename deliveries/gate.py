"""May we send this message now, and if not, why not?

Every path to a provider asks here, after its attempt was claimed. An answer is always
whole: all the reasons, not the first one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import breaker, limits
from deliveries.models import (
    Consent,
    ConsentState,
    DeliveryAttempt,
    Message,
    MessageState,
    Outcome,
    Purpose,
    Suppression,
)

RUNNING = (Outcome.PLANNED, Outcome.SENDING)
# Purposes for which a person must have said yes.
ONLY_WITH_CONSENT = (Purpose.SOCIAL, Purpose.MARKETING)


class GateCode(models.TextChoices):
    """Why a message is not sent."""

    DELIVERED = "delivered", _("It has already arrived.")
    CANCELLED = "cancelled", _("It was cancelled.")
    EXPIRED = "expired", _("Its time is over.")
    SUPERSEDED = "superseded", _("A newer message takes its place.")
    SUPPRESSED = "suppressed", _("This address must not be written to.")
    NO_CONSENT = "no_consent", _("The person has not agreed to this.")
    OUTSTANDING = "outstanding", _("Another try is already under way.")
    NO_ROUTE = "no_route", _("The route or its provider is switched off.")
    BREAKER = "breaker", _("The route is interrupted.")
    QUIET_HOURS = "quiet_hours", _("It is quiet time where the person lives.")
    OVER_CAP = "over_cap", _("The person has been written to often enough for now.")


# What passes by itself; the try waits instead of coming to an end.
PASSING = frozenset({GateCode.BREAKER, GateCode.QUIET_HOURS, GateCode.OVER_CAP})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to send, and the codes of everything that speaks against it.

    ``wait_until`` (UTC) is set where nothing does but what passes by itself.
    """

    codes: tuple[GateCode, ...] = ()
    wait_until: datetime | None = None

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
        GateCode.NO_CONSENT: not _has_consent(message),
        # A constraint admits one running try a message, so the one that asks is it.
        GateCode.OUTSTANDING: attempt is None and _is_outstanding(message),
        GateCode.NO_ROUTE: attempt is not None and not _is_in_use(attempt),
    }
    until = {
        code: end
        for code, end in _waits(message, attempt, now).items()
        if end is not None
    }
    final = tuple(code for code, holds in against.items() if holds)
    wait_until = max(until.values()) if until and not final else None
    return Verdict((*final, *until), wait_until)


def _waits(
    message: Message, attempt: DeliveryAttempt | None, now: datetime
) -> dict[GateCode, datetime | None]:
    """Return until when each thing that passes by itself holds."""
    waits = {}
    if attempt is not None:
        waits[GateCode.BREAKER] = breaker.shut_until(attempt.route, now)
    # A call that may have been made already was counted, and is not made a new one.
    if attempt is None or attempt.outcome == Outcome.PLANNED:
        waits[GateCode.QUIET_HOURS] = limits.quiet_until(message, now)
        waits[GateCode.OVER_CAP] = limits.over_until(message, now)
    return waits


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


def _has_consent(message: Message) -> bool:
    """Say whether the person's consent covers the purpose.

    Who has withdrawn is written to for reasons of security alone.
    """
    if message.purpose == Purpose.SECURITY:
        return True
    address = message.address
    if address is None:
        return message.purpose not in ONLY_WITH_CONSENT
    rows = Consent.objects.filter(address=address, purpose=message.purpose)
    state = rows.exclude(state=ConsentState.LAPSED).values_list("state", flat=True)
    current = state.first()
    if message.purpose in ONLY_WITH_CONSENT:
        return current == ConsentState.CONFIRMED
    return current != ConsentState.WITHDRAWN


def _is_outstanding(message: Message) -> bool:
    return message.attempts.filter(outcome__in=RUNNING).exists()


def _is_in_use(attempt: DeliveryAttempt) -> bool:
    return attempt.route.enabled and attempt.route.provider.enabled
