"""Which of these tries may be made now, and how is it written down that they are?

One transaction: lock the messages, ask the gate, commit "sending". What must not be
made comes to an end here, and what has to wait is left as it was. One try or many of
one route take the same few statements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from deliveries import aiming, breaker, gate, hindrances, limits, pacing, routing
from deliveries.channels import Channel
from deliveries.compiled import ById
from deliveries.hindrances import Known
from deliveries.leases import LeaseLost
from deliveries.models import (
    NEEDED_LEVEL,
    AttemptCause,
    Dedup,
    DeliveryAttempt,
    Message,
    MessageState,
    Outcome,
)
from deliveries.sending import delegating, recording, statements
from deliveries.sending.statements import Entry

# A provider or a limit that says no now is asked again after so long.
STEP_BACK = timedelta(seconds=10)
UNTRIED = (MessageState.QUEUED, MessageState.RETRY_WAIT)


class Postponed(Exception):
    """The try may be made, but not before a time (UTC); nothing was changed."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True, slots=True)
class Call:
    """A try that is committed as being made, and its message as it was before."""

    attempt: DeliveryAttempt
    message: Message


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of tries that were to be made.

    ``calls`` are to be made now, ``ended`` came to an end without one, and ``waiting``
    may be made from the time (UTC) under which they stand.
    """

    calls: list[Call] = field(default_factory=list)
    ended: int = 0
    waiting: dict[datetime, list[DeliveryAttempt]] = field(default_factory=dict)


def begin(
    attempts: Sequence[DeliveryAttempt],
    channels: Mapping[str, Channel],
    now: datetime,
) -> Begun:
    """Commit that the calls of claimed tries, all of one route, are about to be made.

    Only a try that comes alone is led around a route that is interrupted, as its new
    provider may not know keys. Raises ``LeaseLost`` when one of them was claimed again
    since, and then changes nothing.
    """
    with transaction.atomic():
        messages = _locked(attempts)
        tries = {each: messages[each.message_id] for each in attempts}
        for attempt, message in tries.items():
            aiming.aim(message, attempt)
        known = hindrances.look(messages.values(), attempts, now)
        if len(attempts) == 1 and _take_a_detour(attempts[0], tries, known):
            known = hindrances.look(messages.values(), attempts, now)
        verdicts = gate.check_tries(tries, known)
        begun, ended = Begun(), 0
        for attempt in sorted(tries, key=lambda each: _pseudonym(tries[each])):
            message, verdict = tries[attempt], verdicts[attempt]
            try:
                if _is_over(attempt, message, verdict, channels, now):
                    ended += 1
                    continue
                _use_up(attempt, message, known)
            except Postponed as later:
                begun.waiting.setdefault(later.until, []).append(attempt)
                continue
            begun.calls.append(Call(attempt, message))
        _enter(begun.calls, now)
    return Begun(begun.calls, ended, begun.waiting)


def take_back(calls: Sequence[Call]) -> None:
    """Make it undone that tries were begun which nobody was called about.

    They are planned again, and their claims go on. What came of a message meanwhile
    stays; caps are given back, and the budget of retries fills up by itself.
    """
    with transaction.atomic():
        _locked([call.attempt for call in calls])
        rules = limits.rules_for([call.message for call in calls])
        held = DeliveryAttempt.objects.held([call.attempt for call in calls])
        held.filter(outcome=Outcome.SENDING).update(
            outcome=Outcome.PLANNED, started_at=None
        )
        for state in UNTRIED:
            ids = [each.message.pk for each in calls if each.message.state == state]
            Message.objects.put_back(ids, state)
        for call in sorted(calls, key=lambda each: _pseudonym(each.message)):
            if rules.has_caps(call.message) and call.attempt.started_at is not None:
                limits.give_back(call.message, call.attempt.started_at, rules)
    for call in calls:
        call.attempt.started_at = None


def _locked(attempts: Collection[DeliveryAttempt]) -> dict[int, Message]:
    """Lock the messages, in the order of everybody else, with what a channel reads."""
    rows = _MESSAGES.fetch([attempt.message_id for attempt in attempts])
    return {row.pk: row for row in rows}


_MESSAGES = ById(
    lambda: (
        Message.objects.select_for_update(of=("self",))
        .select_related("source", "recipient", "address__recipient__key")
        .defer(
            # Times, which nobody asks for here and which take long to read.
            "created_at",
            "source__created_at",
            "recipient__created_at",
            "address__recipient__created_at",
            "address__recipient__key__created_at",
        )
    )
)


def _pseudonym(message: Message) -> str:
    """Return what caps are counted by: whoever goes by it waits for nobody in turn."""
    return message.address.pseudonym if message.address else ""


def _take_a_detour(
    attempt: DeliveryAttempt, tries: Mapping[DeliveryAttempt, Message], known: Known
) -> bool:
    """Lead a try that was not made yet around a route that is interrupted."""
    if attempt.outcome != Outcome.PLANNED or not known.shut_until(attempt.route_id):
        return False
    route = routing.next_route(tries[attempt], now=known.now)
    if route is None or breaker.shut_until(route, known.now) is not None:
        return False
    attempt.route = route
    return True


def _is_over(
    attempt: DeliveryAttempt,
    message: Message,
    verdict: gate.Verdict,
    channels: Mapping[str, Channel],
    now: datetime,
) -> bool:
    """Say whether a try came to an end here, as no call of ours may be made for it.

    Raises :class:`Postponed`.
    """
    if verdict.wait_until is not None and not _is_left_out(attempt, verdict):
        raise Postponed(verdict.wait_until)
    if attempt.outcome == Outcome.SENDING:
        channel = channels[attempt.route.provider.adapter]
        if verdict.codes or not _may_repeat(attempt, message, channel, now):
            recording.end(message, attempt, recording.SILENCE, now)
            return True
    elif verdict.codes or message.state not in UNTRIED:
        codes = verdict.codes or (message.state,)
        recording.cancel(message, attempt, codes, now)
        return True
    elif delegating.is_delegated(message):
        _hand_over(attempt, message, now)
        return True
    return False


def _is_left_out(attempt: DeliveryAttempt, verdict: gate.Verdict) -> bool:
    """Say whether a bulk resend goes on without a message that has to wait for hours.

    Its try is cancelled with the reason, as every step waits for the one before.
    """
    waits = {gate.GateCode.QUIET_HOURS, gate.GateCode.OVER_CAP} & set(verdict.codes)
    planned = attempt.outcome == Outcome.PLANNED
    return planned and attempt.cause == AttemptCause.BULK and bool(waits)


def _may_repeat(
    attempt: DeliveryAttempt, message: Message, channel: Channel, now: datetime
) -> bool:
    """Say whether a second call with the same key cannot reach the person twice."""
    if attempt.route.provider.dedup != Dedup.KEY or attempt.started_at is None:
        return False
    known_until = attempt.started_at + channel.dedup_window
    return message.state == MessageState.SENDING and now < known_until


def _hand_over(attempt: DeliveryAttempt, message: Message, now: datetime) -> None:
    """Have the source make the try; it counts towards the caps from here on."""
    with transaction.atomic():  # caps are taken all or none
        if not limits.take(message, now):
            raise Postponed(limits.over_until(message, now) or now + STEP_BACK)
        delegating.ask(attempt, message, now)


def _use_up(attempt: DeliveryAttempt, message: Message, known: Known) -> None:
    """Use up what a call uses up: a probe of the breaker, the budget, the caps.

    Raises :class:`Postponed`, and then has used up nothing.
    """
    route, now = attempt.route, known.now
    probe = route.pk in known.troubled
    counts = attempt.outcome == Outcome.PLANNED and (
        route.rate_per_s is not None or known.rules.has_caps(message)
    )
    if not (probe or counts):
        return
    with transaction.atomic():
        if probe and not breaker.admit(route, now):
            raise Postponed(now + STEP_BACK)
        if counts:
            _spend(attempt, message, known)


def _spend(attempt: DeliveryAttempt, message: Message, known: Known) -> None:
    now, rules = known.now, known.rules
    again = attempt.cause in (AttemptCause.AUTO, AttemptCause.BULK)
    if again and not pacing.take(attempt.route, now):
        raise Postponed(pacing.next_chance(attempt.route, now))
    if not limits.take(message, now, rules):
        until = limits.over_until(message, now, rules)
        raise Postponed(until or now + STEP_BACK)


def _enter(calls: Sequence[Call], now: datetime) -> None:
    """Write down that the calls are made now."""
    if not calls:
        return
    first = calls[0].attempt
    provider = first.route.provider
    entries = [
        Entry(
            attempt_id=call.attempt.pk,
            epoch=call.attempt.epoch,
            needed=min(NEEDED_LEVEL[call.message.purpose], provider.attainable_level),
        )
        for call in calls
    ]
    entered = statements.enter(entries, first.route_id, provider.pk, now)
    if entered != len(entries):
        raise LeaseLost(f"{entered} of {len(entries)} tries are still ours")
    for call in calls:
        call.attempt.started_at = call.attempt.started_at or now
