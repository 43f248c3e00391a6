"""Is a worker told soon, and nobody kept waiting?"""

import threading
import time

import pytest
from celery import current_app

from deliveries import bell

PATIENCE_S = 10


class Broker:
    """Takes what the bell sends, or refuses it; tells when something came."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.refuses = 0
        self.came = threading.Semaphore(0)

    def send_task(self, name: str) -> None:
        try:
            if self.refuses:
                self.refuses -= 1
                raise ConnectionError("nobody there")
            self.sent.append(name)
        finally:
            self.came.release()

    def wait(self) -> None:
        assert self.came.acquire(timeout=PATIENCE_S)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(current_app, "send_task", broker.send_task)
    monkeypatch.setattr(bell, "PAUSE_S", 0.02)
    monkeypatch.setattr(bell, "SILENCE_S", 0.05)
    return broker


def test_a_ring_reaches_the_broker(broker: Broker) -> None:
    bell.Bell().ring("work")
    broker.wait()
    assert broker.sent == ["work"]


def test_many_rings_are_one_message(broker: Broker) -> None:
    rung = bell.Bell()
    for _ in range(1000):
        rung.ring("work")
    rung.ring("other work")
    while "other work" not in broker.sent:
        broker.wait()
    assert len(broker.sent) < 10


def test_what_became_due_after_a_ring_is_rung_too(broker: Broker) -> None:
    rung = bell.Bell()
    rung.ring("work")
    broker.wait()
    rung.ring("work")
    broker.wait()
    assert broker.sent == ["work", "work"]


def test_a_dead_broker_is_asked_again_later(broker: Broker) -> None:
    broker.refuses = 2
    rung = bell.Bell()
    rung.ring("work")
    for _ in range(3):
        broker.wait()
    assert broker.sent == ["work"]


def test_nobody_waits_for_a_slow_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = threading.Event(), threading.Event()

    def send_task(name: str) -> None:
        asked.set()
        answered.wait(PATIENCE_S)

    monkeypatch.setattr(current_app, "send_task", send_task)
    rung = bell.Bell()
    try:
        began = time.monotonic()
        rung.ring("work")
        rung.ring("work")
        assert time.monotonic() - began < 1
        assert asked.wait(PATIENCE_S)
    finally:
        answered.set()


def test_a_process_has_one_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bell._bell() is bell._bell()
    monkeypatch.setattr(bell.os, "getpid", lambda: -1)
    assert bell._bell() is not bell._bells.get(0)
