"""What does a glance at a ticket show, beside the list in which it stands?"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access
from triage.models import FailureReport, Ticket
from triage.web import diagnosis_words, ticket_facts, ticket_page
from triage.web.effect_words import line_of
from triage.web.rows import rows_of
from triage.web.ticket import found
from triage.web.ticket_rows import TicketRows

FOR, AGAINST = 3, 2  # pieces of evidence that a glance takes in


@require_safe
@access.names("ticket.read")
def peek(request: KnownRequest, number: int) -> HttpResponse:
    """Show the most important of one ticket, as a part of the page of a list."""
    ticket = found(request, number)
    context = build(ticket, request.actor)
    return render(request, "triage/_peek.html", context)


def build(ticket: Ticket, actor: Actor) -> dict[str, Any]:
    """Build the context: what it is, why it failed, what is proven, what helped."""
    now = timezone.now()
    rows = TicketRows(ticket, actor, now)
    (row,) = rows_of([ticket], actor)
    diagnosis = diagnosis_words.of_report(rows.leading, now, rows.diagnoses)
    supports = diagnosis["supports"][:FOR] if diagnosis else []
    against = diagnosis["against"][:AGAINST] if diagnosis else []
    return {
        "row": row,
        "now": now,
        "version": ticket.version,
        "take": ticket_page.take_of(ticket, actor),
        "take_url": reverse("ticket_assignment", args=[ticket.number]),
        "facts": ticket_facts.facts(rows.leading, rows.message),
        "answer": _answer(rows.leading, supports),
        "diagnosis": diagnosis,
        # The answer stands above already, with what matched marked in it.
        "supports": [{**each, "parts": None} for each in supports],
        "against": [{**each, "parts": None} for each in against],
        "fix": next((line_of(each) for each in rows.fixes.ranked()), None),
    }


def _answer(
    report: FailureReport | None, supports: list[dict[str, Any]]
) -> list[tuple[str, bool]] | None:
    """What the provider said, marked as the first piece of evidence marks it."""
    if report is None or not report.provider_answer:
        return None
    marked: list[tuple[str, bool]] | None = next(
        (each["parts"] for each in supports if each["parts"]), None
    )
    return marked or [(report.provider_answer, False)]
