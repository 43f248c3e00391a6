"""How does a line come into somebody's inbox, once, in the transaction of its cause?"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from deliveries.actor import Actor
from triage.models import (
    BulkAction,
    BulkState,
    ChangeRehearsal,
    ChangeRehearsalState,
    Export,
    ExportState,
    Note,
    RehearsalState,
    Reveal,
    RevealAlarm,
    RuleRehearsal,
    StaffNotice,
    StaffNoticeKind,
    Ticket,
    TicketEvent,
)
from triage.models.staff_notice import OF_JOBS

# Whoever has the page open reads it there; the e-mail is for everybody else.
MAIL_AFTER = timedelta(minutes=2)
# The columns of a line about a job that a person started and watches.
JOBS = ("bulk_action", "export", "rehearsal", "change")


def tell(people: Iterable[int], kind: StaffNoticeKind, key: str, **about: Any) -> int:
    """Tell people of something; ``key`` names the occasion, of which each hears once.

    Returns how many lines there are for it now that were not there before, as far as
    the database says; rows that exist are left alone.
    """
    due = timezone.now() + MAIL_AFTER if settings.EMAIL_HOST else None
    rows = [
        StaffNotice(person_id=each, kind=kind, dedup_key=key, due_at=due, **about)
        for each in sorted(set(people))
    ]
    return len(StaffNotice.objects.bulk_create(rows, ignore_conflicts=True))


def assigned(event: TicketEvent, actor: Actor, to: int) -> None:
    """Tell a person that a ticket was given to them; nobody hears of their own act."""
    if to != actor.person_id:
        tell(
            [to],
            StaffNoticeKind.ASSIGNED,
            f"event:{event.pk}",
            ticket_id=event.ticket_id,
            actor_id=actor.person_id,
        )


def assigned_many(action: BulkAction, to: int | None) -> None:
    """Tell a person once that many tickets were given to them."""
    if to is not None and to != action.requested_by_id:
        tell(
            [to],
            StaffNoticeKind.ASSIGNED,
            f"bulk:{action.pk}",
            bulk_action=action,
            actor_id=action.requested_by_id,
        )


def mentioned(note: Note, ticket: Ticket, actor: Actor) -> None:
    """Tell those whom a note calls by name, but not its author."""
    people = set(note.mentions) - {actor.person_id}
    tell(
        people,
        StaffNoticeKind.MENTIONED,
        f"note:{note.pk}",
        ticket=ticket,
        note=note,
        actor_id=actor.person_id,
    )


# --- jobs -----------------------------------------------------------------------------


def bulk_over(action: BulkAction) -> None:
    """Tell whoever asked for an action on many tickets how it has ended."""
    failed = action.state == BulkState.FAILED
    _over(action.requested_by_id, failed=failed, bulk_action=action)


def export_over(export: Export) -> None:
    """Tell whoever asked for a file that it is there, or that it will not be."""
    failed = export.state == ExportState.FAILED
    _over(export.requested_by_id, failed=failed, export=export)


def rehearsal_over(rehearsal: RuleRehearsal) -> None:
    """Tell whoever asked for the rehearsal of a rule how it has ended."""
    failed = rehearsal.state == RehearsalState.FAILED
    _over(rehearsal.asked_by_id, failed=failed, rehearsal=rehearsal)


def change_over(rehearsal: ChangeRehearsal) -> None:
    """Tell whoever asked for the rehearsal of a change how it has ended."""
    failed = rehearsal.state == ChangeRehearsalState.FAILED
    _over(rehearsal.asked_by_id, failed=failed, change=rehearsal)


def _over(person: int, *, failed: bool, **about: models.Model) -> None:
    """Tell of a job; what was told of it before, such as before it was undone, goes."""
    kind = StaffNoticeKind.JOB_FAILED if failed else StaffNoticeKind.JOB_DONE
    StaffNotice.objects.filter(person=person, kind__in=OF_JOBS, **about).delete()
    ((name, row),) = about.items()
    tell([person], kind, f"{name}:{row.pk}", **about)


def watched(actor: Actor, job: str, pk: int) -> int:
    """Take back the line about a job whose end the actor has watched; count it.

    ``job`` names the column of the line. What was read already stays.
    """
    if job not in JOBS:
        return 0
    rows = StaffNotice.objects.visible_to(actor).unread().filter(kind__in=OF_JOBS)
    return int(rows.filter(**{job: pk}).delete()[0])


def revealed(row: Reveal, people: Iterable[int]) -> None:
    """Tell those who watch over looks at personal values; never what was seen.

    Of many looks of one person within an hour they hear once.
    """
    key = f"reveal:{row.pk}"
    if row.alarm == RevealAlarm.MANY:
        key = f"reveals:{row.person_id}:{timezone.now():%Y-%m-%dT%H}"
    tell(
        set(people) - {row.person_id},
        StaffNoticeKind.REVEALED,
        key,
        reveal=row,
        actor_id=row.person_id,
    )
