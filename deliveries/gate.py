"""May we send this message now, and if not, why not?

Every path to a provider asks here, after its attempt was claimed. An answer is always
whole: all the reasons, not the first one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _

from deliveries import hindrances, limits
from deliveries.hindrances import Known
from deliveries.models import (
    ConsentState,
    DeliveryAttempt,
    ItemState,
    Message,
    MessageState,
    Outcome,
    Purpose,
    ResendItem,
    ResendState,
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


Verdicts: TypeAlias = dict[DeliveryAttempt, Verdict]


def check(
    message: Message,
    *,
    now: datetime,
    attempt: DeliveryAttempt | None = None,
    item: ResendItem | None = None,
    outstanding: bool | None = None,
) -> Verdict:
    """Judge a message as it would be sent at ``now``.

    ``attempt`` is the try that asks, if it was already planned, and ``item`` the
    message of a bulk resend that asks before: neither stands in its own way. The
    route of a try has to be in use, and its bulk resend has to be under way.
    ``outstanding`` says whether another try is under way, where that is known already.
    """
    known = hindrances.look([message], [attempt] if attempt else [], now)
    if outstanding is None:
        outstanding = attempt is None and _is_outstanding(message, item)
    return _judge(message, attempt, known, outstanding=outstanding)


def forbidden(messages: Collection[Message], now: datetime) -> set[int]:
    """Return the ids of messages that no waiting helps: suppressed, or against consent.

    For a forecast: they need not be stored, if each has an id of its own. What passes
    by itself is not asked.
    """
    known = hindrances.look(messages, [], now)
    return {
        each.pk
        for each in messages
        if each.pk in known.suppressed or not _has_consent(each, known)
    }


def check_tries(tries: Mapping[DeliveryAttempt, Message], known: Known) -> Verdicts:
    """Judge planned tries with their messages by what is known of all of them."""
    return {
        # A constraint admits one running try a message, so the one that asks is it.
        attempt: _judge(message, attempt, known, outstanding=False)
        for attempt, message in tries.items()
    }


def _judge(
    message: Message,
    attempt: DeliveryAttempt | None,
    known: Known,
    *,
    outstanding: bool,
) -> Verdict:
    resend = None
    if attempt is not None and attempt.resend_item_id is not None:
        resend = known.resends.get(attempt.resend_item_id)
    against = {
        GateCode.DELIVERED: message.state == MessageState.DELIVERED,
        GateCode.CANCELLED: message.state == MessageState.CANCELLED,
        GateCode.EXPIRED: _is_expired(message, known.now),
        GateCode.SUPERSEDED: message.pk in known.superseded,
        GateCode.SUPPRESSED: message.pk in known.suppressed,
        GateCode.NO_CONSENT: not _has_consent(message, known),
        GateCode.OUTSTANDING: outstanding,
        GateCode.NO_ROUTE: attempt is not None and not _is_in_use(attempt),
        GateCode.STOPPED: resend in (ResendState.ABORTED, ResendState.CANCELLED),
    }
    until = {
        code: end
        for code, end in _waits(message, attempt, known).items()
        if end is not None
    }
    if resend == ResendState.PAUSED:
        until[GateCode.PAUSED] = known.now + PAUSE
    final = tuple(code for code, holds in against.items() if holds)
    wait_until = max(until.values()) if until and not final else None
    return Verdict((*final, *until), wait_until)


def _waits(
    message: Message, attempt: DeliveryAttempt | None, known: Known
) -> dict[GateCode, datetime | None]:
    """Return until when each thing that passes by itself holds."""
    waits = {}
    if attempt is not None:
        waits[GateCode.BREAKER] = known.shut_until(attempt.route_id)
    # A call that may have been made already was counted, and is not made a new one.
    if attempt is None or attempt.outcome == Outcome.PLANNED:
        now, rules = known.now, known.rules
        waits[GateCode.QUIET_HOURS] = limits.quiet_until(message, now, rules)
        waits[GateCode.OVER_CAP] = limits.over_until(message, now, rules)
    return waits


def _is_expired(message: Message, now: datetime) -> bool:
    if message.state == MessageState.EXPIRED:
        return True
    return message.expires_at is not None and message.expires_at <= now


def _has_consent(message: Message, known: Known) -> bool:
    """Say whether the person's consent covers the purpose.

    Who has withdrawn is written to for reasons of security alone.
    """
    if message.purpose == Purpose.SECURITY:
        return True
    if message.address_id is None:
        return message.purpose not in ONLY_WITH_CONSENT
    current = known.consents.get(message.pk)
    if message.purpose in ONLY_WITH_CONSENT:
        return current == ConsentState.CONFIRMED
    return current != ConsentState.WITHDRAWN


def _is_outstanding(message: Message, item: ResendItem | None) -> bool:
    others = message.resends.filter(state__in=HOLDING)
    if item is not None:
        others = others.exclude(pk=item.pk)
    running = message.attempts.filter(outcome__in=RUNNING)
    return running.exists() or others.exists()


def _is_in_use(attempt: DeliveryAttempt) -> bool:
    return attempt.route.enabled and attempt.route.provider.enabled
