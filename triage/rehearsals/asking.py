"""What does a person try out, and is what was counted still what would be saved?"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from deliveries.actor import Actor
from triage.models import ChangeKind, ChangeRehearsal, ChangeRehearsalState
from triage.rehearsals.counting import count_of
from triage.tickets import Forbidden

KEPT = timedelta(days=7)  # after which the week that was counted is another one
SHOWN = 10  # of one's own, beside the rules


@dataclass(frozen=True, slots=True)
class Subject:
    """What is changed: the id of a rule, queue or calendar, and how a rule is."""

    kind: ChangeKind
    target: int | None = None
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rules that hold and those that are meant, as JSON values.

    ``said`` is what the form said, so that it can be filled in again.
    """

    before: Any
    after: Any
    said: dict[str, Any] = field(default_factory=dict)


def digest(subject: Subject, proposal: Proposal) -> str:
    """What is rehearsed, in short: another form or other rules give another one."""
    said = [
        subject.kind.value,
        subject.target,
        subject.verb,
        proposal.said,
        proposal.before,
        proposal.after,
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ask(
    actor: Actor, subject: Subject, proposal: Proposal, *, now: datetime
) -> ChangeRehearsal:
    """Ask for a rehearsal in place of the one that the person had on this page.

    The caller has asked whether the actor may change it. What a worker still writes
    about the former attempt is dropped: the row has another epoch.
    """
    if actor.person_id is None:
        raise Forbidden("not_allowed")
    fresh = {
        "said": proposal.said,
        "before": proposal.before,
        "after": proposal.after,
        "digest": digest(subject, proposal),
        "state": ChangeRehearsalState.QUEUED,
        "asked_at": now,
        "ended_at": None,
        "total": count_of(subject.kind, proposal.before, proposal.after, now),
        "examined": 0,
        "result": {},
        "due_at": now,
        "tries": 0,
        "parked_at": None,
    }
    with transaction.atomic():
        row, made = ChangeRehearsal.objects.get_or_create(
            asked_by_id=actor.person_id,
            kind=subject.kind,
            target=subject.target,
            verb=subject.verb,
            defaults=fresh,
        )
        if not made:
            rows = ChangeRehearsal.objects.filter(pk=row.pk)
            rows.update(**fresh, epoch=F("epoch") + 1)
            row.refresh_from_db()
    found: ChangeRehearsal = row
    return found


def latest(actor: Actor, subject: Subject) -> ChangeRehearsal | None:
    """What the person has tried out on a page, whether or not it still holds."""
    rows = ChangeRehearsal.objects.visible_to(actor)
    found: ChangeRehearsal | None = rows.filter(
        kind=subject.kind, target=subject.target, verb=subject.verb
    ).first()
    return found


def recent(actor: Actor, *kinds: ChangeKind) -> list[ChangeRehearsal]:
    """The newest of one's own rehearsals, to be found again."""
    rows = ChangeRehearsal.objects.visible_to(actor).filter(kind__in=kinds)
    return list(rows.order_by("-asked_at", "-pk")[:SHOWN])


def was_counted(actor: Actor, subject: Subject, mark: str) -> bool:
    """Whether the person has the result before their eyes that ``mark`` names."""
    row = latest(actor, subject)
    done = row is not None and row.state == ChangeRehearsalState.DONE
    return done and row is not None and row.digest == mark


def forget(actor: Actor, subject: Subject) -> None:
    """Remove a rehearsal whose change was saved."""
    row = latest(actor, subject)
    if row is not None:
        row.delete()
