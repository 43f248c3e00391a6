"""What happens when a person has the failures of a ticket diagnosed again?

New runs are written only where something is new. A report whose cause is another one
moves to the incident of that cause, and with it to its ticket; a ticket all of whose
reports go the same way goes with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from deliveries.actor import Actor
from triage import diagnosis, grouping, judging, timeline
from triage.models import (
    REPORT_LIVE,
    UNSOLVED,
    EventKind,
    FailureGroup,
    FailureReport,
    ReportState,
    Ticket,
)
from triage.tickets.locking import locked
from triage.tickets.opening import open_or_join

MOST = 200  # reports at once, the newest: as many as the machine digests in one go
NOTICE = "notice"  # the family of what is no failure; a report keeps its group


@dataclass(frozen=True, slots=True)
class Rediagnosed:
    """What came of it: how many runs were written, and what they changed."""

    ticket: Ticket
    written: int = 0
    cause_changed: bool = False


def diagnose_again(number: int, actor: Actor, *, now: datetime) -> Rediagnosed:
    """Diagnose the newest reports of a ticket once more.

    Needs no version: it overrides nothing that a person decided. Raises what
    :func:`triage.tickets.locking.locked` raises.
    """
    with transaction.atomic():
        lock_groups(number, actor, now)
        ticket = locked(number, actor, "diagnosis.rerun", None)
        runs = diagnosis.rerun(_reports(ticket, lock=True), now)
        if not runs:
            return Rediagnosed(ticket)
        changed = [run for run in runs if run.cause_changed]
        moved = _move(ticket, changed, now) if ticket.state in UNSOLVED else 0
        change: dict[str, object] = {"reports": len(runs)}
        if changed:
            change["category"] = changed[0].judged.category.slug
        if moved:
            change["moved"] = moved
        timeline.add(ticket, EventKind.REDIAGNOSED, actor, change)
    return Rediagnosed(ticket, len(runs), bool(changed))


def lock_groups(number: int, actor: Actor, now: datetime) -> None:
    """Lock the ticket's group and those its reports may move to, in their order.

    Groups are locked before tickets, so the causes are foreseen here without a lock.
    """
    ticket = Ticket.objects.visible_to(actor).filter(number=number).first()
    if ticket is None:
        return
    digests = {
        grouping.digest_with(judged.report, judged.category)
        for judged in diagnosis.foresee(_reports(ticket, lock=False), now)
    }
    ids = FailureGroup.objects.filter(digest__in=digests).values_list("pk", flat=True)
    grouping.lock({ticket.group_id, *ids})


def _reports(ticket: Ticket, *, lock: bool) -> list[FailureReport]:
    rows = FailureReport.objects.select_related(
        "source", "category", "group", "recipient", "message__address"
    )
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    newest = ticket.reports.filter(state__in=REPORT_LIVE).order_by("-pk")
    ids = list(newest.values_list("pk", flat=True)[:MOST])
    return list(rows.filter(pk__in=ids).order_by("pk"))


def _move(ticket: Ticket, changed: Sequence[diagnosis.Again], now: datetime) -> int:
    """Move reports to the groups of their new causes; count those that left."""
    before = ticket.group_id
    leaving: list[FailureReport] = []
    for run in changed:
        report, category = run.judged.report, run.judged.category
        if report.state == ReportState.TICKETED and category.family != NOTICE:
            grouping.move(report, category, now)
            if report.group_id != before:
                leaving.append(report)
    if not leaving:
        return 0
    if _goes_along(ticket, leaving):
        left = 0
    else:
        _hand_on(leaving, now)
        left = len(leaving)
    judging.judge_groups({before, *(each.group_id or before for each in leaving)}, now)
    ticket.refresh_from_db(fields=["last_seq"])
    return left


def _goes_along(ticket: Ticket, leaving: Sequence[FailureReport]) -> bool:
    """Take the whole ticket to the new group, if nothing stays and nobody is there."""
    (group, *others) = {each.group_id for each in leaving}
    ids = [each.pk for each in leaving]
    stays = ticket.reports.filter(state__in=REPORT_LIVE).exclude(pk__in=ids)
    taken = Ticket.objects.live().filter(group=group, queue=ticket.queue_id)
    if others or stays.exists() or taken.exists():
        return False
    Ticket.objects.filter(pk=ticket.pk).update(group=group)
    ticket.refresh_from_db(fields=["group"])
    return True


def _hand_on(leaving: Sequence[FailureReport], now: datetime) -> None:
    """Give reports to the tickets of their new groups."""
    open_or_join(leaving, now)
    for report in leaving:
        report.save(update_fields=["ticket"])
