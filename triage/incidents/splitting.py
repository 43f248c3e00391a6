"""How do chosen reports become an incident of their own, and come back exactly?"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries import public_id
from deliveries.actor import Actor
from triage import grouping, judging, timeline
from triage.incidents import carrying
from triage.incidents.counting import recount
from triage.incidents.finding import end_of, find, live_tickets, merges_into, permit
from triage.models import (
    UNSOLVED,
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    Reason,
    ReportState,
    SlaClock,
    Ticket,
    TicketEvent,
)
from triage.tickets import Invalid, NotFound, acting

MOST = 1_000  # reports of one split


def split(
    number: int, reports: Iterable[str], actor: Actor, now: datetime
) -> FailureGroup:
    """Take chosen reports (their public ids) out of an incident into a new one.

    Reports that wait for people get a ticket of their own, in the queue where they
    are. Raises what :func:`triage.incidents.merging.merge` raises.
    """
    with transaction.atomic():
        (group,) = grouping.lock([find(number, actor).pk])
        tickets = live_tickets([group])
        chosen = _chosen(group, reports)
        given: dict[int | None, list[FailureReport]] = defaultdict(list)
        for report in chosen:
            given[report.ticket_id].append(report)
        touched = [ticket for ticket in tickets if ticket.pk in given]
        permit(actor, "group.split", touched)
        fresh = _new_group(group, chosen)
        rows = FailureReport.objects.filter(pk__in=[each.pk for each in chosen])
        rows.update(group=fresh, split_group=fresh)
        recount([group, fresh], now)
        for ticket in touched:
            _open(ticket, fresh, given[ticket.pk], actor, now)
        judging.judge_groups([group.pk, fresh.pk], now)
    return fresh


def split_ticket(
    number: int, reports: Iterable[str], actor: Actor, now: datetime
) -> FailureGroup:
    """Do the same from a ticket; reports of others are not found."""
    ticket = Ticket.objects.visible_to(actor).filter(number=number).first()
    if ticket is None:
        raise NotFound(number)
    ids = list(reports)[: MOST + 1]
    rows = FailureReport.objects.filter(public_id__in=ids)
    if rows.exclude(ticket=ticket).exists():
        raise Invalid("reports", _("One of these reports is of another ticket."))
    return split(ticket.group.number, ids, actor, now)


def _chosen(group: FailureGroup, ids: Iterable[str]) -> Sequence[FailureReport]:
    wanted = set(ids)
    if not wanted:
        raise Invalid("reports", _("Choose the reports to split off."))
    if len(wanted) > MOST:
        raise Invalid("reports", _("Choose at most %(most)d reports.") % {"most": MOST})
    rows = FailureReport.objects.select_for_update(of=("self",), no_key=True)
    found = list(rows.filter(public_id__in=wanted, group=group).order_by("pk"))
    if len(found) < len(wanted):
        raise Invalid(
            "reports", _("One of these reports is no longer of this incident.")
        )
    if any(report.split_group_id is not None for report in found):
        raise Invalid(
            "reports", _("One of these is split off already. Undo that first.")
        )
    if len(found) == group.reports:
        raise Invalid("reports", _("Leave at least one report where it is."))
    return found


def _new_group(group: FailureGroup, chosen: Sequence[FailureReport]) -> FailureGroup:
    """A group like the other, with a digest that no failure has."""
    digest = hashlib.sha256(public_id.new("split_").encode()).hexdigest()
    made = FailureGroup.objects.create(
        digest=digest,
        fingerprint=group.fingerprint,
        category=group.category,
        channel=group.channel,
        provider=group.provider,
        region=group.region,
        source=group.source,
        first_seen=min(report.occurred_at for report in chosen),
        last_seen=max(report.received_at for report in chosen),
        split_from=group,
    )
    made.refresh_from_db(fields=["number"])
    return made


def _open(
    ticket: Ticket,
    group: FailureGroup,
    reports: Sequence[FailureReport],
    actor: Actor,
    now: datetime,
) -> None:
    """Open the ticket of a split in the queue of the former one."""
    ids = [each.pk for each in reports if each.state == ReportState.TICKETED]
    said = {"incident": group.number, "reports": len(reports)}
    made: Ticket | None = None
    if ids:
        made = Ticket.objects.create(group=group, queue=ticket.queue)
        made.refresh_from_db(fields=["number", "tier", "opened_at"])
        FailureReport.objects.filter(pk__in=ids).update(ticket=made)
        origin = {"reports": len(ids), "from": ticket.number}
        timeline.add(made, EventKind.OPENED, actor, origin)
        said["to"] = made.number
    timeline.add(ticket, EventKind.SPLIT, actor, said, {"split": group.pk})
    if made is not None:
        judging.judge([made], now)
        SlaClock.objects.start([made], now)


def undo_split(pk: int, actor: Actor, now: datetime) -> FailureGroup:
    """Undo a split; return the incident it came from.

    Every report goes where its own digest leads now. Raises what
    :func:`triage.incidents.merging.merge` raises.
    """
    with transaction.atomic():
        fresh = FailureGroup.objects.filter(pk=pk, split_from__isnull=False).first()
        if fresh is None:
            raise NotFound(pk)
        find(fresh.number, actor)
        places = _places(fresh)
        ids = {fresh.pk, end_of(fresh).pk, *(place.pk for place in places.values())}
        groups = {each.pk: each for each in grouping.lock(ids)}
        if _places(fresh) != places:
            raise Invalid("undo", acting.in_words(Reason.CHANGED))
        if not places:
            raise Invalid("undo", acting.in_words(Reason.SAME))
        live = live_tickets(groups.values())
        tickets = [each for each in live if each.group_id == fresh.pk]
        permit(actor, "group.split", _touched(fresh, live, tickets))
        for digest, place in places.items():
            theirs = Q(split_group=fresh, fingerprint=digest)
            FailureReport.objects.filter(theirs).update(group=place, split_group=None)
        recount(groups.values(), now)
        _say_so(fresh, groups.values(), actor)
        _close(tickets, groups[fresh.pk], groups[next(iter(places.values())).pk], actor)
        carrying.settle(groups.values(), now)
    return next(iter(places.values()))


def _touched(
    fresh: FailureGroup, live: list[Ticket], own: list[Ticket]
) -> list[Ticket]:
    """Return the tickets that give reports back, take them, or are told of it."""
    taking = {ticket.queue_id for ticket in own}
    told = TicketEvent.objects.filter(
        ticket__in=[each.pk for each in live],
        kind=EventKind.SPLIT,
        inverse__split=fresh.pk,
    )
    ids = set(told.values_list("ticket", flat=True))
    return [t for t in live if t.queue_id in taking or t.pk in ids]


def _places(fresh: FailureGroup) -> dict[str, FailureGroup]:
    """Return where each digest of the split's reports leads without it."""
    rows = FailureReport.objects.filter(split_group=fresh).order_by()
    digests = list(rows.values_list("fingerprint", flat=True).distinct())
    homes = FailureGroup.objects.filter(digest__in=digests)
    found = {group.digest: group for group in homes}
    aliases = GroupAlias.objects.live().filter(digest__in=digests)
    found.update({a.digest: a.group for a in aliases.select_related("group")})
    return dict(sorted(found.items()))


def _say_so(fresh: FailureGroup, groups: Iterable[FailureGroup], actor: Actor) -> None:
    """Write it down on the tickets from which the reports were taken."""
    tickets = Ticket.objects.filter(group__in=list(groups)).values("pk")
    rows = TicketEvent.objects.filter(ticket__in=tickets, kind=EventKind.SPLIT)
    events = {e.ticket_id: e for e in rows.filter(inverse__split=fresh.pk)}
    locked = Ticket.objects.select_for_update(of=("self",), no_key=True)
    for ticket in locked.filter(pk__in=events).order_by("pk"):
        event = events[ticket.pk]
        said = {"seq": event.seq, "kind": event.kind}
        timeline.add(ticket, EventKind.UNDONE, actor, said)


def _close(
    tickets: Iterable[Ticket], fresh: FailureGroup, place: FailureGroup, actor: Actor
) -> None:
    """Merge the split's tickets back; what is solved stays as it is."""
    if merges_into(fresh) is not None or fresh.reports:
        return
    change = {"incident": fresh.number, "target": place.number}
    for ticket in tickets:
        if ticket.state in UNSOLVED:
            carrying.place(ticket, place, carrying.Deed(actor, dict(change)))
