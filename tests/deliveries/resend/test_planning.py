"""Are the figures of a plan exact, and is its set fixed from then on?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import resend, suppressions
from deliveries.models import (
    Fault,
    FrequencyCap,
    Message,
    MessageState,
    Outcome,
    Purpose,
    QuietHours,
    ResendItem,
    ResendOperation,
    ResendState,
    Source,
    Suppression,
    SuppressionOrigin,
)
from deliveries.resend import planning
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
    make_source,
)
from tests.resends import counted, drafted, fresh, make_failed, planned, states
from tests.work import MAILBOX_FULL, RELAY_DENIED, UNAVAILABLE, UNKNOWN, category

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana_herself(db: None) -> User:
    make_route()
    return User.objects.create_user("ana", first_name="Ana")


def reasons(operation: ResendOperation) -> dict[str, int]:
    """How many messages each reason leaves out."""
    codes = operation.items.filter(state="excluded").values_list("exclusion", flat=True)
    return {code: list(codes).count(code) for code in set(codes)}


def suppressed(source: Source) -> Message:
    address = make_address(source)
    suppressions.suppress(
        address, category=category(MAILBOX_FULL), origin=SuppressionOrigin.EVENT
    )
    return make_message(address=address)


def capped(source: Source) -> Message:
    FrequencyCap.objects.create(
        source=source,
        channel="webhook",
        purpose=Purpose.SOCIAL,
        window_s=86_400,
        max_sends=1,
    )
    address = make_address(source)
    address.consents.create(
        purpose=Purpose.SOCIAL,
        state="confirmed",
        origin="person",
        proof={},
        confirmed_at=timezone.now(),
    )
    return make_message(address=address, purpose=Purpose.SOCIAL)


def at_night(source: Source) -> Message:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    QuietHours.objects.create(
        source=source,
        channel="webhook",
        purpose=Purpose.SECURITY,
        starts=(hour - timedelta(hours=2)).time(),
        ends=(hour + timedelta(hours=2)).time(),
    )
    return make_message(source, purpose=Purpose.SECURITY)


def test_the_counts_of_a_plan_are_exact(ana_herself: User) -> None:
    """A world made by hand, in which every reason occurs."""
    source = make_source()
    good = make_failed(3, source=source)
    replaced = make_message(source)
    make_message(source, supersedes=replaced)
    held = make_message(source)
    planned(ana_herself, [held])
    lost = [
        replaced,
        held,
        suppressed(source),
        at_night(source),
        make_message(source, expires_at=timezone.now()),
        make_message(source, state=MessageState.EXPIRED),
        make_message(source, state=MessageState.ACCEPTED),
        make_message(source, state=MessageState.CANCELLED),
        make_message(source, state=MessageState.UNKNOWN),
        make_message(source, region="cn-east", channel="sms"),
        make_message(
            address=make_address(source, "https://other.example/"),
            purpose=Purpose.MARKETING,
        ),
        make_message(source, state=MessageState.DELIVERED, evidence_level=3),
    ]
    operation = planned(ana_herself, [*good, *lost])
    assert reasons(operation) == {
        "superseded": 1,
        "in_flight": 2,
        "suppressed": 1,
        "quiet_hours": 1,
        "expired": 2,
        "not_resendable": 2,
        "no_route": 1,
        "no_consent": 1,
        "already_delivered": 1,
    }
    assert states(operation) == counted(operation) == {"planned": 3, "excluded": 12}
    assert (operation.matched, operation.will_send) == (15, 3)
    assert operation.plan["causes"] == {UNAVAILABLE: 3}
    assert operation.plan["unclear_left_out"] == 1
    assert operation.state == ResendState.PLANNED
    assert not operation.needs_second_person
    assert operation.selection == {}


def test_a_cap_that_is_used_up_leaves_out(ana_herself: User) -> None:
    message = capped(make_source())
    cap = FrequencyCap.objects.get()
    now = timezone.now()
    start = int(now.timestamp()) // cap.window_s * cap.window_s
    assert message.address is not None
    cap.uses.create(
        pseudonym=message.address.pseudonym,
        window_start=timezone.datetime.fromtimestamp(start, tz=now.tzinfo),
        used=1,
    )
    assert reasons(planned(ana_herself, [message])) == {"over_cap": 1}


# --- remedies -------------------------------------------------------------------------


def tried(message: Message, ago: timedelta, **changes: Any) -> Message:
    """A message whose last try was refused some time ago."""
    attempt = make_attempt(message)
    at = timezone.now() - ago
    type(attempt).objects.filter(pk=attempt.pk).update(
        **{
            "outcome": Outcome.REFUSED,
            "started_at": at,
            "finished_at": at,
            "due_at": None,
            **changes,
        }
    )
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.FAILED, provider=attempt.route.provider
    )
    return message


@pytest.mark.parametrize(("hours", "sent"), [(3, 0), (5, 1)])
def test_a_full_mailbox_opens_after_four_hours_of_waiting(
    ana_herself: User, hours: int, sent: int
) -> None:
    message = tried(make_message(), timedelta(hours=hours))
    operation = planned(ana_herself, [message], cause=MAILBOX_FULL, remedy="waited")
    assert operation.will_send == sent


def test_a_cause_that_needs_a_remedy_stays_shut_without_one(ana_herself: User) -> None:
    message = tried(make_message(), timedelta(hours=5))
    operation = planned(ana_herself, [message], cause=MAILBOX_FULL)
    assert reasons(operation) == {"never_unremedied": 1}


def test_a_mended_configuration_is_believed_when_something_was_taken_since(
    ana_herself: User,
) -> None:
    message = tried(make_message(), timedelta(hours=1))
    order = {"cause": RELAY_DENIED, "remedy": "config_fixed"}
    before = planned(ana_herself, [message], **order)
    assert reasons(before) == {"never_unremedied": 1}
    route = message.attempts.get().route
    other = make_attempt(make_message(message.source), route)
    type(other).objects.filter(pk=other.pk).update(
        outcome=Outcome.ACCEPTED, finished_at=timezone.now(), due_at=None
    )
    assert planned(ana_herself, [message], **order).will_send == 1


def test_another_route_has_to_exist(ana_herself: User) -> None:
    message = tried(make_message(), timedelta(hours=1))
    order = {"cause": "reputation.ip_blocked", "remedy": "other_route"}
    Message.objects.update(provider=None)
    first = make_message(channel="sms")
    provider = make_provider(channel="sms")  # type: ignore[arg-type]
    make_route(provider)
    Message.objects.filter(pk=first.pk).update(provider=provider)
    assert reasons(planned(ana_herself, [first], **order)) == {"no_route": 1}
    assert planned(ana_herself, [message], **order).will_send == 1


def test_a_lifted_suppression_opens_what_it_closed(ana_herself: User) -> None:
    message = suppressed(make_source())
    order = {"cause": "consent.suppressed", "remedy": "suppression_lifted"}
    assert reasons(planned(ana_herself, [message], **order)) == {"suppressed": 1}
    Suppression.objects.update(
        lifted_at=timezone.now() + timedelta(seconds=1),
        lifted_by=ana_herself,
        lift_reason="They asked for it.",
    )
    assert planned(ana_herself, [message], **order).will_send == 1


def test_a_person_vouches_for_ten_messages_of_an_unknown_cause(
    ana_herself: User,
) -> None:
    operation = planned(
        ana_herself, make_failed(12), cause=UNKNOWN, remedy="human_judgement"
    )
    assert operation.will_send == 10
    assert reasons(operation) == {"never_unremedied": 2}


# --- the second person ----------------------------------------------------------------


def test_more_than_ones_amount_needs_a_second_person(ana_herself: User) -> None:
    assert not planned(ana_herself, make_failed(2), limit=2).needs_second_person
    assert planned(ana_herself, make_failed(3), limit=2).needs_second_person


def test_an_edit_needs_a_second_person(ana_herself: User) -> None:
    patch = {"region": "eu-west"}
    assert planned(ana_herself, make_failed(1), patch=patch).needs_second_person


def test_what_may_have_arrived_needs_a_second_person(ana_herself: User) -> None:
    unclear = make_failed(1, state=MessageState.UNKNOWN)
    operation = planned(ana_herself, unclear, with_unclear=True)
    assert operation.needs_second_person
    assert operation.plan["unclear"] == 1


# --- the risk of a double -------------------------------------------------------------


def unclear_cases(count: int, arrived: int) -> Message:
    """A message that is unclear, beside past ones over the same route."""
    route = make_route(make_provider(), region="eu-west")
    source = make_source()
    for nth in range(count):
        message = make_message(source)
        attempt = make_attempt(message, route)
        type(attempt).objects.filter(pk=attempt.pk).update(
            outcome=Outcome.UNCLEAR,
            reply_code="timeout",
            finished_at=timezone.now(),
            due_at=None,
        )
        Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
        if nth < arrived:
            message.events.create(
                source=source,
                attempt_n=1,
                provider=route.provider,
                dedup_hash=str(nth),
                kind="delivered",
                level=3,
                occurred_at=timezone.now(),
            )
    return Message.objects.order_by("pk").last() or message


@pytest.mark.parametrize(("cases", "risk"), [(29, None), (30, 0.2)])
def test_the_risk_is_not_known_below_thirty_cases(
    ana_herself: User, cases: int, risk: float | None
) -> None:
    message = unclear_cases(cases, 6)
    operation = planned(ana_herself, [message], with_unclear=True)
    assert operation.items.get().duplicate_risk == risk
    assert operation.plan["unclear_known"] == (0 if risk is None else 1)


# --- the job --------------------------------------------------------------------------


def test_a_plan_goes_on_where_its_worker_died(
    ana_herself: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "CHUNK", 2)
    operation = drafted(ana_herself, make_failed(5))
    whole, calls = planning._judge_chunk, []

    def dies(judge: Any, chunk: Any) -> None:
        calls.append(chunk)
        if len(calls) == 2:
            raise RuntimeError
        whole(judge, chunk)

    monkeypatch.setattr(planning, "_judge_chunk", dies)
    now = timezone.now()
    resend.plan(operation.pk, lambda: now)
    assert counted(operation) == {"planned": 2}
    resend.plan(operation.pk, lambda: now)  # it may live still
    assert counted(operation) == {"planned": 2}
    later = now + planning.LEASE + timedelta(seconds=1)
    assert resend.forgotten(later) == [operation.pk]
    resend.plan(operation.pk, lambda: later)
    assert states(operation) == counted(operation) == {"planned": 5}
    assert fresh(operation).state == ResendState.PLANNED


def test_a_plan_that_kills_three_workers_is_given_up(ana_herself: User) -> None:
    operation = drafted(ana_herself, make_failed(1))
    ResendOperation.objects.update(tries=3, epoch=3)
    assert resend.forgotten(timezone.now() + timedelta(hours=1)) == []
    row = fresh(operation)
    assert (row.state, row.fault) == (ResendState.CANCELLED, Fault.CRASHED)


def test_a_plan_that_no_worker_takes_says_so(ana_herself: User) -> None:
    operation = drafted(ana_herself, make_failed(1))
    resend.forgotten(timezone.now() + timedelta(minutes=11))
    assert fresh(operation).fault == Fault.NO_WORKER


def test_a_plan_that_is_cancelled_meanwhile_adds_nothing(ana_herself: User) -> None:
    operation = drafted(ana_herself, make_failed(1))
    resend.cancel(operation.pk, ana_herself.pk, timezone.now())
    resend.plan(operation.pk, timezone.now)
    assert not ResendItem.objects.exists()
    assert fresh(operation).state == ResendState.CANCELLED
