"""Does the gate let a message through only when nothing speaks against it?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries import gate, suppressions
from deliveries.gate import GateCode
from deliveries.models import (
    Address,
    FailureCategory,
    Message,
    MessageState,
    Purpose,
    Suppression,
    SuppressionOrigin,
)
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_route,
    make_source,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def codes(message: Message) -> tuple[str, ...]:
    return gate.check(message, now=timezone.now()).codes


def suppress(address: Address, purpose: Purpose | None = None) -> Suppression:
    return suppressions.suppress(
        address,
        category=FailureCategory.objects.get(slug="recipient.unknown"),
        origin=SuppressionOrigin.EVENT,
        purpose=purpose,
    )


def test_a_failed_message_passes() -> None:
    verdict = gate.check(make_message(address=make_address()), now=timezone.now())

    assert verdict.allowed
    assert verdict.codes == ()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (MessageState.CANCELLED, GateCode.CANCELLED),
        (MessageState.EXPIRED, GateCode.EXPIRED),
    ],
)
def test_a_message_that_is_over_does_not_pass(
    state: MessageState, code: GateCode
) -> None:
    assert codes(make_message(state=state)) == (code,)


def test_a_message_that_arrived_does_not_pass() -> None:
    message = make_message(state=MessageState.DELIVERED, evidence_level=3)

    assert codes(message) == (GateCode.DELIVERED,)


def test_nothing_passes_from_the_moment_it_expires() -> None:
    now = timezone.now()
    message = make_message(expires_at=now)

    assert gate.check(message, now=now).codes == (GateCode.EXPIRED,)
    assert gate.check(message, now=now - MINUTE).allowed


def test_a_message_that_a_newer_one_replaces_does_not_pass() -> None:
    old = make_message()
    newer = make_message(old.source, supersedes=old)

    assert codes(old) == (GateCode.SUPERSEDED,)
    assert codes(newer) == ()


def test_a_suppressed_address_is_not_written_to() -> None:
    address = make_address()
    suppress(address)

    assert codes(make_message(address=address)) == (GateCode.SUPPRESSED,)


def test_a_suppression_for_one_purpose_stops_that_purpose_alone() -> None:
    address = make_address()
    suppress(address, Purpose.MARKETING)

    ad = make_message(address=address, purpose=Purpose.MARKETING)
    receipt = make_message(address=address, purpose=Purpose.TRANSACTIONAL)

    assert codes(ad) == (GateCode.SUPPRESSED, GateCode.NO_CONSENT)
    assert codes(receipt) == ()


def test_a_suppression_holds_for_everybody_at_the_address() -> None:
    source = make_source()
    theirs, ours = make_address(source), make_address(source)
    assert theirs.recipient != ours.recipient
    suppress(theirs)

    assert codes(make_message(address=ours)) == (GateCode.SUPPRESSED,)


def test_a_suppression_of_another_source_does_not_hold_here() -> None:
    suppress(make_address())

    assert codes(make_message(address=make_address())) == ()


def test_a_suppression_ends_when_it_is_over() -> None:
    address = make_address()
    order = suppress(address)
    order.until = timezone.now() - MINUTE
    order.save()

    assert codes(make_message(address=address)) == ()


def test_a_message_whose_try_is_under_way_does_not_pass() -> None:
    attempt = make_attempt()

    assert codes(attempt.message) == (GateCode.OUTSTANDING,)


def test_a_try_does_not_stand_in_its_own_way() -> None:
    attempt = make_attempt()

    verdict = gate.check(attempt.message, now=timezone.now(), attempt=attempt)

    assert verdict.allowed


@pytest.mark.parametrize("off", ["route", "provider"])
def test_a_try_over_what_was_switched_off_does_not_pass(off: str) -> None:
    route = make_route()
    attempt = make_attempt(route=route)
    target = route if off == "route" else route.provider
    target.enabled = False

    verdict = gate.check(attempt.message, now=timezone.now(), attempt=attempt)

    assert verdict.codes == (GateCode.NO_ROUTE,)


def test_every_reason_is_named() -> None:
    address = make_address()
    suppress(address)
    message = make_message(address=address, expires_at=timezone.now())
    make_message(message.source, supersedes=message)

    assert set(codes(message)) == {
        GateCode.EXPIRED,
        GateCode.SUPERSEDED,
        GateCode.SUPPRESSED,
    }
