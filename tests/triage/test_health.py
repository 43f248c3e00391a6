"""Does every check tell fit from faulty, and does a fault come with its cure?"""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import redis
from django.core.management import call_command
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings
from rq import Worker

from deliveries.models import FactChange
from tests.people import Program
from triage import health
from triage.health import DUE_AGE, HEARTBEAT_AGE, Finding
from triage.models import Heartbeat

NOWHERE = "unix:///nowhere/valkey.sock"
WEB_WORKERS = 2


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def check(name: str, findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if finding.check == name)


def answers(monkeypatch: pytest.MonkeyPatch, **info: object) -> None:
    """Let the queue store describe itself in these words."""

    class Described(redis.Redis):
        def info(self, *_: object, **__: object) -> dict[str, object]:
            return info

    monkeypatch.setattr(redis, "Redis", Described)


@pytest.mark.django_db
def test_a_working_database_is_fit_in_every_respect(now: datetime) -> None:
    findings = health.examination(now, WEB_WORKERS)
    for name in ("database", "migrations", "version", "encoding", "connections"):
        assert check(name, findings).ok, check(name, findings)


@pytest.mark.django_db
def test_a_database_that_is_away_blocks_and_hides_what_cannot_be_asked(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("password of ana@example.org refused")

    monkeypatch.setattr(health.connection, "ensure_connection", refuse)
    findings = health.examination(now, WEB_WORKERS)
    fault = check("database", findings)
    assert (fault.ok, fault.blocks) == (False, True)
    assert "DATABASE_URL" in fault.cure
    assert "example.org" not in fault.text + fault.cure
    assert "example.org" in fault.detail
    assert {finding.check for finding in findings} & {"version", "worker"} == set()


@pytest.mark.django_db
def test_a_missing_migration_is_named_and_blocks(now: datetime) -> None:
    newest = max(health._latest_migrations())
    MigrationRecorder.Migration.objects.filter(app=newest[0], name=newest[1]).delete()
    fault = check("migrations", health.readiness(now))
    assert (fault.ok, fault.blocks) == (False, True)
    assert ".".join(newest) in fault.text
    assert "manage.py migrate" in fault.cure


@pytest.mark.django_db
def test_pools_larger_than_the_database_allows_are_a_fault(now: datetime) -> None:
    fault = check("connections", health.examination(now, web_workers=1000))
    assert not fault.ok
    assert "WEB_THREADS" in fault.cure


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_heartbeat_counts_for_a_minute(name: str, now: datetime) -> None:
    assert not check(name, health.readiness(now)).ok
    Heartbeat.objects.create(name=name, at=now - HEARTBEAT_AGE)
    assert check(name, health.readiness(now)).ok
    late = check(name, health.readiness(now + timedelta(seconds=1)))
    assert not late.ok
    assert not late.blocks
    assert "celery" in late.cure


@pytest.mark.django_db
def test_work_that_nobody_does_is_noticed(now: datetime, sam: Program) -> None:
    change = FactChange.objects.create(
        kind="evidence", source=sam.source, due_at=now - DUE_AGE
    )
    assert check("due_work", health.readiness(now)).ok
    change.due_at = now - DUE_AGE - timedelta(seconds=1)
    change.save(update_fields=["due_at"])
    fault = check("due_work", health.readiness(now))
    assert not fault.ok
    assert "301" in fault.text


@pytest.mark.django_db
def test_work_that_is_due_later_is_no_fault(now: datetime, sam: Program) -> None:
    FactChange.objects.create(
        kind="evidence", source=sam.source, due_at=now + timedelta(days=1)
    )
    assert check("due_work", health.readiness(now)).ok


@pytest.mark.django_db
def test_a_dead_queue_store_is_a_fault_that_does_not_block(
    now: datetime, settings: Settings
) -> None:
    settings.REDIS_URL = NOWHERE
    findings = health.examination(now, WEB_WORKERS)
    fault = check("queue_store", findings)
    assert (fault.ok, fault.blocks) == (False, False)
    assert "REDIS_URL" in fault.cure
    assert not any(finding.check == "eviction" for finding in findings)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("info", "name", "cure"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "eviction", "noeviction"),
        ({"aof_enabled": 0}, "append_only", "appendonly"),
    ],
)
def test_a_queue_store_that_may_forget_is_a_fault(
    info: dict[str, object],
    name: str,
    cure: str,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers(monkeypatch, **info)
    fault = check(name, health.examination(now, WEB_WORKERS))
    assert not fault.ok
    assert cure in fault.cure


@pytest.mark.django_db
def test_a_queue_store_that_keeps_everything_is_fit(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, maxmemory_policy="noeviction", aof_enabled=1)
    findings = health.examination(now, WEB_WORKERS)
    assert check("eviction", findings).ok
    assert check("append_only", findings).ok


@pytest.fixture
def queue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that no test beside this one registers workers for."""
    name = f"people-{uuid4().hex}"
    monkeypatch.setattr(health, "PEOPLE_QUEUE", name)
    return name


@pytest.mark.django_db
def test_a_worker_counts_for_the_queue_it_serves(
    now: datetime, settings: Settings, queue_of_its_own: str
) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for queue, served in (("elsewhere", False), (queue_of_its_own, True)):
            worker = Worker([queue], connection=client)
            worker.register_birth()
            finding = check("people_worker", health.examination(now, WEB_WORKERS))
            worker.register_death()
            assert finding.ok is served
            assert served or "rqworker people" in finding.cure


# --- the probes -------------------------------------------------------------------


def test_healthz_answers_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_calls_a_dead_queue_store_degraded(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = NOWHERE
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded"})


@pytest.mark.django_db
def test_readyz_is_ready_when_everything_works(client: Client, now: datetime) -> None:
    for name in ("worker", "beat"):
        Heartbeat.objects.create(name=name, at=now)
    assert client.get("/readyz").json() == {"status": "ready"}


@pytest.mark.django_db
def test_readyz_refuses_while_a_migration_is_missing(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="triage").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "shown", "keys"),
    [
        ("s3cret", "s3cret", {"status", "checks"}),
        ("s3cret", "wrong", {"status"}),
        ("", "", {"status"}),
    ],
)
def test_details_of_readyz_need_the_token(
    token: str, shown: str, keys: set[str], client: Client, settings: Settings
) -> None:
    settings.PROBE_TOKEN = token
    answer = client.get("/readyz", headers={"Authorization": f"Bearer {shown}"})
    assert answer.json().keys() == keys


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_cannot_be_posted_to(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


# --- the command ------------------------------------------------------------------


def test_doctor_names_the_cure_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sick = Finding(
        "broker", ok=False, text="It is dead.", cure="Start it.", detail="No\nwonder"
    )
    monkeypatch.setattr(health, "examination", lambda *_: [sick])
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", stdout=out, no_color=True)
    assert out.getvalue().splitlines() == [
        "fault  It is dead.",
        "       Start it.",
        "       (No)",
        "       (wonder)",
    ]


def test_doctor_is_content_with_a_fit_installation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = Finding("broker", ok=True, text="It answers.")
    monkeypatch.setattr(health, "examination", lambda *_: [fit])
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    assert out.getvalue() == "fit    It answers.\n"
