"""Which rows does the page of a ticket show, and in how few statements are they asked?

First what hangs on the ticket, then what only follows from that: the message of the
report that leads, and the names that events mention. However much has happened to a
ticket, its page asks as often.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from deliveries import together
from deliveries.actor import Actor
from triage import macros, queues
from triage.models import (
    HAS_RESOLUTION,
    Attachment,
    FailureReport,
    Resolution,
    Ticket,
    Watch,
)
from triage.suggesting import Fixes
from triage.web import diagnosis_words
from triage.web.clocks import Promises
from triage.web.message_rows import MessageRows
from triage.web.offered import Offered
from triage.web.ticket_timeline import Story

REPORTS_SHOWN = 20


class TicketRows:
    """All rows that the page of one ticket shows to one actor."""

    def __init__(self, ticket: Ticket, actor: Actor, now: datetime) -> None:
        self.reports = _reports(ticket)
        self.leading = _leading(self.reports)
        self.story = Story(ticket, actor)
        self.promises = Promises(ticket)
        self._total = _count(ticket)
        self._resolution = _resolution(ticket)
        self.fixes = Fixes(ticket, _words(self.leading))
        closed = ticket.state in HAS_RESOLUTION
        self.macros = macros.offered(ticket, actor)
        if closed:
            self.macros = self.macros.none()
        self.texts = macros.texts_for(ticket, actor)
        self.people = queues.people_of(ticket.queue)
        self.files = Attachment.objects.listed().filter(ticket=ticket)
        self.watches = Watch.objects.filter(ticket=ticket, person=actor.person_id or 0)
        self.offered = Offered()
        self.message = _message(self.leading, now)
        self.diagnoses = diagnosis_words.runs(self.leading)
        together.fetch(
            *self.story.rows,
            *self.promises.rows,
            *(self._total, self._resolution, self.fixes.texts, self.macros, self.texts),
            *(self.people, self.files, self.watches),
            *(self.offered.queues, self.offered.causes),
        )
        together.fetch(
            *self.story.names_rows,
            *(self.message.rows if self.message else ()),
            *(self.diagnoses, self.fixes.measured, self.fixes.alike),
        )

    @property
    def total(self) -> int:
        """How many reports there are."""
        return sum(self._total)

    @property
    def resolution(self) -> Resolution | None:
        """The one that holds."""
        return next(iter(self._resolution), None)


def _reports(ticket: Ticket) -> list[FailureReport]:
    """The newest, with their messages; they may be long and are asked alone."""
    rows = ticket.reports.select_related(
        "source",
        "message__address",
        "message__provider",
        "message__recipient",
        "message__source",
    )
    return list(rows.order_by("-pk")[:REPORTS_SHOWN])


def _leading(shown: Iterable[FailureReport]) -> FailureReport | None:
    """The newest with a message, else the newest."""
    shown = list(shown)
    leading = next((each for each in shown if each.message_id), None)
    return leading or (shown[0] if shown else None)


def _words(leading: FailureReport | None) -> str:
    """What the failure says: the provider's answer, else the person; both redacted."""
    return (leading.provider_answer or leading.detail) if leading else ""


def _message(leading: FailureReport | None, now: datetime) -> MessageRows | None:
    message = leading.message if leading else None
    return MessageRows(message, now) if message else None


def _count(ticket: Ticket) -> "QuerySet[Any, int]":
    rows = FailureReport.objects.filter(ticket=ticket).order_by().values("ticket")
    counted: QuerySet[Any, int]
    counted = rows.annotate(reports=Count("pk")).values_list("reports", flat=True)
    return counted


def _resolution(ticket: Ticket) -> QuerySet[Resolution]:
    rows = Resolution.objects.filter(ticket=ticket, superseded_at=None)
    return together.first(
        rows.select_related(
            "category", "resolved_by", "article_version__translation__article"
        )
    )
