"""May an author, or the network that they come from, write once more this hour?

Counted in PostgreSQL, each in one atomic update: cookies are thrown away, networks are
shared, and no cache may forget.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from knowledgebase.community.authors import Author
from knowledgebase.community.refused import TooOften
from knowledgebase.models import PostBudget

HOUR = timedelta(hours=1)
LAST_HOUR = 23
# An hour, by act: of one author, of one network, of everybody together.
MOST = {
    "ask": (3, 10, 300),
    "answer": (10, 30, 600),
    "vote": (30, 60, 3_000),
    "follow": (10, 30, 600),
}


def spend(act: str, author: Author, now: datetime) -> None:
    """Count one act; raises :class:`TooOften`. Colleagues are known by name instead."""
    if author.by_staff:
        return
    hour = now.replace(minute=0, second=0, microsecond=0)
    keys = (f"author:{author.ref}", author.network, "everybody")
    with transaction.atomic():
        allowed = [
            _count(f"{act}:{key}", hour, most)
            for key, most in zip(keys, MOST[act], strict=True)
        ]
    if not all(allowed):
        raise TooOften(int((hour + HOUR - now).total_seconds()) + 1)


def allows_today(key: str, most: int, now: datetime) -> bool:
    """Count once more for today (UTC); false if ``most`` is reached.

    Counted in the last hour of the day, so that it is forgotten when the day is over.
    """
    day = now.astimezone(UTC).replace(hour=LAST_HOUR, minute=0, second=0, microsecond=0)
    return _count(key, day, most)


def _count(key: str, hour: datetime, most: int) -> bool:
    row, _made = PostBudget.objects.get_or_create(key=key, hour=hour)
    left = PostBudget.objects.filter(pk=row.pk, used__lt=most)
    return bool(left.update(used=F("used") + 1))


def sweep(now: datetime) -> None:
    """Forget the hours that are over."""
    PostBudget.objects.filter(hour__lt=now - HOUR).delete()
