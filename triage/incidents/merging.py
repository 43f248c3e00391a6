"""How do two incidents become one that also catches what comes, and how do they part?

A merge is an alias of the merged group's digest. It leads to the end of the way at
once, so that none points to another. Undone, every report goes home by its own digest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import grouping, timeline
from triage.incidents import carrying
from triage.incidents.counting import recount
from triage.incidents.finding import (
    end_of,
    find,
    live_tickets,
    merges_into,
    permit,
    refusal,
)
from triage.incidents.muting import carry_mute, end_carried_mute
from triage.models import (
    LIVE,
    UNSOLVED,
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    Reason,
    Ticket,
    TicketEvent,
    TicketState,
)
from triage.tickets import Invalid, NotFound, acting, decide

WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do. ``caught`` came in the last ``WINDOW``."""

    source: FailureGroup
    target: FailureGroup
    groups: int
    reports: int
    people: int
    caught: int
    tickets: tuple[Ticket, ...]
    brings_mute: bool
    refusal: str  # why it is not the actor's to do, or empty


def preview(number: int, into: FailureGroup, actor: Actor, now: datetime) -> Preview:
    """Foresee a merge without changing anything.

    Raises :class:`NotFound` or :class:`Invalid` as :func:`merge` does.
    """
    source, target = find(number, actor), end_of(into)
    _fit(source, target)
    came = FailureReport.objects.filter(group=source, received_at__gte=now - WINDOW)
    rows = Ticket.objects.filter(group__in=[source, target], state__in=LIVE)
    live = list(rows.select_related("queue").order_by("pk"))
    moving = [t for t in live if t.group_id == source.pk and t.state in UNSOLVED]
    touched = [*moving, *(t for t in live if t.group_id == target.pk)]
    return Preview(
        source,
        target,
        1 + GroupAlias.objects.live().filter(group=source).count(),
        source.reports,
        source.recipients,
        came.count(),
        tuple(moving),
        source.muted_at is not None and target.muted_at is None,
        refusal(actor, "group.merge", touched),
    )


def _fit(source: FailureGroup, target: FailureGroup) -> None:
    if merges_into(source) is not None:
        raise Invalid("into", _("This incident is merged already. Undo that first."))
    if source.pk == target.pk:
        raise Invalid("into", _("An incident cannot be merged into itself."))
    solved = Ticket.objects.filter(group=target, state=TicketState.SOLVED)
    queues = Ticket.objects.filter(group=source, state__in=UNSOLVED).values("queue")
    ticket = solved.filter(queue__in=queues).first()
    if ticket is not None:
        raise Invalid(
            "into",
            _("Ticket #%(number)d of that incident is solved. Reopen it first.")
            % {"number": ticket.number},
        )


def merge(
    number: int,
    into: FailureGroup,
    actor: Actor,
    now: datetime,
    part: carrying.Part | None = None,
) -> GroupAlias:
    """Merge an incident into another, or into the one that this is merged into.

    ``part`` is the action on many tickets that it belongs to.

    Raises :class:`NotFound` out of scope, :class:`Forbidden` unless every ticket that
    goes over or takes in is the actor's to change, :class:`Invalid` when it does not
    make sense.
    """
    with transaction.atomic():
        source, target = _locked(find(number, actor), into)
        tickets = live_tickets([source, target])
        moving = [t for t in tickets if t.group_id == source.pk and t.state in UNSOLVED]
        taking = [t for t in tickets if t.group_id == target.pk]
        permit(actor, "group.merge", [*moving, *taking])
        _fit(source, target)
        GroupAlias.objects.live().filter(group=source).update(group=target)
        alias = GroupAlias.objects.create(
            digest=source.digest,
            into=target,
            group=target,
            made_by_id=actor.person_id,
            made_at=now,
            brought_mute=carry_mute(source, target),
        )
        moved = FailureReport.objects.filter(group=source).update(group=target)
        recount([source, target], now)
        change = {"incident": source.number, "target": target.number}
        deed = carrying.Deed(actor, dict(change), {"alias": alias.pk}, part)
        for ticket in moving:
            carrying.place(ticket, target, deed)
        _tell_the_rest(tickets, moving, target, actor, {**change, "reports": moved})
        carrying.settle([source, target], now)
    return alias


def _locked(
    source: FailureGroup, into: FailureGroup
) -> tuple[FailureGroup, FailureGroup]:
    """Lock both ends of a merge; raises :class:`Invalid` if one moved meanwhile."""
    end = end_of(into)
    found = {group.pk: group for group in grouping.lock([source.pk, end.pk])}
    if merges_into(found[end.pk]) is not None:
        raise Invalid("into", acting.in_words(Reason.CHANGED))
    return found[source.pk], found[end.pk]


def _tell_the_rest(
    tickets: list[Ticket],
    moving: list[Ticket],
    target: FailureGroup,
    actor: Actor,
    change: dict[str, object],
) -> None:
    """Write it down on tickets of the target that took no other ticket in."""
    told = {ticket.queue_id for ticket in moving}
    moved = {ticket.pk for ticket in moving}
    for ticket in tickets:
        own = ticket.group_id == target.pk and ticket.pk not in moved
        if own and ticket.queue_id not in told:
            timeline.add(ticket, EventKind.ABSORBED, actor, change)


def undo_merge(pk: int, actor: Actor, now: datetime) -> FailureGroup:
    """Undo a merge, also one into which others were merged since; return who is free.

    Every report goes where it would be had this merge never been. It takes the rights
    of a merge on each ticket that it touches, also from whoever made the merge. Raises
    what :func:`merge` raises.
    """
    with transaction.atomic():
        alias, home = _standing(pk, actor)
        end = alias.group
        permit(actor, "group.merge", touched_by_undo(alias, home))
        freed = _keys(home, end)
        alias.retired_at, alias.retired_by_id = max(now, alias.made_at), actor.person_id
        alias.save(update_fields=["retired_at", "retired_by"])
        GroupAlias.objects.live().filter(digest__in=freed).update(group=home)
        if alias.brought_mute:
            end_carried_mute(home, end)
        theirs = _of_keys(freed)
        FailureReport.objects.filter(theirs, group=end).update(group=home)
        recount([home, end], now)
        _bring_back(alias, home, end, actor, now)
        carrying.settle([home, end], now)
    return home


def touched_by_undo(alias: GroupAlias, home: FailureGroup) -> list[Ticket]:
    """Return the tickets that the end of a merge changes, or writes something on."""
    both = Ticket.objects.filter(group__in=[home, alias.group_id])
    taken = TicketEvent.objects.filter(
        ticket__in=both.values("pk"), kind=EventKind.MERGED, inverse__alias=alias.pk
    )
    rows = both.filter(Q(state__in=LIVE) | Q(pk__in=taken.values("ticket")))
    return list(rows.select_related("queue").order_by("pk"))


def _standing(pk: int, actor: Actor) -> tuple[GroupAlias, FailureGroup]:
    rows = GroupAlias.objects.select_related("group")
    alias = rows.filter(pk=pk).first()
    if alias is None:
        raise NotFound(pk)
    home = FailureGroup.objects.get(digest=alias.digest)
    seen = FailureGroup.objects.visible_to(actor)
    if not seen.filter(pk__in=[home.pk, alias.group_id]).exists():
        raise NotFound(pk)
    groups = {each.pk: each for each in grouping.lock([home.pk, alias.group_id])}
    now_end = GroupAlias.objects.live().filter(pk=pk, group=alias.group_id)
    if not now_end.exists():
        raise Invalid("undo", acting.in_words(Reason.CHANGED))
    alias.group = groups[alias.group_id]
    return alias, groups[home.pk]


def _keys(home: FailureGroup, end: FailureGroup) -> set[str]:
    """Return the digests that came to the end by way of this group."""
    rows = GroupAlias.objects.live().filter(group=end)
    by_into: dict[int, list[str]] = {}
    for into, digest in rows.values_list("into", "digest"):
        by_into.setdefault(into, []).append(digest)
    ids = dict(
        FailureGroup.objects.filter(digest__in=rows.values("digest")).values_list(
            "digest", "pk"
        )
    )
    found, waiting = {home.digest}, [home.pk]
    while waiting:
        fresh = [d for d in by_into.get(waiting.pop(), []) if d not in found]
        found.update(fresh)
        waiting += [ids[digest] for digest in fresh]
    return found


def _of_keys(digests: set[str]) -> Q:
    """Say which reports belong to digests: by a split, else by what they are."""
    return Q(split_group__digest__in=digests) | Q(
        split_group=None, fingerprint__in=digests
    )


def _bring_back(
    alias: GroupAlias,
    home: FailureGroup,
    end: FailureGroup,
    actor: Actor,
    now: datetime,
) -> None:
    """Let every ticket that the merge took along be what it was."""
    ids = Ticket.objects.filter(group__in=[home, end]).values_list("pk", flat=True)
    events = TicketEvent.objects.filter(
        ticket__in=list(ids), kind=EventKind.MERGED, inverse__alias=alias.pk
    )
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
    for event in events.order_by("ticket_id", "seq"):
        ticket = rows.select_related("group__category", "queue").get(pk=event.ticket_id)
        before = (event.inverse or {}).get("before")
        if before is not None:
            done = carrying.restore(ticket, before, Q(group=home), actor, now)
        else:
            done = _returns(ticket, home, end)
        if done:
            said = {"seq": event.seq, "kind": event.kind}
            timeline.add(ticket, EventKind.UNDONE, actor, said)


def _returns(ticket: Ticket, home: FailureGroup, end: FailureGroup) -> bool:
    """Take a ticket back to its own incident, unless that has a live one there."""
    there = Ticket.objects.live().filter(group=home, queue=ticket.queue_id)
    if ticket.state not in LIVE or ticket.group_id != end.pk or there.exists():
        return False
    decide(ticket, group=home)
    return True
