"""What does the search show of each thing that was found?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from deliveries import terms
from deliveries.models import Message
from knowledgebase.markup import to_text
from knowledgebase.models import ArticleVersion
from triage.models import (
    FailureReport,
    LogBundle,
    Note,
    Resolution,
    Ticket,
)

EXCERPT = 180  # characters
READ = 65_536  # of a text, as far as its terms are known too

Pieces = list[tuple[str, bool]]  # a text in pieces, each with whether it was asked for


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was found; without ``url`` it has no page of its own yet."""

    title: Pieces
    url: str
    facts: list[str]
    text: Pieces
    at: datetime
    language: str = ""


def line_of(kind: str, row: Any, words: Sequence[str]) -> Line:
    """Say in a line what a row is, with the words marked that were asked for."""
    return LINES[kind](row, words)


def _url(ticket: Ticket | None) -> str:
    return reverse("ticket", args=[ticket.number]) if ticket else ""


def _facts(*facts: object) -> list[str]:
    return [str(each) for each in facts if each]


def _excerpt(text: str, words: Iterable[str]) -> Pieces:
    words = list(words)
    return terms.pieces(terms.excerpt(text[:READ], words, EXCERPT), words)


def _ticket(row: Ticket, words: Sequence[str]) -> Line:
    group = row.group
    return Line(
        terms.pieces(f"#{row.number} {group.category.name}", words),
        _url(row),
        _facts(
            row.tier,
            row.get_state_display(),
            group.get_channel_display(),
            group.provider,
            group.region,
            group.source,
            row.queue.title,
        ),
        [],
        row.opened_at,
    )


def _article(row: ArticleVersion, words: Sequence[str]) -> Line:
    translation = row.translation
    return Line(
        terms.pieces(row.title, words),
        reverse("article", args=[translation.article.slug]),
        _facts(translation.get_locale_display(), translation.get_state_display()),
        _excerpt(to_text(row.body), words),
        row.created_at,
        language=translation.locale,
    )


def _resolution(row: Resolution, words: Sequence[str]) -> Line:
    cause = row.category.name if row.category else ""
    return Line(
        terms.pieces(f"#{row.ticket.number} {cause}", words),
        _url(row.ticket),
        _facts(row.get_state_display(), row.resolved_by and row.resolved_by.first_name),
        _excerpt(row.note, words),
        row.resolved_at,
    )


def _note(row: Note, words: Sequence[str]) -> Line:
    return Line(
        [(f"#{row.ticket.number}", False)],
        _url(row.ticket),
        _facts(row.get_kind_display(), row.author.first_name),
        _excerpt(row.body, words),
        row.at,
    )


def _report(row: FailureReport, words: Sequence[str]) -> Line:
    said = (row.detail, row.provider_code, row.enhanced_code, row.provider_answer)
    template = row.template or {}
    return Line(
        [(row.public_id, False)],
        _url(row.ticket),
        _facts(
            row.ticket,
            row.get_channel_display(),
            row.provider,
            row.region,
            row.source,
            template.get("key"),
            row.client_report_id,
        ),
        _excerpt(" · ".join(_facts(*said)), words),
        row.received_at,
        language=row.locale,
    )


def _log(row: LogBundle, words: Sequence[str]) -> Line:
    report = row.report
    return Line(
        [(report.public_id, False)],
        _url(report.ticket),
        _facts(report.ticket, row.get_kind_display()),
        _excerpt(row.text, words),
        row.created_at,
    )


def _message(row: Message, words: Sequence[str]) -> Line:
    return Line(
        terms.pieces(row.external_id, words),
        reverse("message", args=[row.public_id]),
        _facts(row.address, row.get_state_display(), row.get_channel_display()),
        [],
        row.created_at,
    )


LINES: dict[str, Callable[[Any, Sequence[str]], Line]] = {
    "tickets": _ticket,
    "articles": _article,
    "resolutions": _resolution,
    "notes": _note,
    "reports": _report,
    "logs": _log,
    "messages": _message,
}
