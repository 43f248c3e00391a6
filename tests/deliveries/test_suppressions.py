"""Does an order not to send hold for the address, and as long as it should?"""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries import suppressions
from deliveries.models import (
    Address,
    ChangeKind,
    FactChange,
    FailureCategory,
    MessageState,
    Purpose,
    Suppression,
    SuppressionOrigin,
)
from tests.factories import make_address, make_message

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def order(
    address: Address, purpose: Purpose | None = None, until: datetime | None = None
) -> Suppression:
    return suppressions.suppress(
        address,
        category=FailureCategory.objects.get(slug="recipient.unknown"),
        origin=SuppressionOrigin.EVENT,
        purpose=purpose,
        until=until,
    )


def changes() -> int:
    return FactChange.objects.filter(kind=ChangeKind.SUPPRESSION).count()


def test_an_order_names_the_address_and_is_told() -> None:
    address = make_address()

    made = order(address)

    change = FactChange.objects.get()
    assert made.pseudonym == address.pseudonym
    assert (change.kind, change.subject_id) == (ChangeKind.SUPPRESSION, made.pk)
    assert change.source == address.recipient.source


def test_a_second_order_for_the_same_is_the_first() -> None:
    address = make_address()

    assert order(address) == order(address)
    assert changes() == 1


def test_orders_for_different_purposes_stand_beside_each_other() -> None:
    address = make_address()

    assert order(address, Purpose.MARKETING) != order(address, Purpose.SOCIAL)


def test_a_longer_order_prolongs_the_one_in_force() -> None:
    address, now = make_address(), timezone.now()
    order(address, until=now + HOUR)

    longer = order(address, until=now + 2 * HOUR)

    assert longer.until == now + 2 * HOUR
    assert changes() == 2
    assert order(address).until is None


def test_an_order_is_never_shortened() -> None:
    address, now = make_address(), timezone.now()
    order(address)

    assert order(address, until=now + HOUR).until is None
    assert changes() == 1


def test_an_order_that_has_run_out_comes_back_into_force() -> None:
    address, now = make_address(), timezone.now()
    order(address, until=now - HOUR)

    again = order(address, until=now + HOUR)

    assert list(Suppression.objects.active(now)) == [again]


def test_a_lifted_order_says_who_and_why_and_is_told() -> None:
    made = order(make_address())
    ana = User.objects.create_user("ana")
    FactChange.objects.all().delete()
    now = timezone.now()

    suppressions.lift(made.pk, person_id=ana.pk, reason="A new mailbox.", now=now)

    made.refresh_from_db()
    assert (made.lifted_at, made.lifted_by) == (now, ana)
    assert made.lift_reason == "A new mailbox."
    assert changes() == 1


@pytest.mark.parametrize("over", ["lifted", "lapsed"])
def test_what_no_longer_holds_is_not_lifted(over: str) -> None:
    now = timezone.now()
    made = order(make_address(), until=now - HOUR if over == "lapsed" else None)
    ana = User.objects.create_user("ana")
    if over == "lifted":
        suppressions.lift(made.pk, person_id=ana.pk, reason="First.", now=now)
    with pytest.raises(suppressions.NotInForce):
        suppressions.lift(made.pk, person_id=ana.pk, reason="Second.", now=now)
    made.refresh_from_db()
    assert made.lift_reason in ("", "First.")


def test_what_is_held_back_is_what_somebody_still_wants() -> None:
    address = make_address()
    made, now = order(address), timezone.now()
    waiting = make_message(address=address)
    make_message(address=address, state=MessageState.DELIVERED, evidence_level=3)  # type: ignore[arg-type]
    make_message(address=address, expires_at=now)
    make_message(address=make_address(address.recipient.source, "https://b.example/"))
    old = make_message(address=address)
    newer = make_message(address=address, supersedes=old)
    assert set(suppressions.held_by(made, now)) == {waiting, newer}
