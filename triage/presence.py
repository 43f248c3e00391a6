"""Who is at the desk now, who looks at which ticket, and who writes there?

A browser that shows a ticket says so every quarter of a minute, and is forgotten 40 s
after its last word: a closed lid holds nothing. Whoever has a page of the desk open
asks for its news at least once a minute, and is at the desk until 90 s after that. What
is known here is a courtesy. It lies in Valkey, decides nothing, and without Valkey
nobody is seen.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis, RedisError
from redis.client import Pipeline

log = logging.getLogger(__name__)

EXPIRES_S = 40.0
PATIENCE_S = 0.25  # how long a request waits for Valkey
SILENCE_S = 10.0  # after a failure Valkey is left alone for so long
NAME = "presence"  # a sorted set: who is where, by the second in which that ends
LOOKS, WRITES = "looks", "writes"
DESK_S = 90.0  # a hidden tab asks once a minute, or a little later
DESK = "at-the-desk"  # a sorted set: people, by the second in which that ends


@dataclass(frozen=True, slots=True, order=True)
class Presence:
    """A person at a ticket."""

    person: int
    writes: bool = False


def beat(number: int, person: int, now_s: float, *, writes: bool = False) -> None:
    """Note that a person has a ticket before them, for the next 40 s."""
    until = now_s + EXPIRES_S
    looking, writing = _words(number, person)

    def say(line: Pipeline) -> None:
        line.zadd(NAME, {looking: until, **({writing: until} if writes else {})})
        if not writes:
            line.zrem(NAME, writing)
        line.zremrangebyscore(NAME, "-inf", now_s)
        line.expire(NAME, int(2 * EXPIRES_S))

    _line.ask(say)


def leave(number: int, person: int) -> None:
    """Note that a person has left a ticket."""
    _line.ask(lambda line: line.zrem(NAME, *_words(number, person)))


def at(
    numbers: Collection[int], now_s: float, *, but: int | None = None
) -> dict[int, list[Presence]]:
    """Return who is at which of the tickets, one person left out.

    A ticket at which nobody is has no entry.
    """
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for word in _line.ask(lambda line: line.zrangebyscore(NAME, f"({now_s}", "+inf")):
        number, person, how = word.decode().split(":")
        if int(number) in numbers and int(person) != but:
            people = found[int(number)]
            people[int(person)] = how == WRITES or people.get(int(person), False)
    return {
        number: sorted(Presence(*each) for each in people.items())
        for number, people in found.items()
    }


def arrive(person: int, now_s: float) -> None:
    """Note that a person has a page of the desk open, for the next 90 s."""

    def say(line: Pipeline) -> None:
        line.zadd(DESK, {str(person): now_s + DESK_S})
        line.zremrangebyscore(DESK, "-inf", now_s)
        line.expire(DESK, int(2 * DESK_S))

    _line.ask(say)


def at_the_desk(now_s: float) -> frozenset[int]:
    """Return who has a page of the desk open."""
    people = _line.ask(lambda line: line.zrangebyscore(DESK, f"({now_s}", "+inf"))
    return frozenset(int(each) for each in people)


def _words(number: int, person: int) -> tuple[str, str]:
    return f"{number}:{person}:{LOOKS}", f"{number}:{person}:{WRITES}"


class _Line:
    """The way to Valkey. Nobody waits for one that did not answer a moment ago."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def ask(self, say: Callable[[Pipeline], Any]) -> Any:
        """Return the answer to the first thing said; an empty list without Valkey."""
        if time.monotonic() < self._silent_until:
            return []
        try:
            with _valkey().pipeline(transaction=False) as line:
                say(line)
                return line.execute()[0]
        except (RedisError, OSError) as error:
            self._silent_until = time.monotonic() + SILENCE_S
            log.warning("Nobody is seen at any ticket: %s", error)
            return []


_line = _Line()


@cache
def _valkey() -> Redis:
    client: Redis = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S
    )
    return client
