"""Who keeps macros and canned texts, and who is offered which?

A lead keeps those of the queues they lead; everybody who works a queue uses them on
its tickets.
"""

from typing import Any, TypeVar

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from knowledgebase.models import Article
from triage import access
from triage.models import CannedText, Macro, Queue, Ticket
from triage.tickets import Forbidden, Invalid, NotFound

MOST = 100  # of one queue
MOST_ARTICLES = 200  # to choose from
Kept = TypeVar("Kept", Macro, CannedText)


def offered(ticket: Ticket, actor: Actor) -> QuerySet[Macro]:
    """The macros that the actor may run on a ticket, by name."""
    if isinstance(access.may(actor, "macro.run", ticket), access.Refused):
        return Macro.objects.none()
    return Macro.objects.filter(queue=ticket.queue_id).order_by("name")


def texts_for(ticket: Ticket, actor: Actor) -> QuerySet[CannedText]:
    """The canned texts that the actor may write on a ticket, by name."""
    if isinstance(access.may(actor, "ticket.note", ticket), access.Refused):
        return CannedText.objects.none()
    return CannedText.objects.filter(queue=ticket.queue_id).order_by("name")


def find(model: type[Kept], pk: int, actor: Actor) -> Kept:
    """Fetch one that the actor keeps; raises :class:`NotFound`."""
    row = model.objects.filter(pk=pk, queue__in=actor.lead_queue_ids).select_related(
        "queue"
    )
    found: Kept | None = row.first()
    if found is None:
        raise NotFound(pk)
    return found


def articles(chosen: str = "") -> list[Article]:
    """The newest published articles, and the one that is chosen already."""
    rows = Article.objects.with_versions_for_list().order_by("-pk")
    published = rows.filter(translations__current_version__isnull=False).distinct()
    found = list(published[:MOST_ARTICLES])
    if chosen and chosen not in {str(each.pk) for each in found}:
        found += rows.filter(pk=chosen)
    return found


def change_macro(
    actor: Actor, row: Macro | None, queue: Queue, said: dict[str, Any], version: int
) -> Macro:
    """Write a macro, a new one without ``row``.

    Raises :class:`Forbidden` for a queue of others, and :class:`Invalid` for a name
    that is taken or when somebody has changed it since ``version``.
    """
    return _change(actor, row or Macro(), queue, said, version)


def change_text(
    actor: Actor,
    row: CannedText | None,
    queue: Queue,
    said: dict[str, Any],
    version: int,
) -> CannedText:
    """Write a canned text; raises what :func:`change_macro` raises."""
    return _change(actor, row or CannedText(), queue, said, version)


def _change(
    actor: Actor, row: Kept, queue: Queue, said: dict[str, Any], version: int
) -> Kept:
    person = _allowed(actor, queue)
    for name, value in said.items():
        setattr(row, name, value)
    row.queue, row.changed_by_id, row.changed_at = queue, person, timezone.now()
    rows = type(row).objects
    with transaction.atomic():
        if row.pk is None:
            if rows.filter(queue=queue).count() >= MOST:
                raise Invalid(
                    "name",
                    _("The queue has %(most)d. Delete one first.") % {"most": MOST},
                )
        elif rows.select_for_update().get(pk=row.pk).version != version:
            raise Invalid(
                "name",
                _("Somebody has changed it meanwhile. Open it again to see how."),
            )
        else:
            row.version = version + 1
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Invalid("name", _("The queue has one of this name.")) from error
        _log(person, row, CHANGE)
    return row


def delete(actor: Actor, row: Macro | CannedText) -> None:
    """Give one up; what it did on tickets stays."""
    person = _allowed(actor, row.queue)
    with transaction.atomic():
        _log(person, row, DELETION)
        row.delete()


def _allowed(actor: Actor, queue: Queue) -> int:
    refused = isinstance(access.may(actor, "macro.manage"), access.Refused)
    person = actor.person_id
    if refused or person is None or queue.pk not in actor.lead_queue_ids:
        raise Forbidden("not_allowed")
    return person


def _log(person: int, row: Macro | CannedText, flag: int) -> None:
    LogEntry.objects.log_actions(person, [row], flag, single_object=True)
