"""What does the page of one ticket show?"""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from knowledgebase import articles
from triage import access, severity, tickets
from triage.models import (
    HAS_RESOLUTION,
    FailureReport,
    Resolution,
    ResolutionState,
    Ticket,
)
from triage.web import (
    clocks,
    diagnosis_words,
    sentences,
    settlement_facts,
    ticket_facts,
    ticket_timeline,
)
from triage.web.articles import use_of
from triage.web.forms import HandOverForm, NoteForm, ReopeningForm
from triage.web.retryability import of_category
from triage.web.rows import row_of

REPORTS_SHOWN = 20


def build(ticket: Ticket, actor: Actor, forms: dict[str, Any]) -> dict[str, Any]:
    """Build the whole context; ``forms`` are bound ones that had faults."""
    shown = list(
        ticket.reports.select_related(
            "source",
            "message__address",
            "message__provider",
            "message__recipient",
            "message__source",
        ).order_by("-pk")[:REPORTS_SHOWN]
    )
    leading = next((each for each in shown if each.message_id), None)
    leading = leading or (shown[0] if shown else None)
    return {
        "ticket": _head(ticket, actor),
        "actions": _actions(ticket, actor, leading),
        "urls": _urls(ticket, leading),
        **ticket_facts.facts(ticket, leading),
        "held": _held(leading, actor),
        "settlement": settlement_facts.of_ticket(
            ticket, shown, actor, forms.get("settlement")
        ),
        "diagnosis": diagnosis_words.of_report(leading, timezone.now()),
        "parked": leading is not None and leading.parked_at is not None,
        "reports": [_report(each, actor) for each in shown],
        "reports_total": ticket.reports.count(),
        "timeline": ticket_timeline.lines_of(ticket, actor),
        "resolution": _resolution(ticket),
        **_known(ticket),
        **clocks.of_ticket(ticket, timezone.now()),
        "note_form": _if(actor, "ticket.note", forms.get("note") or NoteForm()),
        "handover_form": forms.get("handover") or HandOverForm(ticket=ticket),
        "reopening_form": forms.get("reopening") or ReopeningForm(),
    }


def _held(leading: FailureReport | None, actor: Actor) -> dict[str, str] | None:
    """Say which bulk resend holds the message; with its address if one may see it."""
    message = leading.message if leading else None
    item = tickets.holding(message) if message else None
    if item is None:
        return None
    operation = item.operation
    visible = actor.sees_everything or actor.queue_ids >= set(operation.queue_ids)
    url = reverse("resend", args=[operation.number]) if visible else ""
    return {"text": tickets.of_holding(item), "url": url}


def _if(actor: Actor, action: str, form: Any) -> Any:
    return form if actor.may(action) else None


def _head(ticket: Ticket, actor: Actor) -> dict[str, Any]:
    row = row_of(ticket, actor)
    return {
        "number": row.number,
        "tier": row.tier,
        "cause": row.cause,
        "state": row.state,
        "state_label": row.state_label,
        "assignee": row.assignee,
        "queue_name": ticket.queue.title,
        "queue_url": _list_url(ticket, actor),
        "version": ticket.version,
        "opened_at": row.opened_at,
        "people": row.people,
        "parked_by": row.parked_by,
        "escalated": row.escalated,
    }


def _list_url(ticket: Ticket, actor: Actor) -> str:
    """The list behind the ticket; an editor sees tickets whose queue she does not."""
    if actor.sees_everything or ticket.queue_id in actor.queue_ids:
        return reverse("queue", args=[ticket.queue.slug])
    return reverse("tickets")


def _actions(
    ticket: Ticket, actor: Actor, leading: FailureReport | None
) -> dict[str, bool | str | None]:
    solved = ticket.state in HAS_RESOLUTION
    mine = ticket.assignee_id == actor.person_id
    message = leading.message if leading else None
    retry: bool | str | None = None
    if not solved and actor.may("resend.run"):
        refused = tickets.refusal(ticket, message, timezone.now())
        retry = refused or _allowed(actor, "resend.run", ticket)
    return {
        "take": None if solved or mine else _allowed(actor, "ticket.claim", ticket),
        "hand_over": None if solved else _allowed(actor, "ticket.hand_over", ticket),
        "retry": retry,
        "solve": None if solved else _allowed(actor, "ticket.solve", ticket),
        "reopen": _allowed(actor, "ticket.reopen", ticket) if solved else None,
        "plan": None if solved else _allowed(actor, "resend.plan", ticket),
        "diagnose": _allowed(actor, "diagnosis.rerun", ticket),
    }


def _allowed(actor: Actor, action: str, ticket: Ticket) -> bool | str | None:
    """True draws the button, a sentence draws it locked, nothing draws nothing."""
    answer = access.may(actor, action, ticket)
    if not isinstance(answer, access.Refused):
        return True
    if answer.code == "not_own" and action != "ticket.hand_over":
        return _("A colleague holds this ticket.")
    return None


def _urls(ticket: Ticket, leading: FailureReport | None) -> dict[str, str]:
    names = {
        "assignment": "ticket_assignment",
        "handover": "ticket_handover",
        "notes": "ticket_notes",
        "retry": "ticket_retry",
        "resolution": "ticket_resolution",
        "reopening": "ticket_reopening",
        "diagnosis": "ticket_diagnosis",
    }
    urls = {key: reverse(name, args=[ticket.number]) for key, name in names.items()}
    urls["plan"] = f"{reverse('resend_new')}?ticket={ticket.number}"
    if leading and leading.message:
        urls["retry"] += f"?message={leading.message.public_id}"
    return urls


def _report(report: FailureReport, actor: Actor) -> dict[str, Any]:
    answer = report.provider_answer
    return {
        "reference": report.public_id,
        "reporter": report.source.name,
        "symptom_label": report.get_symptom_display(),
        "detail": report.detail,
        "locale": report.locale,
        "at": report.received_at,
        "state_label": report.get_state_display(),
        "log_parts": [(answer, False)] if answer else None,
        "teach_url": f"{reverse('rule_new')}?report={report.public_id}"
        if actor.may("rule.teach")
        else "",
    }


def _resolution(ticket: Ticket) -> dict[str, Any] | None:
    rows = Resolution.objects.filter(ticket=ticket, superseded_at=None)
    row = rows.select_related(
        "category", "resolved_by", "article_version__translation__article"
    ).first()
    if row is None or row.category is None:
        return None
    version = row.article_version
    by = row.resolved_by
    return {
        "category_name": row.category.name,
        "article": version
        and {
            "title": version.title,
            "url": reverse("article", args=[version.translation.article.slug]),
        },
        "note": row.note,
        "by": (by.get_full_name() or by.username) if by else _("The machine"),
        "at": row.resolved_at,
        "state_label": row.get_state_display(),
        "is_verified": row.state == ResolutionState.EFFECTIVE,
    }


def _known(ticket: Ticket) -> dict[str, Any]:
    category = ticket.group.category
    reasons = [severity.Reason.from_json(each) for each in ticket.tier_reasons]
    return {
        "retry": of_category(category),
        "articles": use_of(articles.suggested(category)),
        "knowledge_url": f"{reverse('knowledge')}?category={category.slug}",
        "severity": {
            "tier": ticket.tier,
            "score": ticket.tier_score,
            "from_score": severity.THRESHOLDS[severity.Tier(ticket.tier)],
            "reasons": [
                {"text": sentences.of_reason(each), "points": each.points}
                for each in reasons
            ],
        },
    }
