"""Which queues am I in, what lies in each, who works there, and who is at the desk?"""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from deliveries.actor import Actor
from triage import counts, presence
from triage.models import Membership, Queue
from triage.models.queue import QueueQuerySet
from triage.web.frame import Face
from triage.web.rows import face_of


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who work in a queue; ``is_here`` says that they are at the desk."""

    face: Face
    is_here: bool


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue in the list of queues."""

    pk: int
    slug: str
    name: str
    url: str
    live: int
    unassigned: int
    urgent: int
    oldest_at: datetime | None
    members: list[Member]
    here: int  # of the members
    seen: str = ""  # what this row shows, as a browser says it when it asks for news


def lines_of(actor: Actor) -> list[QueueLine]:
    """The queues that the actor sees, in a fixed number of queries."""
    rows = Queue.objects.visible_to(actor)
    counted = counts.by_queue(actor)
    members = _members(rows, actor)
    nothing = counts.OfQueue()
    return [_line(row, counted.get(row.pk, nothing), members[row.pk]) for row in rows]


def _line(row: Queue, counted: counts.OfQueue, members: list[Member]) -> QueueLine:
    return QueueLine(
        pk=row.pk,
        slug=row.slug,
        name=row.title,
        url=reverse("queue", args=[row.slug]),
        live=counted.live,
        unassigned=counted.unassigned,
        urgent=counted.urgent,
        oldest_at=counted.oldest_at,
        members=members,
        here=sum(each.is_here for each in members),
    )


def _members(rows: QueueQuerySet, actor: Actor) -> dict[int, list[Member]]:
    """The members of queues; who asks is here, whatever was heard."""
    members: dict[int, list[Member]] = defaultdict(list)
    here = presence.at_the_desk(time.time())
    seen: set[tuple[int, int]] = set()  # a person may hold two roles in a queue
    found = Membership.objects.filter(queue__in=rows).select_related("person")
    for membership in found.order_by("person__first_name", "person__username"):
        face, queue_id = face_of(membership.person, actor), membership.queue_id
        if queue_id is None or face is None:
            continue
        if (queue_id, membership.person_id) not in seen:
            seen.add((queue_id, membership.person_id))
            is_here = face.is_me or membership.person_id in here
            members[queue_id].append(Member(face, is_here))
    return members
