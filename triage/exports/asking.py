"""Who may take which list along, and what begins when they ask?"""

from datetime import datetime

from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access, bulk, selection
from triage.models import Export, ExportFormat, Queue, Ticket
from triage.selection import Place
from triage.tickets import Forbidden, Invalid

ACTION = "export.csv"


def is_offered(actor: Actor, queue: Queue | None) -> bool:
    """Whether everything in a list of one queue, or of all, may be taken along."""
    if not actor.may(ACTION):
        return False
    ids = {queue.pk} if queue else set(actor.queue_ids)
    return actor.sees_everything or (bool(ids) and is_allowed(actor, ids))


def is_allowed(actor: Actor, queue_ids: set[int]) -> bool:
    """Whether tickets of all these queues may be taken along."""
    answers = [access.may(actor, ACTION, Ticket(queue_id=each)) for each in queue_ids]
    return not any(isinstance(answer, access.Refused) for answer in answers)


def start(
    actor: Actor,
    place: Place,
    *,
    token: str,
    language: str,
    now: datetime,
    form: ExportFormat = ExportFormat.CSV,
) -> Export:
    """Ask for the file of a selection, or without a token of all that match.

    Raises :class:`Forbidden` when one of the tickets lies in a queue that the actor may
    not export, :class:`NotFound` for another person's selection, and :class:`Invalid`
    for nothing or too much.
    """
    person = actor.person_id
    if person is None or not actor.may(ACTION):
        raise Forbidden("not_allowed")
    if token:
        picked = selection.find(token, actor)
    else:
        picked = selection.select_all(actor, place, action=ACTION)
    count: int = picked.count  # type: ignore[attr-defined]  # an annotation
    if not count:
        raise Invalid("export", _("There is no ticket to export."))
    rows = bulk.selected(picked, actor).order_by()
    queues = set(rows.values_list("queue_id", flat=True).distinct())
    if not is_allowed(actor, queues):
        raise Forbidden("not_allowed")
    row: Export = Export.objects.create(
        selection=picked,
        query=picked.query,
        queue_ids=sorted(queues),
        language=language,
        format=form,
        requested_by_id=person,
        expected=count,
        due_at=now,
    )
    return row
