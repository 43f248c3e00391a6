"""Which reports have one cause, and how many people does it leave unserved?

Counters of a group are exact: they change only under the lock of its row. Whoever
locks several groups locks them in the order of their digest, and before tickets.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery

from deliveries import readers
from deliveries.models import FailureCategory
from triage import answers, fingerprint, recent_reports, webhooks
from triage.models import (
    REPORT_LIVE,
    FailureGroup,
    FailureReport,
    GroupAlias,
    GroupRecipient,
    ReportState,
    WebhookKind,
)

SERVED = (
    ReportState.VERIFIED,
    ReportState.CLOSED_UNVERIFIED,
    ReportState.REJECTED,
    ReportState.WITHDRAWN,
)


def join(reports: Sequence[FailureReport]) -> None:
    """Put diagnosed reports (``category`` is set) into the groups of their causes.

    Sets ``fingerprint`` and ``group`` on each, without saving the reports: the home
    group of its digest, or the one that this is merged into. A report that opens no
    group (a notice) is left alone. Needs an open transaction.
    """
    by_digest: dict[str, list[FailureReport]] = defaultdict(list)
    parts: dict[str, fingerprint.Parts] = {}
    for report in reports:
        named = _parts(report, report.category)
        if not named:
            continue
        report.fingerprint = fingerprint.digest(named)
        parts[report.fingerprint] = named
        by_digest[report.fingerprint].append(report)
    groups = _upsert(by_digest, parts)
    by_group: dict[str, list[FailureReport]] = defaultdict(list)
    for digest, members in by_digest.items():
        for report in members:
            report.group = groups[digest]
        by_group[groups[digest].digest] += members
    ends = {group.digest: group for group in groups.values()}
    begun = [digest for digest, group in ends.items() if group.reports == 0]
    _count(ends, by_group)
    _tell_of(begun, by_group)


def digest_with(report: FailureReport, category: FailureCategory) -> str:
    """Return the digest of the group that a report belongs to for a cause.

    Empty for a cause that opens no group (a notice).
    """
    parts = _parts(report, category)
    return fingerprint.digest(parts) if parts else ""


def _parts(
    report: FailureReport, category: FailureCategory | None
) -> fingerprint.Parts:
    if category is None:
        return ()
    client = report.client or {}
    template = report.template or {}
    return fingerprint.parts(
        category=category.slug,
        channel=report.channel,
        provider=report.provider,
        region=report.region,
        source=report.source.slug,
        template=str(template.get("key", "")),
        client_app=str(client.get("app", "")),
        client_version=str(client.get("version", "")),
        answer=readers.spoken(report.channel, report.provider_answer) or report.detail,
    )


def _upsert(
    by_digest: dict[str, list[FailureReport]], parts: dict[str, fingerprint.Parts]
) -> dict[str, FailureGroup]:
    """Lock the home groups and those they are merged into; return the latter.

    A merge holds both of its groups. So the aliases that stand once all are locked
    are the last word. That others stood before is rare: then all are let go, as one
    more could be locked out of order, and are locked anew.
    """
    rows = {
        digest: _new_group(digest, members, parts[digest])
        for digest, members in by_digest.items()
    }
    ends = _ends(by_digest)
    while True:
        for digest, end in ends.items():
            seen = max(rows[digest].last_seen, end.last_seen)
            rows[end.digest] = _again(rows.get(end.digest, end), seen)
        before = transaction.savepoint()
        FailureGroup.objects.bulk_create(
            [_again(row, row.last_seen) for _digest, row in sorted(rows.items())],
            update_conflicts=True,
            unique_fields=["digest"],
            update_fields=["last_seen"],
        )
        now_ends = _ends(by_digest)
        if {each.pk for each in now_ends.values()} <= {e.pk for e in ends.values()}:
            break
        transaction.savepoint_rollback(before)
        ends = now_ends
    transaction.savepoint_commit(before)
    found = FailureGroup.objects.filter(digest__in=by_digest).select_related("category")
    return {**{group.digest: group for group in found}, **now_ends}


def _ends(digests: Iterable[str]) -> dict[str, FailureGroup]:
    """Return the groups that merged digests lead to."""
    rows = GroupAlias.objects.live().filter(digest__in=list(digests))
    return {each.digest: each.group for each in rows.select_related("group__category")}


def _again(group: FailureGroup, seen: datetime) -> FailureGroup:
    """A row like one that exists, to be locked among those that may not."""
    same = copy(group)
    same.pk, same.last_seen = None, seen
    same._state = copy(same._state)
    same._state.adding = True
    return same


def _new_group(
    digest: str, members: list[FailureReport], parts: fingerprint.Parts
) -> FailureGroup:
    first = members[0]
    names = dict(parts)
    return FailureGroup(
        digest=digest,
        fingerprint=[list(part) for part in parts],
        category=first.category,
        channel=first.channel,
        provider=names.get("provider", ""),
        region=names.get("region", ""),
        source=first.source if "source" in names else None,
        first_seen=min(report.occurred_at for report in members),
        last_seen=max(report.received_at for report in members),
    )


def _count(
    groups: dict[str, FailureGroup], by_digest: dict[str, list[FailureReport]]
) -> None:
    for digest in sorted(by_digest):
        members, group = by_digest[digest], groups[digest]
        people = {report.person for report in members}
        known = dict(
            GroupRecipient.objects.filter(
                digest=digest, pseudonym__in=people
            ).values_list("pseudonym", "served_at")
        )
        fresh = people - known.keys()
        again = [person for person, served in known.items() if served is not None]
        GroupRecipient.objects.bulk_create(
            GroupRecipient(digest=digest, pseudonym=person) for person in sorted(fresh)
        )
        if again:
            GroupRecipient.objects.filter(digest=digest, pseudonym__in=again).update(
                served_at=None
            )
        FailureGroup.objects.filter(pk=group.pk).update(
            reports=F("reports") + len(members),
            recipients=F("recipients") + len(fresh),
            unserved=F("unserved") + len(fresh) + len(again),
            **recent_reports.changes(group, [each.received_at for each in members]),
        )


def _tell_of(begun: list[str], by_digest: dict[str, list[FailureReport]]) -> None:
    """Tell the sources whose reports began an incident; it has its figures by now."""
    sources = {
        digest: {report.source_id for report in by_digest[digest]} for digest in begun
    }
    kind = WebhookKind.INCIDENT_OPENED
    if not begun or not webhooks.is_heard(kind, set().union(*sources.values())):
        return
    rows = FailureGroup.objects.filter(digest__in=begun).select_related("category")
    for group in rows.order_by("digest"):
        shown = dict(answers.GroupSerializer(group).data)
        for source_id in sorted(sources[group.digest]):
            webhooks.emit(kind, source_id, f"grp-{group.number}", shown)


def lock(group_ids: Iterable[int]) -> list[FailureGroup]:
    """Lock groups in the one order that cannot deadlock.

    No key is locked: who holds a ticket refers to its group when it commits, and must
    not have to wait for whoever holds the group and waits for the ticket.
    """
    rows = FailureGroup.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=set(group_ids)).order_by("digest"))


def serve(reports: Sequence[FailureReport], now: datetime) -> None:
    """Count people as served who have no live report left in their group.

    The states and the groups of the reports are saved already. Needs an open
    transaction, and the groups locked by :func:`lock`.
    """
    for group, people in _people(reports):
        waiting = {
            report.person
            for report in FailureReport.objects.filter(
                group=group, state__in=REPORT_LIVE
            ).filter(reporter_pseudonym__in=people)
        }
        served = _counted(group, people - waiting).filter(served_at=None)
        gone = served.update(served_at=now)
        if gone:
            FailureGroup.objects.filter(pk=group).update(unserved=F("unserved") - gone)


def take_back(reports: Sequence[FailureReport]) -> None:
    """Count people as unserved again whose reports are taken up again.

    Needs what :func:`serve` needs.
    """
    for group, people in _people(reports):
        served = _counted(group, people).filter(served_at__isnull=False)
        back = served.update(served_at=None)
        if back:
            FailureGroup.objects.filter(pk=group).update(unserved=F("unserved") + back)


def _people(reports: Sequence[FailureReport]) -> list[tuple[int, set[str]]]:
    """Return who is concerned, by group: where the reports are by now, not then."""
    found: dict[int, set[str]] = defaultdict(set)
    ids = [report.pk for report in reports]
    rows = FailureReport.objects.filter(pk__in=ids, group__isnull=False)
    for report in rows.only("group_id", "reporter_pseudonym"):
        found[report.group_id or 0].add(report.person)
    return sorted(found.items())


def _counted(group: int, people: set[str]) -> QuerySet[GroupRecipient]:
    digest = FailureGroup.objects.filter(pk=group).values("digest")
    return GroupRecipient.objects.filter(
        digest=Subquery(digest[:1]), pseudonym__in=people
    )


def move(report: FailureReport, category: FailureCategory, now: datetime) -> None:
    """Take a report out of its group and join the group of a new cause.

    Used when a person or a later answer names another cause; counts of both groups
    stay exact, and a split ends that was about the former one. Needs an open
    transaction.
    """
    report.category = category
    digests = {report.fingerprint, digest_with(report, category)}
    rows = FailureGroup.objects.select_for_update(of=("self",), no_key=True)
    ends = [group.pk for group in _ends(digests).values()]
    named = Q(digest__in=digests) | Q(pk__in=[*ends, report.group_id])
    list(rows.filter(named).order_by("digest"))
    before = FailureReport.objects.values_list("group_id", flat=True).get(pk=report.pk)
    if before is not None:
        _leave(report, before, now)
        report.group, report.fingerprint, report.split_group = None, "", None
    join([report])
    report.save(update_fields=["category", "fingerprint", "group", "split_group"])


def _leave(report: FailureReport, group: int, now: datetime) -> None:
    others = FailureReport.objects.filter(
        group=group, reporter_pseudonym=report.reporter_pseudonym
    ).exclude(pk=report.pk)
    alone = not report.reporter_pseudonym or not others.exists()
    waiting = not alone and others.filter(state__in=REPORT_LIVE).exists()
    person = _counted(group, {report.person})
    here = person.filter(served_at=None)
    unserved = 0 if waiting else here.update(served_at=now)
    gone = person.delete()[0] if alone else 0
    held = FailureGroup.objects.get(pk=group)
    FailureGroup.objects.filter(pk=group).update(
        reports=F("reports") - 1,
        recipients=F("recipients") - gone,
        unserved=F("unserved") - unserved,
        **recent_reports.changes(held, [report.received_at], by=-1),
    )
