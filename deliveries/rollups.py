"""How do single tries become figures by minute, hour and day?

Buckets are counted anew rather than added to, so that a figure can be checked by a
recount and a task that runs twice changes nothing. A bucket is counted again when one
of its tries ended, or when evidence about one of them came, since it was counted last.
"""

from datetime import datetime, timedelta
from typing import LiteralString

from django.db import connection, transaction

from deliveries.models import Grain, OutcomeRollup

OVERLAP = timedelta(minutes=5)  # for rows that were committed late
FIRST = timedelta(days=1)  # how far back the first count looks


def roll_up(now: datetime) -> int:
    """Count what changed since the last count; return how many minutes that were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        minutes = OutcomeRollup.objects.filter(grain=Grain.MINUTE)
        last = minutes.order_by("-bucket").values_list("bucket", flat=True).first()
        since = min(last, now) - OVERLAP if last else now - FIRST
        cursor.execute(_CHANGED, [since, since])
        changed: list[datetime] = [row[0] for row in cursor.fetchall()]
        if changed:
            cursor.execute(_MINUTES, [changed])
            for grain, finer in ((Grain.HOUR, Grain.MINUTE), (Grain.DAY, Grain.HOUR)):
                buckets = sorted({_start(each, grain) for each in changed})
                cursor.execute(_COARSER, [grain, grain, finer, grain, buckets])
    return len(changed)


def _start(at: datetime, grain: Grain) -> datetime:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour if grain is Grain.HOUR else hour.replace(hour=0)


# One count at a time: two would wait for each other row by row.
_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('deliveries.rollups'))"

_CHANGED: LiteralString = """
SELECT date_trunc('minute', finished_at, 'UTC')
FROM deliveries_deliveryattempt
WHERE finished_at >= %s AND outcome <> 'cancelled'
UNION
SELECT date_trunc('minute', attempt.finished_at, 'UTC')
FROM deliveries_deliveryevent AS event JOIN deliveries_deliveryattempt AS attempt
    ON attempt.message_id = event.message_id AND attempt.n = event.attempt_n
WHERE event.received_at >= %s AND attempt.finished_at IS NOT NULL
    AND attempt.outcome <> 'cancelled'
"""

_MINUTES: LiteralString = """
INSERT INTO deliveries_outcomerollup (bucket, grain, source_id, channel, provider_id,
    region, purpose, sends, accepted, delivered, failed, unknown)
SELECT date_trunc('minute', attempt.finished_at, 'UTC'), 'minute', attempt.source_id,
    message.channel, route.provider_id, message.region, message.purpose,
    count(*),
    count(*) FILTER (WHERE attempt.outcome = 'accepted'),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM deliveries_deliveryevent AS event
        WHERE event.message_id = attempt.message_id AND event.attempt_n = attempt.n
            AND event.trusted AND event.level >= 3)),
    count(*) FILTER (WHERE attempt.outcome = 'refused'),
    count(*) FILTER (WHERE attempt.outcome = 'unclear')
FROM unnest(%s::timestamptz[]) AS changed(bucket)
JOIN deliveries_deliveryattempt AS attempt
    ON attempt.finished_at >= changed.bucket
    AND attempt.finished_at < changed.bucket + interval '1 minute'
JOIN deliveries_message AS message ON message.id = attempt.message_id
JOIN deliveries_route AS route ON route.id = attempt.route_id
WHERE attempt.outcome IN ('accepted', 'refused', 'unclear')
GROUP BY 1, 3, 4, 5, 6, 7
ON CONFLICT (grain, bucket, source_id, channel, provider_id, region, purpose)
DO UPDATE SET sends = excluded.sends, accepted = excluded.accepted,
    delivered = excluded.delivered, failed = excluded.failed,
    unknown = excluded.unknown
"""

_COARSER: LiteralString = """
INSERT INTO deliveries_outcomerollup (bucket, grain, source_id, channel, provider_id,
    region, purpose, sends, accepted, delivered, failed, unknown)
SELECT date_trunc(%s, bucket, 'UTC'), %s, source_id, channel, provider_id, region,
    purpose, sum(sends), sum(accepted), sum(delivered), sum(failed), sum(unknown)
FROM deliveries_outcomerollup
WHERE grain = %s AND date_trunc(%s, bucket, 'UTC') = ANY(%s)
GROUP BY 1, 3, 4, 5, 6, 7
ON CONFLICT (grain, bucket, source_id, channel, provider_id, region, purpose)
DO UPDATE SET sends = excluded.sends, accepted = excluded.accepted,
    delivered = excluded.delivered, failed = excluded.failed,
    unknown = excluded.unknown
"""
