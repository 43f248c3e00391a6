"""May a failed message be sent again, by whom, and when?

A policy is a value: it is made from a category's retry class and repair policy, and
turned into a time or into nothing. The gate is asked separately, before every send.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from deliveries.taxonomy import RepairPolicy, RetryClass

# Short enough for an outage of minutes, long enough in sum (about 21 h) to outlive a
# night; every step is well above the one before, so that retries thin out.
QUICK_DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
# For causes that need hours to pass, such as a full mailbox.
SLOW_DELAYS = (timedelta(hours=4), timedelta(hours=12), timedelta(hours=24))
# A code is asked for anew within minutes, and an older one beside it only confuses:
# three tries in under three minutes, and then somebody offers a fresh one.
SECURITY_DELAYS = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(seconds=60),
)
# Nobody waits for a like; it is still read in the evening, and rarely the day after.
SOCIAL_DELAYS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
SOCIAL_SLOW_DELAYS = (timedelta(hours=12), timedelta(hours=24))
# Retries share what the provider allows, and every other purpose goes first.
MARKETING_DELAYS = (timedelta(minutes=30), timedelta(hours=4), timedelta(hours=12))
MARKETING_SLOW_DELAYS = (timedelta(hours=24),)
# One try over the next route; there is no reason to wait for a route that did not fail.
OTHER_ROUTE_DELAYS = (timedelta(0),)

JITTER = 0.25  # of the wait, only ever added: a provider's wish is never cut short
# A provider that asks for more than this is not throttling; a person should see it.
LONGEST_RETRY_AFTER = timedelta(days=7)
SECURITY_RETRY_AFTER = timedelta(minutes=5)  # about as long as codes hold
UNURGENT_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Curve:
    """How the tries of one purpose are spread; no slow delays is no slow form."""

    quick: tuple[timedelta, ...]
    slow: tuple[timedelta, ...]
    longest_retry_after: timedelta


DEFAULT_PURPOSE = "transactional"
CURVES = {
    "security": Curve(SECURITY_DELAYS, (), SECURITY_RETRY_AFTER),
    DEFAULT_PURPOSE: Curve(QUICK_DELAYS, SLOW_DELAYS, LONGEST_RETRY_AFTER),
    "social": Curve(SOCIAL_DELAYS, SOCIAL_SLOW_DELAYS, UNURGENT_RETRY_AFTER),
    "marketing": Curve(MARKETING_DELAYS, MARKETING_SLOW_DELAYS, UNURGENT_RETRY_AFTER),
}


class RetryForm(StrEnum):
    """In which way does the machine send again?"""

    QUICK = "quick"
    SLOW = "slow"
    OTHER_ROUTE = "other_route"
    NONE = "none"


class RetryReason(StrEnum):
    """What decided the time of the next try?"""

    BACKOFF = "backoff"
    SLOW_BACKOFF = "slow_backoff"
    RETRY_AFTER = "retry_after"
    OTHER_ROUTE = "other_route"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What the machine may do after a failure of one category, for one purpose.

    ``delays[i]`` is the wait after try number ``i + 1``; no delay is left when the
    policy is used up. A provider that asks for a wait longer than
    ``longest_retry_after`` is left to people.
    """

    form: RetryForm
    delays: tuple[timedelta, ...]
    longest_retry_after: timedelta = LONGEST_RETRY_AFTER

    @classmethod
    def for_category(
        cls, retry_class: str, repair_policy: str, purpose: str = DEFAULT_PURPOSE
    ) -> Self:
        """Return the policy of a category and a purpose, given as their stored words.

        ``never`` gives no try whatever the repair policy says; nor does a cause that
        needs hours, for a message that is of no use by then. Raises ``KeyError`` for
        an unknown purpose.
        """
        curve = CURVES[purpose]
        if retry_class == RetryClass.NEVER:
            return cls(RetryForm.NONE, ())
        if repair_policy == RepairPolicy.FAILOVER:
            return cls(RetryForm.OTHER_ROUTE, OTHER_ROUTE_DELAYS)
        if repair_policy != RepairPolicy.RETRY_BACKOFF:
            return cls(RetryForm.NONE, ())
        if retry_class == RetryClass.SAFE:
            return cls(RetryForm.QUICK, curve.quick, curve.longest_retry_after)
        if not curve.slow:
            return cls(RetryForm.NONE, ())
        return cls(RetryForm.SLOW, curve.slow, curve.longest_retry_after)


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The next try: not before ``at`` (UTC), for ``reason``."""

    at: datetime
    reason: RetryReason


_REASONS = {
    RetryForm.QUICK: RetryReason.BACKOFF,
    RetryForm.SLOW: RetryReason.SLOW_BACKOFF,
    RetryForm.OTHER_ROUTE: RetryReason.OTHER_ROUTE,
}


def decide(
    policy: RetryPolicy,
    *,
    tries_made: int,
    now: datetime,
    retry_after_s: float | None,
    expires_at: datetime | None,
    rng: random.Random,
) -> RetryDecision | None:
    """Return when the machine tries again, or None if a person has to look.

    ``tries_made`` counts every try of the message since it was queued or since a person
    last acted on it, the failed one included, whatever cause each had: a message whose
    cause alternates cannot be retried for ever. ``retry_after_s`` is the wait in
    seconds that the provider asked for; it counts when it is the longer one, except for
    another route, of which it says nothing. Nothing is planned at or past
    ``expires_at``. Raises ``ValueError`` if no try was made yet.
    """
    if tries_made < 1:
        raise ValueError("A retry needs a try that failed.")
    if tries_made > len(policy.delays):
        return None
    wait, reason = policy.delays[tries_made - 1], _REASONS[policy.form]
    asked = 0.0 if policy.form is RetryForm.OTHER_ROUTE else retry_after_s or 0.0
    if not asked <= policy.longest_retry_after.total_seconds():
        return None
    if asked > wait.total_seconds():
        wait, reason = timedelta(seconds=asked), RetryReason.RETRY_AFTER
    earliest = now + wait
    latest = earliest + wait * JITTER
    if expires_at is not None:
        latest = min(latest, expires_at - timedelta.resolution)
        if latest < earliest:
            return None
    return RetryDecision(earliest + (latest - earliest) * rng.random(), reason)


class ResendCode(StrEnum):
    """Why may, or may not, a failed message be sent again?"""

    AFTER_BACKOFF = "after_backoff"  # machine: same route, after the back-off
    SLOW_FORM = "slow_form"  # machine: same route, hours later
    OTHER_ROUTE = "other_route"  # machine: once, over the next route
    NOW = "now"  # person: at once
    NEEDS_PERSON = "needs_person"  # machine: no; a person with a remedy may
    NEEDS_REMEDY = "needs_remedy"  # person: name what makes this try different
    NEEDS_CHECKED_REMEDY = "needs_checked_remedy"  # person: the cause itself must go
    NEVER = "never"  # machine: no


@dataclass(frozen=True, slots=True)
class ResendAnswer:
    """Whether the unchanged message may be sent again without more ado, and why."""

    allowed: bool
    code: ResendCode


_MACHINE_MAY = {
    RetryForm.QUICK: ResendCode.AFTER_BACKOFF,
    RetryForm.SLOW: ResendCode.SLOW_FORM,
    RetryForm.OTHER_ROUTE: ResendCode.OTHER_ROUTE,
}


def may_resend(
    retry_class: str, repair_policy: str, *, by_person: bool
) -> ResendAnswer:
    """Answer for a machine, or for a person who brings no remedy.

    A refused person may still resend with one of ``remedies(slug)``.
    """
    if by_person:
        return {
            RetryClass.SAFE: ResendAnswer(True, ResendCode.NOW),
            RetryClass.CONDITIONAL: ResendAnswer(False, ResendCode.NEEDS_REMEDY),
            RetryClass.NEVER: ResendAnswer(False, ResendCode.NEEDS_CHECKED_REMEDY),
        }[RetryClass(retry_class)]
    form = RetryPolicy.for_category(retry_class, repair_policy).form
    if form in _MACHINE_MAY:
        return ResendAnswer(True, _MACHINE_MAY[form])
    if retry_class == RetryClass.NEVER:
        return ResendAnswer(False, ResendCode.NEVER)
    return ResendAnswer(False, ResendCode.NEEDS_PERSON)


class Remedy(StrEnum):
    """What a person did, so that another try can end differently?"""

    WAITED = "waited"
    OTHER_ROUTE = "other_route"
    NEW_ADDRESS = "new_address"
    CONFIG_FIXED = "config_fixed"
    EDITED = "edited"
    SUPPRESSION_LIFTED = "suppression_lifted"
    CONSENT_RENEWED = "consent_renewed"
    NEW_TEMPLATE_VERSION = "new_template_version"
    HUMAN_JUDGEMENT = "human_judgement"


_BY_FAMILY = {
    "network": {Remedy.WAITED, Remedy.OTHER_ROUTE},
    "server": {Remedy.WAITED, Remedy.OTHER_ROUTE},
    "rate": {Remedy.WAITED},
    "recipient": {Remedy.NEW_ADDRESS, Remedy.SUPPRESSION_LIFTED},
    "consent": {Remedy.CONSENT_RENEWED},
    "content": {Remedy.NEW_TEMPLATE_VERSION, Remedy.EDITED},
    "reputation": {Remedy.CONFIG_FIXED},
    "config": {Remedy.CONFIG_FIXED},
    "client": {Remedy.WAITED, Remedy.OTHER_ROUTE},
    "unknown": {Remedy.HUMAN_JUDGEMENT},
    "notice": set[Remedy](),
}
_BLOCKED = {Remedy.CONFIG_FIXED, Remedy.WAITED, Remedy.OTHER_ROUTE}
_BY_CATEGORY = {
    "rate.quota_exhausted": {Remedy.WAITED, Remedy.OTHER_ROUTE},
    "recipient.mailbox_full": _BY_FAMILY["recipient"] | {Remedy.WAITED},
    "recipient.channel_unsupported": _BY_FAMILY["recipient"] | {Remedy.OTHER_ROUTE},
    "consent.suppressed": {Remedy.SUPPRESSION_LIFTED},
    "reputation.ip_blocked": _BLOCKED,
    "reputation.domain_blocked": _BLOCKED,
    "client.endpoint_gone": {Remedy.NEW_ADDRESS, Remedy.CONFIG_FIXED},
    "client.unsupported": {Remedy.OTHER_ROUTE, Remedy.EDITED},
}
_LONG_WAITS = {
    "recipient.mailbox_full": timedelta(hours=4),
    "reputation.ip_blocked": timedelta(hours=4),
    "reputation.domain_blocked": timedelta(hours=4),
}
_SHORT_WAIT = timedelta(hours=2)


def remedies(category_slug: str) -> frozenset[Remedy]:
    """Return what opens a resend of this cause for a person; any one is enough.

    Raises ``KeyError`` for a family that the vocabulary does not hold.
    """
    family = category_slug.partition(".")[0]
    return frozenset(_BY_CATEGORY.get(category_slug, _BY_FAMILY[family]))


def least_wait(category_slug: str) -> timedelta:
    """Return how long ``Remedy.WAITED`` means, counted from the last failure.

    For the ``rate`` family the end of the provider's window counts if it is later.
    """
    return _LONG_WAITS.get(category_slug, _SHORT_WAIT)
