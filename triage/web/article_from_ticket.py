"""How does a solved ticket become the beginning of an article, without anybody in it?

The knowledge base names no ticket: this page fills its form and sends it there.
"""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries import language
from deliveries.request import KnownRequest
from knowledgebase.articles import TITLE_MAX
from knowledgebase.web.forms import ArticleForm
from knowledgebase.web.writing import page
from triage import access
from triage.models import FailureReport, Resolution, Ticket
from triage.tickets import staff_text
from triage.web.ticket import found

ANSWER_MAX = 600  # characters of what the provider said


@require_safe
@access.names("article.draft")
def ticket_article(request: KnownRequest, number: int) -> HttpResponse:
    """Show the editor with what the ticket's resolution says, to be gone over."""
    ticket = found(request, number)
    rows = Resolution.objects.filter(ticket=ticket, superseded_at=None)
    resolution = rows.select_related("category").first()
    cause = (resolution.category if resolution else None) or ticket.cause
    initial = {
        "locale": language.current(),
        "title": cause.name[:TITLE_MAX],
        "body": body(ticket, resolution),
        "categories": [cause],
        "audience": "internal",
        "channels": [ticket.group.channel],
        "owner": request.actor.person_id,
    }
    form = ArticleForm(initial=initial)
    return page(request, form, action=reverse("article_new"))


def body(ticket: Ticket, resolution: Resolution | None) -> str:
    """What is known, under the headings of an article; personal values are masked.

    Neither people nor addresses, nor the number of the ticket are in it.
    """
    report = FailureReport.objects.filter(ticket=ticket).order_by("pk").first()
    answer = report.provider_answer[:ANSWER_MAX].strip() if report else ""
    note = resolution.note.strip() if resolution else ""
    parts = [
        _("## What it means"),
        _("## How to check"),
        _quoted(staff_text(answer)) if answer else "",
        _("## How to mend"),
        staff_text(note) if note else "",
        _("## How to prevent"),
        _("## What to tell the end user"),
    ]
    return "\n\n".join(part for part in parts if part)


def _quoted(text: str) -> str:
    """A block of code that what it holds cannot end."""
    return "\n".join(f"    {line}" for line in text.splitlines())
