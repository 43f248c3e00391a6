"""Is this installation fit, and if not, what cures it?

Every check answers with findings in words; the probes, ``doctor`` and the start of
the stack share them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils.translation import gettext as _
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Worker

from deliveries.leases import DueRow
from triage.models import Heartbeat

# NULLS NOT DISTINCT, which constraints of ours use, came with this version.
OLDEST_POSTGRES = 15
BROKER_PATIENCE_S = 1.0
# The sweepers ring every 10 s; six of them missing is no accident.
HEARTBEAT_AGE = timedelta(seconds=60)
DUE_AGE = timedelta(minutes=5)
PEOPLE_QUEUE = "people"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was seen and, if it is a fault, what cures it.

    ``blocks`` marks a fault with which no request can be served; with any other the
    product works on, late or reduced. ``detail`` is the other side's own words: for
    the operator alone, since they may quote anything.
    """

    check: str
    ok: bool
    text: str
    cure: str = ""
    blocks: bool = False
    detail: str = ""


def readiness(now: datetime) -> list[Finding]:
    """The quick checks behind ``/readyz``: a few small queries and one PING."""
    findings = _each(_database, _migrations)
    if all(finding.ok for finding in findings):
        findings += _each(lambda: _oldest_due(now))
        findings += _each(lambda: _heartbeat("worker", now))
        findings += _each(lambda: _heartbeat("beat", now))
    return [*findings, _queue_store()]


def examination(now: datetime, web_workers: int) -> list[Finding]:
    """Every check, for ``doctor``; ``web_workers`` is how many hold a pool each."""
    findings = readiness(now)
    if findings[0].ok:
        findings += _each(_version, _encoding, lambda: _connections(web_workers))
    if next(each for each in findings if each.check == "queue_store").ok:
        findings += [_eviction(), _append_only(), _people_worker()]
    return findings


def database_faults() -> list[Finding]:
    """What keeps the product from using this database at all, migrations aside."""
    findings = _each(_database, _version, _encoding)
    return [finding for finding in findings if not finding.ok]


def missing_migrations() -> frozenset[tuple[str, str]]:
    """The latest migrations (app, name) that this database has not seen."""
    applied = MigrationRecorder(connection).applied_migrations()
    return _latest_migrations() - set(applied)


@lru_cache(maxsize=1)
def _latest_migrations() -> frozenset[tuple[str, str]]:
    # From the files alone, which do not change while a process lives.
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _each(*checks: Callable[[], Finding]) -> list[Finding]:
    findings = []
    for check in checks:
        try:
            findings.append(check())
        except DatabaseError as error:
            findings.append(_database_away(error))
            break
    return findings


def _database() -> Finding:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding("database", ok=True, text=_("The database answers."))


def _database_away(error: DatabaseError) -> Finding:
    return Finding(
        "database",
        ok=False,
        text=_("The database does not answer."),
        cure=_(
            "Start it with “manage.py up”, or correct DATABASE_URL. The log of the"
            " embedded server is log/up.log in the folder UNDELIVERED_VAR."
        ),
        blocks=True,
        detail=str(error).strip(),
    )


def _migrations() -> Finding:
    missing = missing_migrations()
    if not missing:
        return Finding("migrations", ok=True, text=_("Every migration is applied."))
    names = ", ".join(sorted(f"{app}.{name}" for app, name in missing))
    return Finding(
        "migrations",
        ok=False,
        text=_("Migrations are missing: %(names)s.") % {"names": names},
        cure=_("Run “manage.py migrate”."),
        blocks=True,
    )


def _version() -> Finding:
    version = int(_setting("server_version_num")) // 10_000
    if version >= OLDEST_POSTGRES:
        text = _("PostgreSQL is version %(version)s.") % {"version": version}
        return Finding("version", ok=True, text=text)
    return Finding(
        "version",
        ok=False,
        text=_("PostgreSQL is version %(version)s; %(oldest)s or newer is needed.")
        % {"version": version, "oldest": OLDEST_POSTGRES},
        cure=_("Point DATABASE_URL at a newer server, or leave it empty."),
        blocks=True,
    )


def _encoding() -> Finding:
    encoding = _setting("server_encoding")
    if encoding == "UTF8":
        return Finding("encoding", ok=True, text=_("The database stores UTF-8."))
    return Finding(
        "encoding",
        ok=False,
        text=_("The database stores %(encoding)s, not UTF-8.") % {"encoding": encoding},
        cure=_("Create the database again with ENCODING 'UTF8'."),
        blocks=True,
    )


def _connections(web_workers: int) -> Finding:
    # Celery's two children and its clock, one RQ worker and its job, three commands.
    others = 8
    limit = int(_setting("max_connections"))
    limit -= int(_setting("superuser_reserved_connections"))
    needed = web_workers * settings.WEB_THREADS + others
    figures = {"needed": needed, "limit": limit}
    if needed <= limit:
        text = _("Up to %(needed)s connections are needed; %(limit)s are allowed.")
        return Finding("connections", ok=True, text=text % figures)
    return Finding(
        "connections",
        ok=False,
        text=_("Up to %(needed)s connections are needed; only %(limit)s are allowed.")
        % figures,
        cure=_("Lower --workers or WEB_THREADS, or raise max_connections."),
    )


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        row: tuple[str] = cursor.fetchone()
    return row[0]


def _oldest_due(now: datetime) -> Finding:
    dues = [
        model.objects.filter(due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]
        for model in apps.get_models()
        if issubclass(model, DueRow)
    ]
    waited = max((now - due for due in dues if due), default=timedelta(0))
    seconds = {"seconds": int(waited.total_seconds())}
    if waited <= DUE_AGE:
        text = _("The oldest due work has waited %(seconds)s s.") % seconds
        return Finding("due_work", ok=True, text=text)
    return Finding(
        "due_work",
        ok=False,
        text=_("Work has been due for %(seconds)s s.") % seconds,
        cure=_("Check that a worker runs, or start another one."),
    )


def _heartbeat(name: str, now: datetime) -> Finding:
    latest = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    if latest is not None and now - latest <= HEARTBEAT_AGE:
        text = _("The process “%(name)s” is alive.") % {"name": name}
        return Finding(name, ok=True, text=text)
    text = _("The process “%(name)s” has given no sign of life for a minute.")
    return Finding(
        name,
        ok=False,
        text=text % {"name": name},
        cure=_(
            "Start it: “manage.py up”, or “celery -A triage worker” and"
            " “celery -A triage beat”."
        ),
    )


def _queue_store() -> Finding:
    try:
        _client().ping()
    except redis.RedisError as error:
        return Finding(
            "queue_store",
            ok=False,
            text=_("The queue store does not answer."),
            cure=_(
                "Start it with “manage.py up”, or correct REDIS_URL. Until then"
                " reports are accepted and worked on later."
            ),
            detail=str(error),
        )
    return Finding("queue_store", ok=True, text=_("The queue store answers."))


def _eviction() -> Finding:
    policy = _client().info("memory").get("maxmemory_policy", "")
    if policy == "noeviction":
        return Finding("eviction", ok=True, text=_("The queue store never evicts."))
    return Finding(
        "eviction",
        ok=False,
        text=_("The queue store may evict queued work (%(policy)s).")
        % {"policy": policy},
        cure=_("Set maxmemory-policy to noeviction."),
    )


def _append_only() -> Finding:
    if _client().info("persistence").get("aof_enabled") == 1:
        text = _("The queue store writes its append-only file.")
        return Finding("append_only", ok=True, text=text)
    return Finding(
        "append_only",
        ok=False,
        text=_("The queue store keeps queued work in memory alone."),
        cure=_("Set appendonly to yes."),
    )


def _people_worker() -> Finding:
    workers = Worker.all(connection=_client())
    if any(PEOPLE_QUEUE in worker.queue_names() for worker in workers):
        text = _("A worker serves the queue “%(name)s”.") % {"name": PEOPLE_QUEUE}
        return Finding("people_worker", ok=True, text=text)
    return Finding(
        "people_worker",
        ok=False,
        text=_("No worker serves the queue “%(name)s”.") % {"name": PEOPLE_QUEUE},
        cure=_("Start it: “manage.py up”, or “manage.py rqworker people”."),
    )


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=BROKER_PATIENCE_S,
        socket_timeout=BROKER_PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
    )
