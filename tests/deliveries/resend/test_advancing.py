"""Does a bulk resend go out as a canary and a ramp, and stop where it must?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import resend, sending
from deliveries.models import (
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    Fault,
    FrequencyCap,
    Message,
    MessageState,
    ResendItem,
    ResendOperation,
    ResendState,
)
from tests.factories import make_address, make_message, make_route, make_source
from tests.resends import (
    DELIVERED,
    REFUSED,
    TAKEN,
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
from tests.work import category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana_herself(db: None) -> User:
    make_route()
    return User.objects.create_user("ana", first_name="Ana")


def test_a_canary_goes_first_and_the_ramp_follows(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(30), canary_size=5, ramp=[10, 12])
    carrier = Carrier()
    sizes = []
    for _ in range(6):
        before = len(carrier.asked)
        turn(carrier)
        sizes.append(len(carrier.asked) - before)
        assert states(operation) == counted(operation)
    # A beat between two steps sees that the last one is over.
    assert [size for size in sizes if size] == [5, 10, 12]
    run(operation, carrier)
    assert fresh(operation).state == ResendState.COMPLETED
    assert len(carrier.asked) == len(set(carrier.asked)) == 30
    assert counted(operation) == states(operation) == {"delivered": 30}
    assert set(Message.objects.values_list("state")) == {(MessageState.DELIVERED,)}


def test_the_next_step_waits_for_the_last_one(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(9), canary_size=3, ramp=[6])
    resend.advance_due(timezone.now())
    for _ in range(3):
        let_leases_end()
        ResendOperation.objects.update(due_at=timezone.now())
        resend.advance_due(timezone.now())
    assert states(operation) == {"claimed": 3, "planned": 6}


def test_the_rate_holds_the_steps_back(ana_herself: User) -> None:
    operation = planned(ana_herself, make_failed(40), rate_per_s=2.0, canary_size=30)
    now = timezone.now()
    resend.start(operation.pk, ana_herself.pk, now)
    carrier, sent = Carrier(), []
    for second in range(4):
        turn(carrier, now + timedelta(seconds=second))
        sent.append(len(carrier.asked))
    assert sent == [10, 12, 14, 16]  # five seconds are saved up, then two a second


def test_a_provider_that_breaks_gets_no_more_than_one_step(ana_herself: User) -> None:
    """A thousand messages; from the 300th on nothing is taken."""
    operation = started(ana_herself, make_failed(1_000))
    carrier = Carrier(lambda nth: DELIVERED if nth < 300 else REFUSED)
    run(operation, carrier)
    row = fresh(operation)
    assert (row.state, row.fault) == (ResendState.ABORTED, Fault.TOO_MANY_FAILED)
    # Three of the last 50 are too many, and each claim asks: not even the step is used.
    assert len(carrier.asked) == 302
    assert states(operation) == {"delivered": 299, "failed": 3, "cancelled": 698}
    assert counted(operation) == states(operation)
    assert not ResendItem.objects.outstanding().exists()


def test_answers_that_nobody_understands_stop_it_too(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(100))
    carrier = Carrier(lambda nth: UNCLEAR)
    run(operation, carrier)
    assert fresh(operation).state == ResendState.ABORTED
    assert len(carrier.asked) == 2  # more than one of twenty


def test_silence_after_a_yes_stops_it_as_well(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(60), canary_size=20, ramp=[20])
    carrier = Carrier(lambda nth: TAKEN)
    turn(carrier)
    assert states(operation) == {"sent": 20, "planned": 40}
    sending.sweep_silence(timezone.now() + timedelta(hours=1))
    run(operation, carrier)
    assert fresh(operation).state == ResendState.ABORTED
    assert states(operation) == {"unknown": 20, "cancelled": 40}


def test_one_failure_among_few_is_no_reason_to_stop(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(25))
    carrier = Carrier(lambda nth: REFUSED if nth == 1 else DELIVERED)
    run(operation, carrier)
    assert fresh(operation).state == ResendState.COMPLETED
    assert states(operation) == {"failed": 1, "delivered": 24}


def test_a_cause_that_was_not_planned_and_forbids_a_resend_stops_it(
    ana_herself: User,
) -> None:
    operation = started(ana_herself, make_failed(60), canary_size=20)
    carrier = Carrier(lambda nth: REFUSED if nth == 1 else DELIVERED)
    turn(carrier)
    relay = category("config.relay_denied")
    DeliveryAttempt.objects.filter(outcome="refused").update(category=relay)
    run(operation, carrier)
    row = fresh(operation)
    assert (row.state, row.fault) == (ResendState.ABORTED, Fault.NEW_CAUSE)
    assert len(carrier.asked) == 20


def test_the_next_step_waits_until_failures_are_judged(ana_herself: User) -> None:
    operation = started(ana_herself, make_failed(30), canary_size=20, ramp=[10])
    carrier = Carrier(lambda nth: REFUSED if nth == 1 else DELIVERED)
    for _ in range(3):
        turn(carrier)
    assert fresh(operation).state == ResendState.CANARY
    safe = category("server.unavailable")
    DeliveryAttempt.objects.filter(outcome="refused").update(category=safe)
    turn(carrier)
    assert fresh(operation).state == ResendState.RAMPING


@pytest.mark.parametrize("code", ["expired", "superseded"])
def test_what_changed_since_the_plan_leaves_a_message_out(
    ana_herself: User, code: str
) -> None:
    (message,) = make_failed(1)
    operation = started(ana_herself, [message])
    if code == "expired":
        Message.objects.update(expires_at=timezone.now())
    else:
        make_message(message.source, supersedes=message)
    carrier = Carrier()
    run(operation, carrier)
    item = ResendItem.objects.get()
    assert (item.state, item.exclusion) == ("excluded", code)
    assert carrier.asked == []


def test_what_changes_between_plan_and_call_leaves_it_out_too(
    ana_herself: User,
) -> None:
    (message,) = make_failed(1)
    operation = started(ana_herself, [message])
    resend.advance_due(timezone.now())
    assert states(operation) == {"claimed": 1}
    make_message(message.source, supersedes=message)
    carrier = Carrier()
    run(operation, carrier)
    assert ResendItem.objects.get().exclusion == "superseded"
    assert carrier.asked == []


def test_a_person_who_was_written_to_enough_holds_up_nobody(ana_herself: User) -> None:
    address = make_address(make_source())
    source = address.recipient.source
    tired = [make_message(address=address) for _ in range(2)]
    cap = {"channel": "webhook", "purpose": "transactional", "window_s": 86_400}
    FrequencyCap.objects.create(source=source, max_sends=1, **cap)
    operation = started(ana_herself, [*tired, *make_failed(1, source=source)])
    run(operation, Carrier())
    assert states(operation) == {"delivered": 2, "excluded": 1}
    assert ResendItem.objects.get(state="excluded").exclusion == "over_cap"


def test_late_evidence_reaches_the_item(ana_herself: User) -> None:
    messages = make_failed(2)
    operation = started(ana_herself, messages)
    run(operation, Carrier(lambda nth: TAKEN))
    assert states(operation) == {"sent": 2}
    for message, kind, level in (
        (messages[0], EventKind.DELIVERED, EvidenceLevel.DELIVERED),
        (messages[1], EventKind.BOUNCED, EvidenceLevel.NONE),
    ):
        sending.prove(
            message.pk,
            level=level,
            kind=kind,
            provider=None,
            dedup_hash=str(message.pk),
            occurred_at=timezone.now(),
            trusted=True,
        )
    assert states(operation) == counted(operation) == {"delivered": 1, "failed": 1}


def test_an_edit_is_made_only_for_what_is_sent(ana_herself: User) -> None:
    soon = (timezone.now() + timedelta(hours=2)).isoformat()
    first, second = make_failed(2)
    leo = User.objects.create_user("leo")
    operation = planned(ana_herself, [first, second], patch={"expires_at": soon})
    resend.approve(operation.pk, leo.pk)
    resend.start(operation.pk, ana_herself.pk, timezone.now())
    make_message(first.source, supersedes=first)
    run(operation, Carrier())
    edited = dict(Message.objects.values_list("pk", "expires_at"))
    assert edited[first.pk] is None
    assert edited[second.pk].isoformat() == soon


def test_what_three_workers_could_not_do_is_paused_and_says_so(
    ana_herself: User,
) -> None:
    operation = started(ana_herself, make_failed(2))
    ResendOperation.objects.update(tries=3)
    carrier = Carrier()
    turn(carrier)
    row = fresh(operation)
    assert (row.state, row.fault, row.due_at) == ("paused", Fault.CRASHED, None)
    assert row.parked_at is not None
    resend.start(operation.pk, ana_herself.pk, timezone.now())
    run(operation, carrier)
    assert states(operation) == {"delivered": 2}
