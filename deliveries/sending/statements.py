"""What is written for many tries at once, where each would be several statements?

Every statement writes under the epoch of a claim, and moves a message only from the
state in which its lock found it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from deliveries import prepared


class Entry(NamedTuple):
    """A try that is about to be made; ``needed`` is the evidence it has to bring."""

    attempt_id: int
    epoch: int
    needed: int


class Arrival(NamedTuple):
    """A try that its provider has taken.

    The event that proves it is ``kind``, of a ``level``, and counts once by its hash.
    Until ``verify_by`` better evidence has to come, where the level is not enough.
    """

    attempt_id: int
    epoch: int
    message_id: int
    level: int
    kind: str
    dedup_hash: str
    reply_code: str
    enhanced_code: str
    raw_answer: str
    provider_ref: str
    retry_after_s: int | None
    verify_by: datetime


# A try that is repeated keeps the time of its first call, and finds its message in
# "sending" already.
_ENTER = prepared.OfRows(
    """
WITH entered AS (
    UPDATE deliveries_deliveryattempt AS attempt
    SET outcome = 'sending', route_id = %(route)s,
        started_at = COALESCE(attempt.started_at, %(now)s)
    FROM ({rows}) AS entry
    WHERE attempt.id = entry.attempt_id AND attempt.epoch = entry.epoch
    RETURNING attempt.id, attempt.message_id, entry.needed
), moved AS (
    UPDATE deliveries_message AS message
    SET state = 'sending', provider_id = %(provider)s,
        needed_level = entered.needed, verify_by = NULL
    FROM entered
    WHERE message.id = entered.message_id
        AND message.state IN ('queued', 'retry_wait')
)
SELECT count(*) FROM entered
""",
    {"attempt_id": "bigint", "epoch": "int", "needed": "int"},
)

# Each step carries on what the next one needs, so none joins lists in memory.
# From level 3 on, "delivered", a message has arrived, and nothing more is waited for.
_ARRIVE = prepared.OfRows(
    """
WITH standing AS (
    SELECT arrival.*, message.needed_level,
        GREATEST(message.evidence_level, arrival.level) AS known
    FROM deliveries_message AS message
    JOIN ({rows}) AS arrival ON arrival.message_id = message.id
    WHERE message.state = 'sending'
    ORDER BY message.id
    FOR UPDATE OF message
), settled AS (
    UPDATE deliveries_deliveryattempt AS attempt
    SET outcome = 'accepted', finished_at = %(now)s, due_at = NULL, tries = 0,
        reply_code = standing.reply_code, enhanced_code = standing.enhanced_code,
        raw_answer = standing.raw_answer, provider_ref = standing.provider_ref,
        retry_after_s = standing.retry_after_s
    FROM standing
    WHERE attempt.id = standing.attempt_id AND attempt.epoch = standing.epoch
    RETURNING attempt.id, attempt.source_id, attempt.message_id, attempt.n,
        standing.dedup_hash, standing.kind, standing.level, standing.known,
        standing.needed_level, standing.verify_by
), proven AS (
    INSERT INTO deliveries_deliveryevent (
        source_id, message_id, attempt_n, provider_id, dedup_hash, kind, level, trusted,
        occurred_at
    )
    SELECT source_id, message_id, n, %(provider)s, dedup_hash, kind, level, true,
        %(now)s
    FROM settled
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO deliveries_factchange (
        kind, source_id, message_id, attempt_n, due_at, epoch, tries
    )
    SELECT 'attempt_finished', source_id, message_id, n, now(), 0, 0
    FROM settled
)
UPDATE deliveries_message AS message
SET last_outcome = 'accepted', evidence_level = settled.known,
    state = CASE WHEN settled.known >= 3 THEN 'delivered' ELSE 'accepted' END,
    verify_by = CASE
        WHEN settled.known < LEAST(settled.needed_level, 3) THEN settled.verify_by
    END
FROM settled
WHERE message.id = settled.message_id
RETURNING settled.id
""",
    {
        "attempt_id": "bigint",
        "epoch": "int",
        "message_id": "bigint",
        "level": "int",
        "kind": "text",
        "dedup_hash": "text",
        "reply_code": "text",
        "enhanced_code": "text",
        "raw_answer": "text",
        "provider_ref": "text",
        "retry_after_s": "int",
        "verify_by": "timestamptz",
    },
)


def enter(
    entries: Sequence[Entry], route_id: int, provider_id: int, now: datetime
) -> int:
    """Write down that tries over one route are made now; return of how many.

    Call it with their messages locked. The others were claimed again since.
    """
    values = {"route": route_id, "provider": provider_id, "now": now}
    return int(_ENTER.ask(entries, values)[0][0])


def arrive(arrivals: Sequence[Arrival], provider_id: int, now: datetime) -> set[int]:
    """Write down what a provider has taken; return the ids of the tries.

    Tries, events, messages, and the rows that tell the layers above: all of it or
    nothing. Left alone is a try that was claimed again since, and one whose message
    evidence has moved meanwhile.
    """
    values = {"provider": provider_id, "now": now}
    return {row[0] for row in _ARRIVE.ask(arrivals, values)}
