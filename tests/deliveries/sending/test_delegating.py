"""Is a send that the source makes itself made at most once, and never claimed?

Each row of the table "Delegated resend" in ``docs/api.md`` has its tests.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.models import (
    ApiKey,
    CapUse,
    ChangeKind,
    DelegatedSend,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    FrequencyCap,
    Message,
    MessageState,
    Scope,
    Source,
    Suppression,
    issue_key,
)
from deliveries.sending import Result, Speaker, Told
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)
from tests.work import MAILBOX_FULL, category

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEN = timedelta(minutes=10)


def requested(**message: object) -> DelegatedSend:
    """A send that a source has just been asked to make."""
    made = make_message(address=make_address(), **message)  # type: ignore[arg-type]
    Source.objects.filter(pk=made.source_id).update(resend_mode="delegated")
    make_attempt(made, due_at=LONG_AGO)
    assert sending.send_due() == 1
    return DelegatedSend.objects.get(attempt__message=made)


def key_of(item: DelegatedSend, name: str = "backend") -> ApiKey:
    return issue_key(item.source, name, list(Scope.values))[0]


def speaker(item: DelegatedSend, key: ApiKey | None = None) -> Speaker:
    return Speaker(item.source_id, (key or key_of(item)).pk)


def acked(item: DelegatedSend, now: datetime | None = None) -> Speaker:
    who = speaker(item)
    at = now or timezone.now()
    sending.acknowledge(item.public_id, who, item.generation, at)
    item.refresh_from_db()
    return who


def told(
    item: DelegatedSend,
    who: Speaker,
    outcome: Told,
    now: datetime | None = None,
    **said: str,
) -> DelegatedSend:
    at = now or timezone.now()
    result = Result(outcome, at - MINUTE, **said)
    return sending.report(item.public_id, who, item.generation, result, at)


def pass_time(item: DelegatedSend) -> None:
    """Let the time of an item be over."""
    DelegatedSend.objects.filter(pk=item.pk).update(due_at=LONG_AGO)


def silence(item: DelegatedSend, now: datetime | None = None) -> None:
    pass_time(item)
    sending.follow_delegated(now or timezone.now())
    item.refresh_from_db()


def message_of(item: DelegatedSend) -> Message:
    return Message.objects.get(attempts__delegated=item.pk)


def attempt_of(item: DelegatedSend) -> DeliveryAttempt:
    return DeliveryAttempt.objects.get(delegated=item.pk)


def changes(kind: ChangeKind) -> int:
    return FactChange.objects.filter(kind=kind).count()


# --- 1 request ------------------------------------------------------------------------


def test_a_claimed_try_is_asked_for_and_not_sent() -> None:
    item = requested()
    attempt = attempt_of(item)
    assert (attempt.outcome, attempt.due_at) == ("planned", None)
    assert message_of(item).state == MessageState.RETRY_WAIT
    assert item.ack_by - item.requested_at == TEN
    assert item.due_at == item.ack_by
    assert item.generation == message_of(item).generation
    assert changes(ChangeKind.RESEND_REQUESTED) == 1
    assert DeliveryEvent.objects.count() == 0  # nobody has sent anything
    assert sending.send_due() == 0


def test_the_gate_is_asked_before_the_source() -> None:
    message = make_message(address=make_address())
    Source.objects.filter(pk=message.source_id).update(resend_mode="delegated")
    assert message.address is not None
    make_attempt(message, due_at=LONG_AGO)
    Suppression.objects.create(
        source=message.source,
        channel=message.channel,
        pseudonym=message.address.pseudonym,
        category=category(MAILBOX_FULL),
        origin="event",
    )
    sending.send_due()
    assert not DelegatedSend.objects.exists()
    assert message.attempts.get().outcome == "cancelled"


def test_what_is_asked_for_counts_towards_the_cap_until_it_fails() -> None:
    message = make_message(address=make_address())
    FrequencyCap.objects.create(
        source=message.source,
        channel=message.channel,
        purpose=message.purpose,
        window_s=86_400,
        max_sends=1,
    )
    Source.objects.filter(pk=message.source_id).update(resend_mode="delegated")
    make_attempt(message, due_at=LONG_AGO)
    sending.send_due()
    item = DelegatedSend.objects.get()
    assert CapUse.objects.get().used == 1
    sending.refuse(item.public_id, speaker(item), 1, "Not now.", timezone.now())
    assert CapUse.objects.get().used == 0


# --- 2 acknowledgement ----------------------------------------------------------------


def test_an_acknowledgement_takes_the_lease_and_is_level_one() -> None:
    item = requested()
    now = timezone.now()
    acked(item, now)
    message, attempt = message_of(item), attempt_of(item)
    assert (item.state, item.lease_until) == ("acknowledged", now + TEN)
    assert (message.state, message.evidence_level) == (MessageState.SENDING, 1)
    assert (attempt.outcome, attempt.started_at) == ("sending", now)
    assert DeliveryEvent.objects.get().kind == "requested"


def test_the_same_key_renews_its_lease() -> None:
    item = requested()
    now = timezone.now()
    who = acked(item, now)
    later = now + 5 * MINUTE
    again = sending.acknowledge(item.public_id, who, item.generation, later)
    assert again.lease_until == later + TEN
    assert DeliveryEvent.objects.count() == 1


def test_another_key_is_told_who_has_taken_it() -> None:
    item = requested()
    first = key_of(item, "first")
    now = timezone.now()
    sending.acknowledge(item.public_id, speaker(item, first), 1, now)
    other = speaker(item, key_of(item, "second"))
    with pytest.raises(sending.Taken) as refusal:
        sending.acknowledge(item.public_id, other, 1, now)
    assert (refusal.value.by, refusal.value.at) == ("first", now)


def test_another_source_finds_nothing() -> None:
    item, foreign = requested(), requested()
    who = speaker(foreign)
    with pytest.raises(DelegatedSend.DoesNotExist):
        sending.acknowledge(item.public_id, who, 1, timezone.now())


@pytest.mark.parametrize("generation", [0, 2])
def test_another_generation_is_stale(generation: int) -> None:
    item = requested()
    with pytest.raises(sending.StaleGeneration):
        sending.acknowledge(item.public_id, speaker(item), generation, timezone.now())


def test_a_try_that_was_planned_since_makes_the_old_request_stale() -> None:
    item = requested()
    who = speaker(item)
    sending.refuse(item.public_id, who, 1, "Not now.", timezone.now())
    message = message_of(item)
    make_attempt(message)
    with pytest.raises(sending.StaleGeneration):
        sending.report(
            item.public_id, who, 1, Result(Told.ACCEPTED, LONG_AGO), timezone.now()
        )


def test_an_acknowledgement_after_the_lease_is_too_late() -> None:
    item = requested()
    now = timezone.now()
    who = acked(item, now)
    with pytest.raises(sending.Over):
        sending.acknowledge(item.public_id, who, item.generation, now + TEN)


def test_what_expired_meanwhile_is_over_and_ends() -> None:
    now = timezone.now()
    item = requested(expires_at=now + MINUTE)
    with pytest.raises(sending.Over):
        sending.acknowledge(item.public_id, speaker(item), 1, now + 2 * MINUTE)
    item.refresh_from_db()
    assert (item.state, item.code) == ("failed", "not_allowed")
    assert attempt_of(item).outcome == "cancelled"
    assert message_of(item).state == MessageState.EXPIRED


# --- 3 result -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "attempt_outcome", "state", "level"),
    [
        (Told.ACCEPTED, "accepted", MessageState.ACCEPTED, 2),
        (Told.DELIVERED, "accepted", MessageState.DELIVERED, 3),
        (Told.REFUSED, "refused", MessageState.FAILED, 1),
        (Told.UNCLEAR, "unclear", MessageState.UNKNOWN, 1),
    ],
)
def test_a_result_writes_attempt_and_event(
    outcome: Told, attempt_outcome: str, state: MessageState, level: int
) -> None:
    item = requested()
    who = acked(item)
    now = timezone.now()
    told(item, who, outcome, now, code="250", answer="ok for ana@example.org")
    item.refresh_from_db()
    attempt, message = attempt_of(item), message_of(item)
    assert attempt.outcome == attempt_outcome
    assert attempt.reply_code == "250"
    assert "ana@example.org" not in attempt.raw_answer
    assert (message.state, message.evidence_level) == (state, level)
    assert item.state == ("unknown" if outcome is Told.UNCLEAR else "settled")
    assert item.due_at is None
    assert changes(ChangeKind.ATTEMPT_FINISHED) == 1
    if level > 1:
        event = DeliveryEvent.objects.order_by("pk").last()
        assert event is not None
        assert event.occurred_at == now - MINUTE


def test_a_result_names_the_provider_that_was_used() -> None:
    item = requested()
    route = make_route(make_provider())
    told(item, acked(item), Told.ACCEPTED, provider=route.provider.slug)
    assert attempt_of(item).route == route
    assert message_of(item).provider == route.provider


def test_a_result_repeated_changes_nothing() -> None:
    item = requested()
    who = acked(item)
    told(item, who, Told.ACCEPTED)
    before = (message_of(item).state, DeliveryEvent.objects.count())
    told(item, who, Told.ACCEPTED)
    assert (message_of(item).state, DeliveryEvent.objects.count()) == before
    assert changes(ChangeKind.ATTEMPT_FINISHED) == 1


def test_later_words_only_raise_what_is_known() -> None:
    item = requested()
    who = acked(item)
    told(item, who, Told.ACCEPTED)
    told(item, who, Told.DELIVERED)
    told(item, who, Told.ACCEPTED)
    told(item, who, Told.UNCLEAR)
    message = message_of(item)
    assert (message.state, message.evidence_level) == (MessageState.DELIVERED, 3)


def test_a_bounce_after_acceptance_fails_the_message() -> None:
    item = requested()
    who = acked(item)
    told(item, who, Told.ACCEPTED)
    told(item, who, Told.REFUSED)
    assert message_of(item).state == MessageState.FAILED


def test_a_lost_acknowledgement_does_not_lose_the_result() -> None:
    item = requested()
    told(item, speaker(item), Told.ACCEPTED)
    item.refresh_from_db()
    assert item.state == "settled"
    assert message_of(item).state == MessageState.ACCEPTED
    silence(item)
    assert item.asks == 1


def test_a_result_from_another_key_is_refused() -> None:
    item = requested()
    acked(item)
    with pytest.raises(sending.Taken):
        told(item, speaker(item, key_of(item, "second")), Told.ACCEPTED)


@pytest.mark.parametrize(
    ("outcome", "attempt_outcome", "state"),
    [
        (Told.DELIVERED, "accepted", MessageState.DELIVERED),
        (Told.REFUSED, "refused", MessageState.FAILED),
        (Told.ACCEPTED, "accepted", MessageState.ACCEPTED),
    ],
)
def test_a_late_result_settles_what_was_unknown(
    outcome: Told, attempt_outcome: str, state: MessageState
) -> None:
    item = requested()
    who = acked(item)
    silence(item)
    assert message_of(item).state == MessageState.UNKNOWN
    told(item, who, outcome)
    item.refresh_from_db()
    assert (item.state, attempt_of(item).outcome) == ("settled", attempt_outcome)
    assert message_of(item).state == state
    assert changes(ChangeKind.ATTEMPT_FINISHED) == 2  # the ending and the settling


def test_a_result_after_giving_up_is_evidence_all_the_same() -> None:
    item = requested()
    who = speaker(item)
    for _ in range(3):
        silence(item)
    told(item, who, Told.DELIVERED)
    assert message_of(item).state == MessageState.DELIVERED


# --- 4 silence ------------------------------------------------------------------------


def test_silence_is_asked_about_three_times_under_one_generation() -> None:
    item = requested()
    generations, asks = set(), []
    for _ in range(2):
        now = timezone.now()
        silence(item, now)
        generations.add(item.generation)
        asks.append((item.asks, item.ack_by == now + TEN))
    assert asks == [(2, True), (3, True)]
    assert generations == {1}
    assert changes(ChangeKind.RESEND_REQUESTED) == 3
    silence(item)
    assert (item.state, item.code, item.asks) == ("failed", "unacknowledged", 3)
    attempt, message = attempt_of(item), message_of(item)
    assert (attempt.outcome, attempt.reply_code) == ("cancelled", "unacknowledged")
    assert (message.state, message.evidence_level) == (MessageState.FAILED, 0)
    assert DeliveryEvent.objects.count() == 0
    with pytest.raises(sending.Over):
        sending.acknowledge(item.public_id, speaker(item), 1, timezone.now())


def test_an_acknowledgement_of_a_repeated_request_is_the_same_send() -> None:
    item = requested()
    silence(item)
    acked(item)
    assert item.state == "acknowledged"
    assert attempt_of(item).idempotency_key.endswith(":1")


def test_after_the_last_request_an_acknowledgement_is_too_late() -> None:
    item = requested()
    now = timezone.now()
    silence(item, now)
    silence(item, now)
    with pytest.raises(sending.Over):
        sending.acknowledge(item.public_id, speaker(item), 1, now + TEN)


def test_no_result_by_the_end_of_the_lease_is_unknown() -> None:
    item = requested()
    acked(item)
    silence(item)
    assert item.state == "unknown"
    assert attempt_of(item).outcome == "unclear"
    assert message_of(item).state == MessageState.UNKNOWN
    assert sending.send_due() == 0


def test_an_acknowledgement_meanwhile_beats_the_sweeper() -> None:
    item = requested()
    pass_time(item)
    (claimed,) = DelegatedSend.objects.claim(1)
    acked(item)
    assert item.epoch > claimed.epoch
    assert sending.follow_delegated(timezone.now()) == 0
    assert item.state == "acknowledged"


def test_what_nobody_can_follow_up_ends_with_a_person() -> None:
    open_one, acked_one = requested(), requested()
    acked(acked_one)
    DelegatedSend.objects.update(due_at=LONG_AGO, tries=3)
    sending.follow_delegated(timezone.now())
    open_one.refresh_from_db()
    acked_one.refresh_from_db()
    assert (open_one.state, open_one.code) == ("failed", "crashed")
    assert acked_one.state == "unknown"
    assert attempt_of(acked_one).outcome == "unclear"


# --- decline --------------------------------------------------------------------------


def test_a_source_declines_and_its_reason_is_kept() -> None:
    item = requested()
    who = speaker(item)
    for _ in range(2):
        sending.refuse(
            item.public_id, who, 1, "Ana <ana@example.org> has left.", timezone.now()
        )
    item.refresh_from_db()
    attempt = attempt_of(item)
    assert (item.state, item.code) == ("failed", "declined")
    assert attempt.reply_code == "declined"
    assert "has left" in attempt.raw_answer
    assert "ana@example.org" not in attempt.raw_answer
    assert message_of(item).state == MessageState.FAILED


def test_a_source_declines_what_it_had_taken() -> None:
    item = requested()
    who = acked(item)
    sending.refuse(item.public_id, who, 1, "The template is gone.", timezone.now())
    assert message_of(item).state == MessageState.FAILED
    assert attempt_of(item).outcome == "cancelled"


def test_what_is_settled_cannot_be_declined() -> None:
    item = requested()
    who = acked(item)
    told(item, who, Told.ACCEPTED)
    with pytest.raises(sending.Over):
        sending.refuse(item.public_id, who, 1, "Too late.", timezone.now())
