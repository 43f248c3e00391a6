"""Does the demo go on by itself, and do its repairs arrive?"""

import random
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from deliveries import bell, sending
from deliveries.models import (
    DeliveryAttempt,
    Message,
    MessageState,
    Outcome,
    Provider,
    Purpose,
)
from triage import pipeline, repair
from triage.demo import providers, traffic, world
from triage.demo.loopback import Loopback
from triage.models import FailureReport, ReportState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    monkeypatch.setattr(bell, "ring", lambda task: None)
    world.build(timezone.now())


def let_everything_be_due() -> None:
    DeliveryAttempt.objects.filter(outcome=Outcome.PLANNED).update(
        due_at=timezone.now()
    )


def test_repairs_of_the_demo_succeed_or_fail_as_scripted() -> None:
    with Loopback() as provider:
        providers.point_at(provider.port)
        let_everything_be_due()
        while sending.send_due():
            pass
    repair.follow_up_due(timezone.now())

    states = dict(
        FailureReport.objects.filter(message__attempts__isnull=False).values_list(
            "client_report_id", "state"
        )
    )
    assert states["demo-hook-unavailable-1"] == ReportState.VERIFIED
    assert states["demo-mail-timeout-1"] == ReportState.VERIFIED
    assert states["demo-mail-timeout-3"] == ReportState.TICKETED
    assert states["demo-sms-throttled-1"] == ReportState.RESOLVED  # no receipt yet
    assert states["demo-push-unavailable-1"] == ReportState.REPAIRING


def test_a_failure_is_new_each_time_and_is_digested() -> None:
    rng, now = random.Random(7), timezone.now()
    before = FailureReport.objects.count()

    for second in range(5):
        traffic.fail_once(now + timedelta(seconds=second), rng)
    pipeline.digest_due(now)

    live = FailureReport.objects.filter(client_report_id__startswith="live-")
    assert live.count() == 5
    assert FailureReport.objects.count() == before + 5
    assert not live.filter(state=ReportState.RECEIVED).exists()


def test_a_code_of_the_traffic_expires() -> None:
    rng, now = random.Random(1), timezone.now()
    while not Message.objects.filter(expires_at__isnull=False).exists():
        traffic.fail_once(now, rng)

    message = Message.objects.get(expires_at__isnull=False)
    assert message.purpose == Purpose.SECURITY
    assert message.expires_at == now + traffic.CODE_LIFETIME


class Ticks(threading.Event):
    """An event that is set after so many waits, without waiting."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def wait(self, timeout: float | None = None) -> bool:
        self.count -= 1
        return self.count < 0


def test_the_traffic_delivers_and_fails_until_it_is_stopped() -> None:
    traffic.run(Ticks(2 * traffic.FAIL_EVERY), random.Random(3))

    live = FailureReport.objects.filter(client_report_id__startswith="live")
    assert live.count() == 2
    queued = Message.objects.filter(state=MessageState.QUEUED)
    assert queued.exists()
    planned = DeliveryAttempt.objects.filter(message__in=queued)
    assert planned.count() == queued.count()


def test_a_port_that_is_taken_is_not_needed() -> None:
    with Loopback() as other, pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "PORT", other.port)
        traffic.run(Ticks(0), random.Random(3))

        addresses = set(Provider.objects.values_list("address", flat=True))
    assert not any(f":{other.port}/" in address for address in addresses)


def test_a_database_that_is_away_does_not_end_the_traffic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def away(*args: object) -> None:
        tries.append(args)
        raise OperationalError

    monkeypatch.setattr(traffic, "send_due", away)

    traffic.run(Ticks(2), random.Random(3))

    assert len(tries) == 2
    assert connection.ensure_connection() is None
