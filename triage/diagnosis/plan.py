"""What happens next, who does it, and when? The machine does what is written here.

A plan is made once, when a failure is diagnosed; ``triage/repair.py`` acts by it and
the desk shows it. The gate has its word here, and the last one right before the send.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from deliveries import retry
from deliveries.taxonomy import RepairPolicy, RetryClass
from triage.diagnosis.evidence import Param, Verdict


class Action(StrEnum):
    """What comes next."""

    RETRY_AT = "retry_at"
    OTHER_ROUTE = "other_route"
    OTHER_CHANNEL = "other_channel"
    FIX_TEMPLATE = "fix_template"
    ASK_USER = "ask_user"
    HUMAN = "human"
    WAIT = "wait"
    CLOSE = "close"
    SUPPRESS = "suppress"


SENDS = (Action.RETRY_AT, Action.OTHER_ROUTE, Action.OTHER_CHANNEL)


class Why(StrEnum):
    """What decided the action; the words are in ``plan_words.py``."""

    BACKOFF = "backoff"
    SLOW_BACKOFF = "slow_backoff"
    RETRY_AFTER = "retry_after"
    OTHER_ROUTE = "other_route"
    OTHER_CHANNEL = "other_channel"
    UNDER_WAY = "under_way"
    PROVIDER_TRIES = "provider_tries"
    PROVEN = "proven"
    ARRIVED = "arrived"
    NO_FAILURE = "no_failure"
    NOBODY_THERE = "nobody_there"
    CAUSE = "cause"
    UNKNOWN_CAUSE = "unknown_cause"
    NOT_SURE = "not_sure"
    REFUSED_STILL = "refused_still"
    WITH_PEOPLE = "with_people"
    NO_MESSAGE = "no_message"
    NEVER = "never"
    USED_UP = "used_up"
    EXPIRES_FIRST = "expires_first"
    WAIT_TOO_LONG = "wait_too_long"
    NO_ROUTE = "no_route"
    NO_OTHER_ROUTE = "no_other_route"
    NO_OTHER_ADDRESS = "no_other_address"
    NOT_VERIFIED = "not_verified"
    NOT_ALLOWED_THERE = "not_allowed_there"
    NO_WORDS_FOR_IT = "no_words_for_it"
    TOO_SLOW = "too_slow"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_SENDABLE = "not_sendable"


class Hands(StrEnum):
    """In whose hands is the failure when the plan is made?"""

    MACHINE = "machine"  # fresh, or after a refused try of the machine
    PERSON = "person"  # a person works on it, or had it sent again


@dataclass(frozen=True, slots=True)
class Policy:
    """What the category allows, in the words of its row, for a message's purpose."""

    category: str
    retry_class: str
    repair_policy: str
    purpose: str = retry.DEFAULT_PURPOSE


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with the message when its failure is diagnosed.

    ``state`` is that of the message, empty if none is known; ``stopped`` names what
    the gate holds against any send (see :class:`Why`). ``refused`` says that a try of
    ours has just failed. ``tries_made`` counts the machine's tries and the first
    failure; ``retry_after_s`` is the wait in seconds that the provider asked for;
    ``silence`` is how long no news is still no answer; ``waits_until`` and ``tries_at``
    are what was planned before, if that still stands.
    """

    hands: Hands = Hands.MACHINE
    refused: bool = False
    state: str = ""
    proven: bool = False
    address: bool = False
    stopped: tuple[Why, ...] = ()
    tries_made: int = 1
    retry_after_s: int | None = None
    expires_at: datetime | None = None
    route: bool = False
    other_route: bool = False
    silence: timedelta = timedelta(0)
    under_way: bool = False
    tries_at: datetime | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The next step. ``at`` (UTC) is the time of a send, or the end of a wait."""

    action: Action
    reason: Why
    at: datetime | None = None
    params: Mapping[str, Param] = field(default_factory=dict)

    @property
    def sends(self) -> bool:
        """Whether the machine sends again."""
        return self.action in SENDS


# From these states of a message a machine may send; an unknown outcome is a person's.
SENDABLE = ("queued", "failed")


def plan(
    verdict: Verdict,
    standing: Standing,
    policy: Policy,
    *,
    now: datetime,
    rng: random.Random,
) -> Plan:
    """Return the one next step that follows from a verdict; never none."""
    if standing.proven:
        return Plan(Action.CLOSE, Why.PROVEN)
    if standing.hands is Hands.PERSON:
        return _of_person(standing, policy)
    match policy.repair_policy:
        case RepairPolicy.CLOSE | RepairPolicy.WAIT if standing.refused:
            return Plan(Action.HUMAN, Why.REFUSED_STILL)
        case RepairPolicy.CLOSE:
            arrived = policy.category == "notice.delivered"
            return Plan(Action.CLOSE, Why.ARRIVED if arrived else Why.NO_FAILURE)
        case RepairPolicy.WAIT:
            return Plan(Action.WAIT, Why.PROVIDER_TRIES, now + standing.silence)
        case RepairPolicy.RETRY_BACKOFF | RepairPolicy.FAILOVER:
            return _of_retry(verdict, standing, policy, now, rng)
        case _:
            return _of_people(standing, policy)


def _of_person(standing: Standing, policy: Policy) -> Plan:
    """A person holds it: the machine begins nothing, and ends what it has begun."""
    if standing.under_way:
        return Plan(Action.RETRY_AT, Why.UNDER_WAY, standing.tries_at)
    if standing.waits_until is not None:
        return Plan(Action.WAIT, Why.PROVIDER_TRIES, standing.waits_until)
    suppresses = policy.repair_policy == RepairPolicy.SUPPRESS_RECIPIENT
    if suppresses and not standing.refused:
        return Plan(Action.HUMAN, Why.WITH_PEOPLE)
    if policy.repair_policy in _OF_PEOPLE:
        return _of_people(standing, policy)
    return Plan(Action.HUMAN, Why.WITH_PEOPLE)


_OF_PEOPLE = {
    RepairPolicy.FIX_TEMPLATE: Action.FIX_TEMPLATE,
    RepairPolicy.ASK_USER: Action.ASK_USER,
    RepairPolicy.HUMAN: Action.HUMAN,
    RepairPolicy.SUPPRESS_RECIPIENT: Action.SUPPRESS,
}


def _of_people(standing: Standing, policy: Policy) -> Plan:
    """What the category leaves to people, or ends with an order not to send."""
    action = _OF_PEOPLE[RepairPolicy(policy.repair_policy)]
    if action is Action.SUPPRESS:
        if not standing.address:
            return Plan(Action.HUMAN, Why.CAUSE)
        return Plan(action, Why.NOBODY_THERE)
    unknown = policy.category.partition(".")[0] == "unknown"
    return Plan(action, Why.UNKNOWN_CAUSE if unknown else Why.CAUSE)


def _of_retry(
    verdict: Verdict,
    standing: Standing,
    policy: Policy,
    now: datetime,
    rng: random.Random,
) -> Plan:
    if not standing.state:
        return Plan(Action.HUMAN, Why.NO_MESSAGE)
    ways = retry.RetryPolicy.for_category(
        policy.retry_class, policy.repair_policy, policy.purpose
    )
    if ways.form is retry.RetryForm.NONE:
        never = policy.retry_class == RetryClass.NEVER
        return Plan(Action.HUMAN, Why.NEVER if never else Why.TOO_SLOW)
    if standing.under_way:
        return Plan(Action.RETRY_AT, Why.UNDER_WAY, standing.tries_at)
    against = _against(verdict, standing, ways)
    if against is not None:
        return Plan(Action.HUMAN, against)
    decision = retry.decide(
        ways,
        tries_made=standing.tries_made,
        now=now,
        retry_after_s=standing.retry_after_s,
        expires_at=standing.expires_at,
        rng=rng,
    )
    if decision is None:
        return Plan(Action.HUMAN, _no_time(standing, ways))
    other = decision.reason is retry.RetryReason.OTHER_ROUTE
    if not (standing.other_route if other else standing.route):
        return Plan(Action.HUMAN, Why.NO_OTHER_ROUTE if other else Why.NO_ROUTE)
    action = Action.OTHER_ROUTE if other else Action.RETRY_AT
    params = {"try": standing.tries_made, "of": len(ways.delays)}
    return Plan(action, Why(decision.reason), decision.at, params)


def _against(
    verdict: Verdict, standing: Standing, ways: retry.RetryPolicy
) -> Why | None:
    """Return what keeps the machine from sending, the weightiest first."""
    if standing.stopped:
        return standing.stopped[0]
    if ways.form is retry.RetryForm.QUICK and not verdict.auto_retry:
        return Why.NOT_SURE
    if standing.state == "unknown":
        return Why.OUTCOME_UNKNOWN
    if standing.state not in SENDABLE:
        return Why.NOT_SENDABLE
    if standing.tries_made > len(ways.delays):
        return Why.USED_UP
    return None


def _no_time(standing: Standing, ways: retry.RetryPolicy) -> Why:
    asked = standing.retry_after_s or 0
    if asked > ways.longest_retry_after.total_seconds():
        return Why.WAIT_TOO_LONG
    return Why.EXPIRES_FIRST


def beside(first: Plan) -> Plan:
    """Return the plan of a second report about a message that is sent again anyhow."""
    return replace(first, action=Action.RETRY_AT, reason=Why.UNDER_WAY, params={})
