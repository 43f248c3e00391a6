"""How are the embedded servers started, and when do they answer?"""

import signal
from dataclasses import dataclass

import psycopg
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from triage import stack
from triage.stack.servers import DATABASE, DATABASE_USER, ENVIRONMENT
from triage.supervisor.children import Program, Stage
from triage.supervisor.log import Log
from triage.supervisor.watch import Supervisor

# Connections beside those of the web workers' pools: Celery, RQ, commands, psql.
SPARE_CONNECTIONS = 40
SMALLEST_CONNECTIONS = 100

LOOK_EVERY_S = 0.02
STILL_WAITING_S = 5.0
VALKEY_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which servers to start, for how many pooled connections, how durable."""

    database: bool
    queue_store: bool
    pooled_connections: int = 0
    durable: bool = True


def start_servers(
    supervisor: Supervisor, log: Log, places: stack.Places, wanted: Wanted, lock: int
) -> None:
    """Start the servers that are wanted and return when each of them answers.

    ``lock`` is the descriptor of the stack's lock, which they inherit. Raises
    StackError if they cannot run here and StopAsked if a signal comes first.
    """
    kinds = {"database": wanted.database, "queue_store": wanted.queue_store}
    stack.prepare(places, **kinds)
    if not any(kinds.values()):
        return
    programs = stack.usable_programs(places, stack.find(), **kinds)
    if wanted.queue_store:
        server = stack.valkey(places, programs, durable=wanted.durable)
        supervisor.start(_valkey(places, server, lock))
    if wanted.database:
        stack.make_cluster(places, programs, keep_open=(lock,))
        server = stack.postgres(
            places,
            programs,
            connections=max(
                SMALLEST_CONNECTIONS, wanted.pooled_connections + SPARE_CONNECTIONS
            ),
            durable=wanted.durable,
        )
        supervisor.start(_postgres(places, server, lock))
        _await_database(supervisor, log, places)
    if wanted.queue_store:
        _await_valkey(supervisor, places)


def create_database(places: stack.Places, name: str = DATABASE) -> bool:
    """Create the product's database unless it is there; True if it was made."""
    with _connection(places) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            )
    return found is None


def _postgres(places: stack.Places, server: stack.Server, lock: int) -> Program:
    return Program(
        name="postgres",
        argv=server.argv,
        folder=server.folder,
        environment=ENVIRONMENT,
        stage=Stage.DATABASE,
        stop_signal=signal.SIGINT,
        patience_s=None,
        owner=places.owner,
        keep_open=(lock,),
    )


def _valkey(places: stack.Places, server: stack.Server, lock: int) -> Program:
    return Program(
        name="valkey",
        argv=server.argv,
        folder=server.folder,
        environment=ENVIRONMENT,
        stage=Stage.STORE,
        patience_s=VALKEY_PATIENCE_S,
        owner=places.owner,
        keep_open=(lock,),
    )


def _await_database(supervisor: Supervisor, log: Log, places: stack.Places) -> None:
    # Recovery after a crash takes as long as it takes; a process that ends is
    # started again or given up by the supervisor.
    waited, told = 0.0, STILL_WAITING_S
    while not _database_answers(places):
        supervisor.nap(LOOK_EVERY_S)
        supervisor.look()
        waited += LOOK_EVERY_S
        if waited >= told:
            log.say("waiting for postgres, which may be recovering")
            told = waited + STILL_WAITING_S


def _await_valkey(supervisor: Supervisor, places: stack.Places) -> None:
    # The client's own retries would wait for seconds between two looks.
    client = redis.Redis(
        unix_socket_path=str(places.valkey_socket), retry=Retry(NoBackoff(), 0)
    )
    while not _valkey_answers(client):
        supervisor.nap(LOOK_EVERY_S)
        supervisor.look()
    client.close()


def _database_answers(places: stack.Places) -> bool:
    try:
        _connection(places).close()
    except psycopg.OperationalError:
        return False
    return True


def _valkey_answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        # Absent, or still loading its file.
        return False


def _connection(places: stack.Places) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(places.run), user=DATABASE_USER, dbname="postgres", autocommit=True
    )
