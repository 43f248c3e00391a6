"""Which messages are there to be sent, to whom, and what does sending them take?

For :mod:`benchmarks.inside`: every function returns a number.
"""

import os
import statistics
import time
from pathlib import Path

from django.db import connection, transaction

from deliveries import addresses, sending
from deliveries.models import (
    Adapter,
    ChannelKind,
    Dedup,
    DeliveryAttempt,
    Provider,
    Recipient,
    Route,
    Source,
)

PEOPLE = 1_000
CLAIMS, CLAIMED = 300, 10
CHUNK = 100
# Everything that is loaded with the first sends is there by then.
WARM_UP = 5_000
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
MESSAGES = """
WITH fresh AS (
    INSERT INTO deliveries_message (
        public_id, source_id, external_id, recipient_id, address_id, channel, purpose,
        region, state, hold, evidence_level, needed_level, attempt_count, last_outcome,
        generation
    )
    SELECT 'msg_' || substr(upper(replace(gen_random_uuid()::text, '-', '')), 1, 26),
        person.source_id, gen_random_uuid()::text, person.id, each.id, 'webhook',
        'transactional', '', 'queued', '', 0, 3, 1, '', 1
    FROM generate_series(1, %(count)s) AS n
    JOIN deliveries_address AS each
        ON each.id = (SELECT min(id) FROM deliveries_address) + n %% %(people)s
    JOIN deliveries_recipient AS person ON person.id = each.recipient_id
    RETURNING id, public_id, source_id
)
INSERT INTO deliveries_deliveryattempt (
    source_id, message_id, n, route_id, cause, idempotency_key, outcome, due_at,
    finished_at, epoch, tries, reply_code, enhanced_code, raw_answer
)
SELECT source_id, id, 1, (SELECT min(id) FROM deliveries_route), 'initial',
    public_id || ':1', %(outcome)s, CASE WHEN %(due)s THEN now() END,
    CASE WHEN NOT %(due)s THEN now() END, 0, 0, '', '', ''
FROM fresh
"""


def people(port: int) -> int:
    """Make people to write to, and a route over the provider on a port."""
    source = Source.objects.create(slug="benchmark", name="Benchmark")
    provider = Provider.objects.create(
        slug="benchmark",
        name="Benchmark",
        channel=ChannelKind.WEBHOOK,
        adapter=Adapter.WEBHOOK,
        address=f"http://127.0.0.1:{port}/",
        dedup=Dedup.KEY,
    )
    Route.objects.create(channel=ChannelKind.WEBHOOK, provider=provider)
    with transaction.atomic():
        for n in range(PEOPLE):
            name = f"reader-{n}"
            person = Recipient.objects.create(source=source, external_ref=name)
            value = f"https://{name}.example/inbox"
            addresses.keep(person, ChannelKind.WEBHOOK, value)
    return PEOPLE


def due(count: int) -> int:
    """Write so many messages down whose first try is due."""
    return _write(count, due=True)


def over(count: int) -> int:
    """Write so many messages down whose only try is over."""
    return _write(count, due=False)


def _write(count: int, *, due: bool) -> int:
    outcome = "planned" if due else "accepted"
    values: dict[str, int | str] = {
        "count": count,
        "people": PEOPLE,
        "due": due,
        "outcome": outcome,
    }
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, values)
        cursor.execute("VACUUM ANALYZE deliveries_message, deliveries_deliveryattempt")
        return count


def claim_p95_ms() -> float:
    """Return the 95th percentile of a claim of the tries as they are now."""
    took = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        if len(DeliveryAttempt.objects.claim(CLAIMED)) < CLAIMED:
            raise SystemExit("There was less due than was to be claimed.")
        took.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(took, n=20)[-1]


def growth_mb(count: int) -> float:
    """Return what this process takes more after ``count`` sends than before them."""
    sent, before = 0, 0.0
    while sent < WARM_UP + count:
        more = sending.send_due(CHUNK)
        if not more:
            raise SystemExit(f"Only {sent} messages were sent.")
        sent += more
        if not before and sent >= WARM_UP:
            before = _resident_mb()
    return _resident_mb() - before


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB
