"""Are people left alone as often, and at the hours, that the limits say?"""

from datetime import UTC, datetime, time, timedelta

import pytest

from deliveries import gate, limits
from deliveries.gate import GateCode
from deliveries.models import (
    Address,
    CapUse,
    FrequencyCap,
    Message,
    Purpose,
    QuietHours,
)
from tests.factories import make_address, make_message

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def message_to(address: Address, zone: str = "") -> Message:
    address.recipient.time_zone = zone
    address.recipient.save()
    return make_message(address=address, purpose=Purpose.TRANSACTIONAL)


def cap(message: Message, most: int, window_s: int = 3600) -> FrequencyCap:
    return FrequencyCap.objects.create(
        source=message.source,
        channel=message.channel,
        purpose=message.purpose,
        window_s=window_s,
        max_sends=most,
    )


def quiet(message: Message, starts: time, ends: time) -> None:
    QuietHours.objects.create(
        source=message.source,
        channel=message.channel,
        purpose=message.purpose,
        starts=starts,
        ends=ends,
    )


def test_a_cap_is_used_up_and_fresh_again_in_the_next_window() -> None:
    message = message_to(make_address())
    cap(message, 2)
    assert [limits.take(message, NOON) for _ in range(3)] == [True, True, False]
    assert limits.over_until(message, NOON) == NOON + HOUR
    assert limits.take(message, NOON + HOUR)


def test_a_cap_counts_each_person_alone() -> None:
    first = message_to(make_address())
    second = make_message(address=make_address(first.source, "https://other.example/"))
    cap(first, 1)
    assert limits.take(first, NOON)
    assert limits.take(second, NOON)


def test_a_refused_send_is_given_back() -> None:
    message = message_to(make_address())
    cap(message, 1)
    assert limits.take(message, NOON)
    limits.give_back(message, NOON)
    limits.give_back(message, NOON)
    assert CapUse.objects.get().used == 0
    assert limits.take(message, NOON)


def test_without_a_cap_or_an_address_nothing_is_counted() -> None:
    assert limits.take(make_message(), NOON)
    assert limits.take(message_to(make_address()), NOON)
    assert not CapUse.objects.exists()


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "until"),
    [
        ("", time(11), time(13), NOON + HOUR),
        ("Asia/Shanghai", time(19, 30), time(8), NOON + 12 * HOUR),
        ("Asia/Shanghai", time(11), time(13), None),
        ("America/New_York", time(22), time(8), NOON + HOUR),
        ("Not/AZone", time(11), time(12, 30), NOON + HOUR / 2),
    ],
)
def test_quiet_hours_are_those_of_the_place_where_the_person_lives(
    zone: str, starts: time, ends: time, until: datetime | None
) -> None:
    message = message_to(make_address(), zone)
    quiet(message, starts, ends)
    assert limits.quiet_until(message, NOON) == until


def test_the_gate_says_until_when_to_wait() -> None:
    message = message_to(make_address())
    quiet(message, time(11), time(13))
    cap(message, 1, window_s=10_800)
    assert limits.take(message, NOON)
    verdict = gate.check(message, now=NOON)
    assert verdict.codes == (GateCode.QUIET_HOURS, GateCode.OVER_CAP)
    assert verdict.wait_until == NOON + 3 * HOUR


def test_the_gate_asks_nobody_to_wait_for_what_can_never_be_sent() -> None:
    message = make_message(expires_at=NOON)
    quiet(message, time(11), time(13))
    verdict = gate.check(message, now=NOON)
    assert verdict.codes == (GateCode.EXPIRED, GateCode.QUIET_HOURS)
    assert verdict.wait_until is None
