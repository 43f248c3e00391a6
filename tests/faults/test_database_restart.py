"""Is every report that was acknowledged there exactly once after the database died?"""

import random
import threading
import uuid
from collections import Counter

from tests.callers import LEAST
from tests.faults.serving import Served

CLIENTS = 4
RESTARTS = 2
BETWEEN = 40  # reports that are acknowledged before each fault, and after the last
SEED = random.SystemRandom().randrange(2**32)


class Ledger:
    """What clients were promised, and what they were told otherwise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.promised: dict[str, str] = {}
        self.refusals: Counter[str] = Counter()
        self.stop = threading.Event()

    def promise(self, name: str, report: str) -> None:
        with self._lock:
            assert self.promised.setdefault(name, report) == report

    def refuse(self, how: str) -> None:
        with self._lock:
            self.refusals[how] += 1


def client(site: Served, ledger: Ledger) -> None:
    """File reports one by one, each until it is promised or somebody stops us."""
    while not ledger.stop.is_set():
        name = uuid.uuid4().hex
        while not ledger.stop.is_set() and not filed(site, ledger, name):
            # As Retry-After asks, but not as long: this is a test of haste.
            ledger.stop.wait(0.2)


def filed(site: Served, ledger: Ledger, name: str) -> bool:
    body = LEAST | {"client_report_id": name, "message_ref": f"m-{name[0]}"}
    try:
        answer = site.post(body, name, patience_s=15)
    except OSError:
        ledger.refuse("no answer")
        return False
    if answer.status == 202:
        ledger.promise(name, answer.body["id"])
        return True
    ledger.refuse(f"{answer.status}" + ("" if answer.retry_after else " for good"))
    return False


def test_what_was_acknowledged_is_there_exactly_once(site: Served) -> None:
    print(f"seed {SEED}")  # noqa: T201  # shown when it fails
    rng, ledger = random.Random(SEED), Ledger()
    clients = [
        threading.Thread(target=client, args=(site, ledger)) for _ in range(CLIENTS)
    ]
    for each in clients:
        each.start()
    try:
        for _ in range(RESTARTS):
            wanted = len(ledger.promised) + rng.randrange(BETWEEN)
            site.until(lambda goal=wanted: len(ledger.promised) >= goal)
            site.kill_database()
            site.until(site.database_answers)
        wanted = len(ledger.promised) + BETWEEN
        site.until(lambda: len(ledger.promised) >= wanted)
    finally:
        ledger.stop.set()
        for each in clients:
            each.join()
    stored = site.rows(
        "SELECT client_report_id || ' ' || public_id FROM triage_failurereport"
        " WHERE client_report_id IS NOT NULL"
    )
    counted = Counter(stored)
    assert set(counted.values()) == {1}
    assert {f"{name} {report}" for name, report in ledger.promised.items()} <= set(
        stored
    )
    assert set(ledger.refusals) <= {"503", "409", "no answer"}
