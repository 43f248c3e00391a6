"""Who comes first, who comes too late, and what does a pause hold?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries import gate, resend, sending
from deliveries.models import (
    AttemptCause,
    DeliveryAttempt,
    Message,
    MessageState,
    ResendEvent,
    ResendItem,
    ResendOperation,
    ResendState,
    Route,
)
from tests.factories import make_message, make_route
from tests.resends import (
    UNCLEAR,
    Carrier,
    counted,
    fresh,
    let_leases_end,
    make_failed,
    planned,
    run,
    started,
    states,
    turn,
)
from tests.side_by_side import Other

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana_herself(db: None) -> User:
    make_route()
    return User.objects.create_user("ana", first_name="Ana")


@pytest.fixture
def leo_himself(db: None) -> User:
    return User.objects.create_user("leo", first_name="Leo")


def test_a_plan_that_needs_a_second_person_is_not_started_by_one(
    ana_herself: User, leo_himself: User
) -> None:
    operation = planned(ana_herself, make_failed(2), limit=1)
    with pytest.raises(resend.NotNow, match="second person"):
        resend.start(operation.pk, ana_herself.pk, timezone.now())
    with pytest.raises(resend.NotNow, match="somebody else"):
        resend.approve(operation.pk, ana_herself.pk)
    assert fresh(operation).state == ResendState.PLANNED
    resend.approve(operation.pk, leo_himself.pk)
    resend.start(operation.pk, ana_herself.pk, timezone.now())
    run(operation, Carrier())
    assert states(operation) == {"delivered": 2}
    steps = ResendEvent.objects.filter(operation=operation)
    assert list(steps.values_list("state", "person__username")) == [
        ("draft", "ana"),
        ("planned", None),
        ("approved", "leo"),
        ("canary", "ana"),
        ("completed", None),
    ]


def test_a_pause_holds_even_what_was_planned_already(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(6), canary_size=3)
    resend.advance_due(timezone.now())
    resend.pause(operation.pk, ana_herself.pk)
    carrier = Carrier()
    for _ in range(3):
        turn(carrier)
    assert carrier.asked == []
    assert states(operation) == {"claimed": 3, "planned": 3}
    resend.start(operation.pk, ana_herself.pk, timezone.now())
    run(operation, carrier)
    assert states(operation) == counted(operation) == {"delivered": 6}


def test_a_cancelled_resend_lets_its_messages_go(ana_herself: User) -> None:
    messages = make_failed(4)
    operation = started(ana_herself, messages, canary_size=2)
    resend.advance_due(timezone.now())
    resend.cancel(operation.pk, ana_herself.pk, timezone.now())
    carrier = Carrier()
    run(operation, carrier)
    assert carrier.asked == []
    assert states(operation) == counted(operation) == {"cancelled": 4}
    again = started(ana_herself, messages)
    run(again, carrier)
    assert states(again) == {"delivered": 4}


def test_what_is_over_cannot_be_taken_up_again(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(1))
    run(operation, Carrier())
    for decide in (
        lambda: resend.start(operation.pk, ana_herself.pk, timezone.now()),
        lambda: resend.pause(operation.pk, ana_herself.pk),
        lambda: resend.cancel(operation.pk, ana_herself.pk, timezone.now()),
    ):
        with pytest.raises(resend.NotNow):
            decide()


def test_two_agents_and_two_workers_send_one_message_once(
    ana_herself: User, leo_himself: User
) -> None:
    (message,) = make_failed(1)
    other = Other(lambda: planned(leo_himself, [message]))
    mine, theirs = planned(ana_herself, [message]), other.end()
    plans = sorted((fresh(mine), fresh(theirs)), key=lambda each: each.n_planned)
    assert [each.n_planned for each in plans] == [0, 1]
    assert plans[0].items.get().exclusion == "in_flight"
    resend.start(plans[1].pk, ana_herself.pk, timezone.now())
    carrier = Carrier()
    beat = Other(lambda: turn(carrier))
    turn(carrier)
    beat.end()
    run(plans[1], carrier)
    assert carrier.asked == [message.pk]


def test_the_machine_and_a_person_stay_away_from_what_a_resend_holds(
    ana_herself: User,
) -> None:
    (message,) = make_failed(1)
    planned(ana_herself, [message])
    route = Route.objects.get()
    for cause in (AttemptCause.AUTO, AttemptCause.AGENT):
        with pytest.raises(sending.Outstanding):
            sending.plan(message, route=route, cause=cause, at=timezone.now())


def test_a_person_settles_what_became_unknown_by_sending_it_again(
    ana_herself: User,
) -> None:
    (message,) = make_failed(1)
    operation = started(ana_herself, [message])
    run(operation, Carrier(lambda nth: UNCLEAR))
    assert states(operation) == {"unknown": 1}
    route, now = Route.objects.get(), timezone.now()
    with pytest.raises(sending.NotSendable):
        sending.plan(message, route=route, cause=AttemptCause.AUTO, at=now)
    sending.plan(message, route=route, cause=AttemptCause.AGENT, at=now)
    assert states(operation) == counted(operation) == {"failed": 1}


def test_a_stop_is_a_reason_of_the_gate(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(1))
    resend.advance_due(timezone.now())
    attempt = DeliveryAttempt.objects.get()
    message = attempt.message
    assert gate.check(message, now=timezone.now(), attempt=attempt).allowed
    resend.cancel(operation.pk, ana_herself.pk, timezone.now())
    verdict = gate.check(message, now=timezone.now(), attempt=attempt)
    assert verdict.codes == (gate.GateCode.STOPPED,)


STEPS = st.sampled_from(["advance", "send", "expire", "replace", "pause", "resume"])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(STEPS, min_size=3, max_size=9))
def test_no_try_starts_after_expiry_or_beside_a_newer_message(
    ana_herself: User, history: list[str]
) -> None:
    operation = started(ana_herself, make_failed(3), canary_size=1, ramp=[1])
    carrier, dead = Carrier(), set()
    for nth, step in enumerate(history):
        waiting = Message.objects.filter(resends__operation=operation)
        waiting = waiting.exclude(state=MessageState.DELIVERED).order_by("pk")
        victim = waiting.exclude(pk__in=dead).first()
        known = len(carrier.asked)
        let_leases_end()
        if step == "advance":
            resend.advance_due(timezone.now() + timedelta(minutes=nth))
        elif step == "send":
            turn(carrier, timezone.now() + timedelta(minutes=nth))
        elif step in ("pause", "resume"):
            _try(operation, ana_herself, step)
        elif victim is not None:
            _kill(victim, step)
            dead.add(victim.pk)
        assert not dead & set(carrier.asked[known:])
    _try(operation, ana_herself, "resume")
    run(operation, carrier)
    assert not dead & set(carrier.asked)
    assert len(carrier.asked) == len(set(carrier.asked)) == 3 - len(dead)
    codes = ResendItem.objects.filter(operation=operation, message__in=dead)
    assert set(codes.values_list("exclusion", flat=True)) <= {"expired", "superseded"}
    assert states(operation) == counted(operation)


def _try(operation: ResendOperation, person: User, step: str) -> None:
    state = fresh(operation).state
    if step == "pause" and state in ("canary", "ramping"):
        resend.pause(operation.pk, person.pk)
    elif step == "resume" and state == "paused":
        resend.start(operation.pk, person.pk, timezone.now())


def _kill(message: Message, step: str) -> None:
    if step == "expire":
        Message.objects.filter(pk=message.pk).update(expires_at=timezone.now())
    else:
        make_message(message.source, supersedes=message)
