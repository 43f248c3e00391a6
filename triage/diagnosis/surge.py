"""Do many others fail at the same provider right now, far more than an hour before?

One statement answers for all places of a batch. It looks at a bounded number of
failures on each side, so that a flood costs no more than a trickle.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db import connection

from triage.diagnosis.evidence import Siblings

# Where failures of one provider belong together: channel, provider, region.
Place: TypeAlias = tuple[str, str, str]

RECENT = timedelta(minutes=10)
BEFORE = timedelta(minutes=70)  # where the hour before the recent minutes begins
SAMPLE = 200  # failures looked at on each side, the newest and the oldest
# Causes of one recipient, one template or one account are no outage; nor is an answer
# that nobody can read: a fault of ours meets everybody with the same one.
OUTAGE_FAMILIES = ("network", "server")

_STATEMENT = """
SELECT place.channel, place.provider, place.region,
       recent.people, EXTRACT(EPOCH FROM %(now)s - recent.oldest),
       before.people, EXTRACT(EPOCH FROM before.newest - %(before)s),
       recent.looked_at, before.looked_at
FROM (
    SELECT array_agg(id) AS ids FROM deliveries_failurecategory
    WHERE family = ANY(%(families)s)
) AS outage
CROSS JOIN unnest(%(channels)s::text[], %(providers)s::text[], %(regions)s::text[])
     AS place (channel, provider, region)
CROSS JOIN LATERAL (
    SELECT count(*) AS looked_at, min(received_at) AS oldest,
           count(DISTINCT person) FILTER (WHERE counts) AS people
    FROM (
        SELECT received_at, category_id = ANY(outage.ids) AS counts,
               COALESCE(recipient_id::text, NULLIF(reporter_pseudonym, ''), 'r' || id)
               AS person
        FROM triage_failurereport AS report
        WHERE report.provider = place.provider AND report.channel = place.channel
          AND report.region = place.region AND report.received_at > %(recent)s
          AND report.provider <> ''
        ORDER BY received_at DESC LIMIT %(sample)s
    ) AS newest
) AS recent
CROSS JOIN LATERAL (
    SELECT count(*) AS looked_at, max(received_at) AS newest,
           count(DISTINCT person) FILTER (WHERE counts) AS people
    FROM (
        SELECT received_at, category_id = ANY(outage.ids) AS counts,
               COALESCE(recipient_id::text, NULLIF(reporter_pseudonym, ''), 'r' || id)
               AS person
        FROM triage_failurereport AS report
        WHERE report.provider = place.provider AND report.channel = place.channel
          AND report.region = place.region AND report.received_at > %(before)s
          AND report.received_at <= %(recent)s AND report.provider <> ''
        ORDER BY received_at LIMIT %(sample)s
    ) AS oldest
) AS before
"""


def at(places: Sequence[Place], now: datetime) -> dict[Place, Siblings]:
    """Compare the newest failures of each place with those of an hour before."""
    if not places:
        return {}
    params: dict[str, Any] = {
        "channels": [channel for channel, _, _ in places],
        "providers": [provider for _, provider, _ in places],
        "regions": [region for _, _, region in places],
        "families": list(OUTAGE_FAMILIES),
        "now": now,
        "recent": now - RECENT,
        "before": now - BEFORE,
        "sample": SAMPLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, params)
        return {(row[0], row[1], row[2]): _of_row(row) for row in cursor.fetchall()}


def _of_row(row: tuple[object, ...]) -> Siblings:
    """A side whose sample was not filled was seen over its whole time."""
    _, _, _, people, seconds, people_before, seconds_before, looked, looked_before = row
    whole = (BEFORE - RECENT).total_seconds()
    return Siblings(
        people=int(str(people)),
        seconds=float(str(seconds)) if looked == SAMPLE else RECENT.total_seconds(),
        people_before=int(str(people_before)),
        seconds_before=float(str(seconds_before)) if looked_before == SAMPLE else whole,
    )
