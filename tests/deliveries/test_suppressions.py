"""Does an order not to send hold for the address, and as long as it should?"""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries import suppressions
from deliveries.models import (
    Address,
    ChangeKind,
    FactChange,
    FailureCategory,
    Purpose,
    Suppression,
    SuppressionOrigin,
)
from tests.factories import make_address

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
