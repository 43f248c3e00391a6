"""May we send this message now, and if not, why not?

Every path to a provider asks here, after its attempt was claimed. An answer is always
whole: all the reasons, not the first one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries import breaker, limits
from deliveries.models import (
    Consent,
    ConsentState,
    DeliveryAttempt,
    ItemState,
    Message,
    MessageState,
    Outcome,
    Purpose,
    ResendItem,
    ResendState,
    Suppression,
)

RUNNING = (Outcome.PLANNED, Outcome.SENDING)
# An item of a bulk resend that is unknown waits for a person, whom it must not hinder.
HOLDING = (ItemState.PLANNED, ItemState.CLAIMED, ItemState.SENT)
PAUSE = timedelta(seconds=10)  # until a paused resend is looked at again
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
    STOPPED = "stopped", _("The bulk resend that it belongs to was stopped.")
    PAUSED = "paused", _("The bulk resend that it belongs to is paused.")
    OVER_CAP = "over_cap", _("The person has been written to often enough for now.")


# What passes by itself; the try waits instead of coming to an end.
PASSING = frozenset(
    {
        GateCode.BREAKER,
        GateCode.PAUSED,
        GateCode.QUIET_HOURS,
        GateCode.OVER_CAP,
    }
)


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
    message: Message,
    *,
    now: datetime,
    attempt: DeliveryAttempt | None = None,
    item: ResendItem | None = None,
) -> Verdict:
    """Judge a message as it would be sent at ``now``.

    ``attempt`` is the try that asks, if it was already planned, and ``item`` the
    message of a bulk resend that asks before: neither stands in its own way. The
    route of a try has to be in use, and its bulk resend has to be under way.
    """
    resend = _state_of_resend(attempt)
    against = {
        GateCode.DELIVERED: message.state == MessageState.DELIVERED,
        GateCode.CANCELLED: message.state == MessageState.CANCELLED,
        GateCode.EXPIRED: _is_expired(message, now),
        GateCode.SUPERSEDED: message.superseded_by.exists(),
        GateCode.SUPPRESSED: _is_suppressed(message, now),
        GateCode.NO_CONSENT: not _has_consent(message),
        # A constraint admits one running try a message, so the one that asks is it.
        GateCode.OUTSTANDING: attempt is None and _is_outstanding(message, item),
        GateCode.NO_ROUTE: attempt is not None and not _is_in_use(attempt),
        GateCode.STOPPED: resend in (ResendState.ABORTED, ResendState.CANCELLED),
    }
    until = {
        code: end
        for code, end in _waits(message, attempt, now).items()
        if end is not None
    }
    if resend == ResendState.PAUSED:
        until[GateCode.PAUSED] = now + PAUSE
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


def _is_outstanding(message: Message, item: ResendItem | None) -> bool:
    others = message.resends.filter(state__in=HOLDING)
    if item is not None:
        others = others.exclude(pk=item.pk)
    running = message.attempts.filter(outcome__in=RUNNING)
    return running.exists() or others.exists()


def _state_of_resend(attempt: DeliveryAttempt | None) -> str | None:
    """Where the bulk resend of a try stands; of no matter once it may have been made.

    A call that may have been made is asked again with its key, so that its end is
    known, whatever became of the resend.
    """
    if attempt is None or attempt.resend_item_id is None:
        return None
    if attempt.outcome != Outcome.PLANNED:
        return None
    items = ResendItem.objects.filter(pk=attempt.resend_item_id)
    return items.values_list("operation__state", flat=True).first()


def _is_in_use(attempt: DeliveryAttempt) -> bool:
    return attempt.route.enabled and attempt.route.provider.enabled
