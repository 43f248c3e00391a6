"""How is a ticket resolved, and when is that proven?

A person solves a ticket with a category and, where there is one, the article that
helped. Nobody verifies by hand: a ticket is verified when evidence stands behind
each of its reports.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from knowledgebase import articles
from knowledgebase.articles import Draft
from knowledgebase.models import ArticleVersion
from triage import notices, timeline, webhooks
from triage.access import MACHINE
from triage.models import (
    ASIDE,
    HAS_RESOLUTION,
    EventKind,
    FailureReport,
    NoticeKind,
    ReportState,
    Resolution,
    ResolutionState,
    SlaClock,
    Ticket,
    TicketState,
    WebhookKind,
)
from triage.tickets import Invalid, decide, locked_with_reports, staff_text


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says about how a ticket was resolved."""

    category: FailureCategory
    note: str = ""
    article_version: ArticleVersion | None = None
    draft: Draft | None = None


def resolve(
    number: int,
    actor: Actor,
    answer: Answer,
    *,
    now: datetime,
    version: int | None = None,
) -> Resolution:
    """Solve a ticket: write the Resolution, tell its reports, begin the draft.

    Raises :class:`Invalid` when the ticket is solved already or the draft is empty,
    and the refusals of :func:`triage.tickets.locked_with_reports`.
    """
    with transaction.atomic():
        ticket = locked_with_reports(number, actor, "ticket.solve", version)
        if ticket.state in HAS_RESOLUTION:
            raise Invalid("category", _("The ticket is solved already."))
        article_version = answer.article_version
        if answer.draft is not None:
            article_version = _draft(answer, actor)
        row = _solve(ticket, actor, answer.category, article_version, answer.note, now)
        settle(ticket, now)
    return row


def _draft(answer: Answer, actor: Actor) -> ArticleVersion:
    words = answer.draft
    if words is None or not words.title.strip() or not words.body.strip():
        raise Invalid("draft_title", _("A draft needs a title and a text."))
    if len(words.title) > articles.TITLE_MAX:
        raise Invalid(
            "draft_title",
            _("A title may have %(max)d characters.") % {"max": articles.TITLE_MAX},
        )
    clean = Draft(staff_text(words.title), staff_text(words.body), words.locale)
    return articles.draft(
        clean, categories=[answer.category], author_id=actor.person_id
    )


def _solve(
    ticket: Ticket,
    actor: Actor,
    category: FailureCategory,
    article_version: ArticleVersion | None,
    note: str,
    now: datetime,
) -> Resolution:
    before = ticket.state
    decide(ticket, state=TicketState.SOLVED, waiting_on="", solved_at=now)
    row = Resolution.objects.create(
        ticket=ticket,
        category=category,
        article_version=article_version,
        note=staff_text(note) if note.strip() else "",
        resolved_by_id=actor.person_id,
        resolved_at=now,
        due_at=now,
    )
    reports = ticket.reports.filter(state=ReportState.TICKETED)
    ids = list(reports.values_list("pk", flat=True))
    FailureReport.objects.move(ids, ReportState.RESOLVED)
    webhooks.emit_reports(WebhookKind.REPORT_RESOLVED, ids)
    event = timeline.add(
        ticket,
        EventKind.SOLVED,
        actor,
        {
            "from": before,
            "category": category.slug,
            "article_version": article_version.pk if article_version else None,
            "resolution": row.pk,
            "reports": len(ids),
        },
        {"state": before},
    )
    notices.plan(event, NoticeKind.SOLVED, ids, now + notices.HOLD)
    SlaClock.objects.answered([ticket], now, last=True)
    return row


def settle(ticket: Ticket, now: datetime) -> None:
    """Let evidence decide: verify a solved ticket, or solve one that mended itself.

    Does nothing while any report that counts is not verified. The ticket's row is
    locked by the caller.
    """
    counted = ticket.reports.exclude(state__in=ASIDE)
    if not counted.exists() or counted.exclude(state=ReportState.VERIFIED).exists():
        return
    if ticket.state not in HAS_RESOLUTION:
        _solve(ticket, MACHINE, ticket.cause, None, "", now)
    if ticket.state != TicketState.SOLVED:
        return
    decide(ticket, state=TicketState.VERIFIED)
    current = Resolution.objects.filter(ticket=ticket, superseded_at=None)
    current.touch(now, state=ResolutionState.EFFECTIVE, verified_at=now)
    timeline.add(ticket, EventKind.VERIFIED, MACHINE, {"reports": counted.count()})
    SlaClock.objects.verified(ticket, now)
