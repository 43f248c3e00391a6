"""How many reports and people does an incident have, counted from its members?"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, CharField, Count, F, Q, Value, When
from django.db.models.functions import Cast, Concat, Left

from triage.models import REPORT_LIVE, FailureGroup, FailureReport, GroupRecipient
from triage.recent_reports import STRETCH, STRETCHES, counted

AT_ONCE = 5_000  # rows a statement
# What ``FailureReport.person`` says, for the database.
PERSON = Case(
    When(
        reporter_pseudonym="",
        then=Left(Concat(Value("report-"), Cast("pk", CharField())), 32),
    ),
    default=F("reporter_pseudonym"),
)


def recount(groups: Iterable[FailureGroup], now: datetime) -> None:
    """Count groups anew whose members were moved as a set, and refresh them.

    Who was served keeps the time of it wherever the reports are now. The groups are
    locked. Needs an open transaction.
    """
    groups = sorted(groups, key=lambda group: group.digest)
    counted = GroupRecipient.objects.filter(digest__in=[g.digest for g in groups])
    served: dict[str, datetime] = {}
    earlier = counted.filter(served_at__isnull=False)
    for person, at in earlier.values_list("pseudonym", "served_at"):
        if at is not None:
            served[person] = max(at, served.get(person, at))
    counted.delete()
    for group in groups:
        _recount(group, served, now)


def _recount(group: FailureGroup, served: dict[str, datetime], now: datetime) -> None:
    rows = FailureReport.objects.filter(group=group).order_by().annotate(who=PERSON)
    live = Count("pk", filter=Q(state__in=REPORT_LIVE))
    people = list(rows.values_list("who").annotate(live=live, n=Count("pk")))
    GroupRecipient.objects.bulk_create(
        (
            GroupRecipient(
                digest=group.digest,
                pseudonym=who,
                served_at=None if waiting else served.get(who, now),
            )
            for who, waiting, _n in people
        ),
        batch_size=AT_ONCE,
    )
    group.reports = sum(n for _who, _waiting, n in people)
    group.recipients = len(people)
    group.unserved = sum(1 for _who, waiting, _n in people if waiting)
    since = now - STRETCHES * STRETCH
    came = rows.filter(received_at__gte=since).values_list("received_at", flat=True)
    group.recent_reports, group.recent_at = counted([], None, came.iterator())
    group.save(
        update_fields=[
            "reports",
            "recipients",
            "unserved",
            "recent_reports",
            "recent_at",
        ]
    )
