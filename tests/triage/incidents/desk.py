"""Incidents of which a test merges, splits and counts the reports."""

from collections.abc import Sequence

from django.utils import timezone

from tests.people import Person
from tests.work import UNAVAILABLE, hand_to_people, join, make_report
from triage import incidents
from triage.models import (
    REPORT_LIVE,
    FailureGroup,
    FailureReport,
    GroupAlias,
    GroupRecipient,
    Ticket,
)
from triage.recent_reports import as_of, counted


def fail(provider: str, people: int = 1, *, handed: bool = True) -> FailureGroup:
    """Let that many people fail through a provider; return their incident."""
    made = [make_report(cause=UNAVAILABLE, provider=provider) for _ in range(people)]
    (hand_to_people if handed else join)(made)
    return group_of(made[0])


def group_of(report: FailureReport) -> FailureGroup:
    """The incident where a report is now."""
    return FailureGroup.objects.get(members=report.pk)


def merge(source: FailureGroup, into: FailureGroup, who: Person) -> GroupAlias:
    """Merge two incidents."""
    return incidents.merge(source.number, into, who.actor, timezone.now())


def part(alias: GroupAlias, who: Person) -> None:
    """Undo that."""
    incidents.undo_merge(alias.pk, who.actor, timezone.now())


def split(
    group: FailureGroup, reports: Sequence[FailureReport], who: Person
) -> FailureGroup:
    """Split reports off."""
    ids = [report.public_id for report in reports]
    return incidents.split(group.number, ids, who.actor, timezone.now())


def membership() -> dict[int, tuple[int | None, int | None, int | None]]:
    """Where every report is: its group, its split and its ticket."""
    rows = FailureReport.objects.order_by("pk")
    return {
        pk: (group, off, ticket)
        for pk, group, off, ticket in rows.values_list(
            "pk", "group", "split_group", "ticket"
        )
    }


def counters() -> dict[int, tuple[int, int, int]]:
    """What each incident says of itself."""
    rows = FailureGroup.objects.values_list("pk", "reports", "recipients", "unserved")
    return {pk: (n, people, left) for pk, n, people, left in rows}


def recounted() -> dict[int, tuple[int, int, int]]:
    """What it should say, from the reports alone."""
    found = {}
    for group in FailureGroup.objects.all():
        members = list(FailureReport.objects.filter(group=group))
        people = {report.person for report in members}
        live = {each.person for each in members if each.state in REPORT_LIVE}
        found[group.pk] = (len(members), len(people), len(live))
        came = counted([], None, [report.received_at for report in members])
        now = timezone.now()
        assert as_of(group.recent_reports, group.recent_at, now) == as_of(*came, now)
        rows = GroupRecipient.objects.filter(digest=group.digest)
        assert set(rows.values_list("pseudonym", flat=True)) == people
    return found


def ticket_of(group: FailureGroup) -> Ticket:
    """The live ticket of an incident."""
    return Ticket.objects.live().get(group=group)
