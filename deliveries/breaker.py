"""Which routes may be used now, and who is told when that changes?

The breaker of a route is a row that all workers share. Every change that work above
depends on, interrupted or in use again, is told in its own transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from deliveries import circuit, facts, prepared
from deliveries.channels import Reply, ReplyKind
from deliveries.circuit import Circuit, State
from deliveries.models import BreakerState, ChangeKind, Route, RouteHealth

# Codes of a transport that broke before an answer came; see channels.answers.WORDS.
_BROKEN = frozenset(
    {
        "dns_failed",
        "connection_refused",
        "connect_timeout",
        "tls_failed",
        "timeout",
        "connection_reset",
        "half_answer",
    }
)


@dataclass(slots=True)
class Tally:
    """What one chunk of tries over a route met."""

    requests: int = 0
    failures: int = 0

    def count(self, reply: Reply) -> None:
        """Count one answer."""
        self.requests += 1
        self.failures += is_fault(reply)


def is_fault(reply: Reply) -> bool:
    """Say whether an answer speaks of the provider rather than of the message.

    A refused address is no reason to leave a provider; a throttle, an error of its
    own or no answer is. What the channel says of it counts before the code.
    """
    if reply.kind is ReplyKind.UNCLEAR:
        return True
    if reply.kind is ReplyKind.ACCEPTED:
        return False
    if reply.fault is not None:
        return reply.fault
    code = reply.reply_code
    if code in _BROKEN:
        return True
    return code == "429" or (len(code) == 3 and code.isdecimal() and code >= "500")


def shut_until(route: Route, now: datetime) -> datetime | None:
    """Return until when a route lets nothing pass; None if it may be used."""
    known = troubled([route.pk]).get(route.pk)
    return circuit.shut_until(known, now) if known else None


def troubled(route_ids: Iterable[int]) -> dict[int, Circuit]:
    """Return the circuits of those routes that are not simply in use."""
    rows = RouteHealth.objects.filter(route__in={*route_ids})
    rows = rows.exclude(state=BreakerState.CLOSED)
    return {row.route_id: _read(row) for row in rows}


def is_interrupted(route: Route) -> bool:
    """Say whether a route is out of use, be it tried again at the moment or not."""
    rows = RouteHealth.objects.filter(route=route)
    return rows.exclude(state=BreakerState.CLOSED).exists()


def shut_routes(now: datetime) -> frozenset[int]:
    """Return the ids of the routes that let nothing pass."""
    rows = RouteHealth.objects.exclude(state=BreakerState.CLOSED)
    return frozenset(
        row.route_id for row in rows if circuit.shut_until(_read(row), now) is not None
    )


def admit(route: Route, now: datetime) -> bool:
    """Let one try pass if the breaker allows; a probe is used up by it.

    Call it in the transaction that commits the try as being made.
    """
    row = RouteHealth.objects.filter(route=route).first()
    if row is None or row.state == BreakerState.CLOSED:
        return True
    row = RouteHealth.objects.select_for_update().get(pk=row.pk)
    before = _read(row)
    then = circuit.admit(before, now)
    if then is not None and then != before:
        _write(row, then, now)
    return then is not None


def note(tallies: Mapping[int, Tally], now: datetime) -> None:
    """Take in what a chunk met, by the id of its route; one update for each route."""
    for route_id in sorted(tallies):
        tally = tallies[route_id]
        if not tally.failures and _count(route_id, tally.requests, now):
            continue
        with transaction.atomic():
            row = _locked(route_id, now)
            before = _read(row)
            then = circuit.after(before, tally.requests, tally.failures, now)
            if then != before:
                _write(row, then, now)
                _tell(route_id, before.state, then.state)


def _count(route_id: int, requests: int, now: datetime) -> bool:
    """Count requests that all went well, where that can change nothing else.

    It does not wait for the disk: what a crash forgets of them is worth nothing.
    """
    if connection.in_atomic_block:
        return False
    values: list[Any] = [requests, route_id, now - circuit.WINDOW]
    with prepared.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return bool(cursor.rowcount)


_COUNT = """
UPDATE deliveries_routehealth SET requests = requests + %s
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed
WHERE route_id = %s AND state = 'closed' AND failures = 0 AND window_start > %s
"""


def interrupt(route: Route, person_id: int, reason: str, now: datetime) -> None:
    """Have a person hold a route open until :func:`restore`; ``reason`` is needed."""
    with transaction.atomic():
        row = _locked(route.pk, now)
        before = _read(row)
        row.forced_by_id, row.reason = person_id, reason
        _write(row, circuit.opened(before, now, forced=True), now)
        _tell(route.pk, before.state, State.OPEN)


def restore(route: Route, now: datetime) -> None:
    """Use a route again, whoever interrupted it."""
    with transaction.atomic():
        row = _locked(route.pk, now)
        before = _read(row)
        row.forced_by_id, row.reason = None, ""
        _write(row, circuit.fresh(now), now)
        _tell(route.pk, before.state, State.CLOSED)


def _locked(route_id: int, now: datetime) -> RouteHealth:
    new = RouteHealth(route_id=route_id, window_start=now)
    RouteHealth.objects.bulk_create([new], ignore_conflicts=True)
    return RouteHealth.objects.select_for_update().get(route_id=route_id)


def _read(row: RouteHealth) -> Circuit:
    return Circuit(
        state=State(row.state),
        window_start=row.window_start,
        requests=row.requests,
        failures=row.failures,
        opened_at=row.opened_at,
        probes_left=row.probes_left,
        forced=row.forced_by_id is not None,
    )


def _write(row: RouteHealth, then: Circuit, now: datetime) -> None:
    if row.state != then.state:
        row.changed_at = now
    row.state = BreakerState(then.state)
    row.window_start = then.window_start
    row.requests, row.failures = then.requests, then.failures
    row.opened_at, row.probes_left = then.opened_at, then.probes_left
    row.save(
        update_fields=[
            "state",
            "window_start",
            "requests",
            "failures",
            "opened_at",
            "probes_left",
            "forced_by",
            "reason",
            "changed_at",
        ]
    )


def _tell(route_id: int, before: State, then: State) -> None:
    """Tell of a route that is interrupted or in use again; trying it is neither."""
    if (before is State.CLOSED) != (then is State.CLOSED):
        facts.record(ChangeKind.BREAKER, subject_id=route_id)
