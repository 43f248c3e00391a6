"""May a link, or the network that it comes from, change something once more this hour?

Counted in PostgreSQL, in one atomic statement for each: an open link is a way to make
us write to somebody, and no cache may forget how often it was used.
"""

from datetime import datetime

from django.db import connection, transaction

from deliveries.networks import network_of
from triage.models import LinkBudget

OF_LINK, OF_NETWORK = 10, 30  # changes an hour
OF_ALL = 300  # searches of end users that are noted an hour


def spend(link_digest: str, address: str, now: datetime) -> bool:
    """Count one change; false when the hour's budget of link or network is used up."""
    counted = ((f"link:{link_digest[:40]}", OF_LINK), (network_of(address), OF_NETWORK))
    hour = now.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        used = [_count(key, hour) for key, _most in counted]
    return all(n <= most for n, (_key, most) in zip(used, counted, strict=True))


def spend_words(address: str, now: datetime) -> bool:
    """Count one word about a text; false when the network has said enough."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return _count(f"help:{network_of(address)}", hour) <= OF_NETWORK


def spend_search(address: str, now: datetime) -> bool:
    """Count one search; false when the network, or everybody, has searched enough.

    Then nothing is written, however often it is asked.
    """
    given: dict[str, str | int | datetime] = {
        "own": f"search:{network_of(address)}",
        "each": OF_NETWORK,
        "all": "search:all",
        "most": OF_ALL,
        "hour": now.replace(minute=0, second=0, microsecond=0),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, given)
        return cursor.fetchone() is not None


_SEARCH = """
WITH own AS (
    INSERT INTO triage_linkbudget AS row (key, hour, used)
    SELECT %(own)s, %(hour)s, 1 WHERE NOT EXISTS (SELECT FROM triage_linkbudget
        WHERE key = %(all)s AND hour = %(hour)s AND used >= %(most)s)
    ON CONFLICT (key, hour) DO UPDATE SET used = row.used + 1
        WHERE row.used < %(each)s
    RETURNING 1
)
INSERT INTO triage_linkbudget AS row (key, hour, used)
SELECT %(all)s, %(hour)s, 1 FROM own
ON CONFLICT (key, hour) DO UPDATE SET used = row.used + 1 RETURNING used
"""
_COUNT = """
INSERT INTO triage_linkbudget (key, hour, used) VALUES (%s, %s, 1)
ON CONFLICT (key, hour) DO UPDATE SET used = triage_linkbudget.used + 1
RETURNING used
"""


def _count(key: str, hour: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, hour])
        used: int = cursor.fetchone()[0]
        return used


def sweep(now: datetime) -> None:
    """Forget the hours that are over."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    LinkBudget.objects.filter(hour__lt=hour).delete()
