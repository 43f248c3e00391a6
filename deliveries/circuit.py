"""When is a route interrupted, tried again, and used again?

A circuit breaker as a pure value: what is known in, what is known out. It opens when
at least half of twenty or more requests within a minute met a fault of the provider,
lets three probes through after half a minute, and closes when all of them went well.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LEAST_REQUESTS = 20  # fewer say nothing about a provider
FAULTY_SHARE = 0.5
WINDOW = timedelta(seconds=60)
OPEN_FOR = timedelta(seconds=30)
PROBES = 3


class State(StrEnum):
    """The state of the breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of one route; times are UTC.

    ``forced`` holds it open until a person closes it.
    """

    state: State
    window_start: datetime
    requests: int = 0
    failures: int = 0
    opened_at: datetime | None = None
    probes_left: int = 0
    forced: bool = False


def fresh(now: datetime) -> Circuit:
    """Return the circuit of a route that nothing is known of."""
    return Circuit(State.CLOSED, now)


def shut_until(circuit: Circuit, now: datetime) -> datetime | None:
    """Return until when nothing may pass; None if something may pass now.

    For a circuit that a person holds open it is the next time to look.
    """
    if circuit.state is State.CLOSED:
        return None
    if circuit.forced:
        return now + OPEN_FOR
    if circuit.state is State.OPEN and circuit.opened_at is not None:
        until = circuit.opened_at + OPEN_FOR
    elif circuit.probes_left:
        return None
    else:
        # Probes whose senders died never report: others take their place.
        until = circuit.window_start + OPEN_FOR
    return until if now < until else None


def admit(circuit: Circuit, now: datetime) -> Circuit | None:
    """Let one request pass and return what is known then; None if it must wait."""
    if shut_until(circuit, now) is not None:
        return None
    if circuit.state is State.CLOSED:
        return circuit
    if circuit.state is State.HALF_OPEN and circuit.probes_left:
        return replace(circuit, probes_left=circuit.probes_left - 1)
    return replace(
        circuit,
        state=State.HALF_OPEN,
        window_start=now,
        requests=0,
        failures=0,
        probes_left=PROBES - 1,
    )


def after(circuit: Circuit, requests: int, failures: int, now: datetime) -> Circuit:
    """Return what is known after more requests, ``failures`` of them faults."""
    if circuit.state is State.OPEN:
        return circuit  # sent before it opened; it says nothing new
    if circuit.state is State.HALF_OPEN:
        return _after_probes(circuit, requests, failures, now)
    if now - circuit.window_start >= WINDOW:
        circuit = fresh(now)
    circuit = replace(
        circuit,
        requests=circuit.requests + requests,
        failures=circuit.failures + failures,
    )
    faulty = circuit.failures >= FAULTY_SHARE * circuit.requests
    return (
        opened(circuit, now)
        if circuit.requests >= LEAST_REQUESTS and faulty
        else circuit
    )


def opened(circuit: Circuit, now: datetime, *, forced: bool = False) -> Circuit:
    """Return the circuit interrupted, by itself or by a person."""
    since = circuit.opened_at or now
    if circuit.state is not State.CLOSED and not forced:
        since = now
    return replace(
        circuit, state=State.OPEN, opened_at=since, probes_left=0, forced=forced
    )


def _after_probes(
    circuit: Circuit, requests: int, failures: int, now: datetime
) -> Circuit:
    if failures:
        return opened(circuit, now)
    done = replace(circuit, requests=circuit.requests + requests)
    return fresh(now) if done.requests >= PROBES else done
