"""What does the page of one ticket show?"""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access, replies, severity, tickets
from triage.models import (
    HAS_RESOLUTION,
    FailureReport,
    Resolution,
    ResolutionState,
    Ticket,
    TicketState,
)
from triage.web import (
    clocks,
    diagnosis_words,
    live_ticket,
    settlement_facts,
    ticket_beside,
    ticket_changes,
    ticket_facts,
    ticket_timeline,
    tier_words,
)
from triage.web.effect_words import line_of
from triage.web.forms import HandOverForm, NoteForm, ReopeningForm
from triage.web.message_rows import MessageRows, held
from triage.web.reply_forms import ReplyForm
from triage.web.retryability import of_category
from triage.web.rows import row_of
from triage.web.ticket_rows import TicketRows


def build(ticket: Ticket, actor: Actor, forms: dict[str, Any]) -> dict[str, Any]:
    """Build the whole context; ``forms`` are bound ones that had faults."""
    now = timezone.now()
    rows = TicketRows(ticket, actor, now)
    leading, shown = rows.leading, rows.reports
    return {
        "ticket": _head(ticket, actor),
        "actions": _actions(ticket, actor, rows.message),
        "urls": _urls(ticket, leading),
        **ticket_facts.facts(leading, rows.message),
        "held": held(rows.message, actor),
        "settlement": settlement_facts.of_ticket(
            ticket, shown, actor, forms.get("settlement"), rows.message
        ),
        "diagnosis": diagnosis_words.of_report(leading, now, rows.diagnoses),
        "parked": leading is not None and leading.parked_at is not None,
        "reports": [_report(each, actor) for each in shown],
        "reports_total": rows.total,
        "timeline": ticket_timeline.lines_of(rows.story),
        "resolution": _resolution(rows.resolution, ticket, actor),
        **_known(ticket, rows),
        **live_ticket.address(ticket),
        **ticket_beside.of(ticket, actor, rows),
        "changes": ticket_changes.of(ticket, actor, forms, rows.offered),
        **clocks.of_promises(rows.promises, now),
        "note_form": _if(actor, "ticket.note", forms.get("note") or NoteForm()),
        "reply_form": _reply_form(ticket, actor, forms),
        "handover_form": forms.get("handover")
        or HandOverForm(ticket=ticket, people=rows.people, piles=rows.offered.queues),
        "reopening_form": forms.get("reopening") or ReopeningForm(),
    }


def _reply_form(ticket: Ticket, actor: Actor, forms: dict[str, Any]) -> Any:
    if not replies.may_write(ticket, actor):
        return None
    return forms.get("reply") or ReplyForm(auto_id="id_reply_%s")


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
        "incident": ticket.group.number,
        "incident_url": reverse("incident", args=[ticket.group.number])
        if actor.may("group.read")
        else "",
        "merged_into": ticket.merged_into and ticket.merged_into.number,
    }


def _list_url(ticket: Ticket, actor: Actor) -> str:
    """The list behind the ticket; an editor sees tickets whose queue she does not."""
    if actor.sees_everything or ticket.queue_id in actor.queue_ids:
        return reverse("queue", args=[ticket.queue.slug])
    return reverse("tickets")


def _actions(
    ticket: Ticket, actor: Actor, rows: MessageRows | None
) -> dict[str, bool | str | None]:
    if ticket.state == TicketState.MERGED:
        return {}
    solved = ticket.state in HAS_RESOLUTION
    retry: bool | str | None = None
    if not solved and actor.may("resend.run"):
        message, standing = (rows.message, rows.standing) if rows else (None, None)
        refused = tickets.refusal(ticket, message, timezone.now(), standing)
        retry = refused or _allowed(actor, "resend.run", ticket)
    return {
        "take": take_of(ticket, actor),
        "hand_over": None if solved else _allowed(actor, "ticket.hand_over", ticket),
        "retry": retry,
        "solve": None if solved else _allowed(actor, "ticket.solve", ticket),
        "reopen": _allowed(actor, "ticket.reopen", ticket) if solved else None,
        "plan": None if solved else _allowed(actor, "resend.plan", ticket),
        "diagnose": _allowed(actor, "diagnosis.rerun", ticket),
        "merge": None if solved else _allowed(actor, "ticket.merge", ticket),
        "split": None if solved else _allowed(actor, "group.split", ticket),
    }


def take_of(ticket: Ticket, actor: Actor) -> bool | str | None:
    """Whether the actor may take it: true, why not, or nothing if it makes no sense."""
    over = ticket.state == TicketState.MERGED or ticket.state in HAS_RESOLUTION
    if over or ticket.assignee_id == actor.person_id:
        return None
    return _allowed(actor, "ticket.claim", ticket)


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
        "watch": "ticket_watch",
        "replies": "ticket_replies",
        "reply_preview": "ticket_reply_preview",
        "retry": "ticket_retry",
        "resolution": "ticket_resolution",
        "reopening": "ticket_reopening",
        "diagnosis": "ticket_diagnosis",
        "merge": "ticket_merge",
        "split": "ticket_split",
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


def _resolution(
    row: Resolution | None, ticket: Ticket, actor: Actor
) -> dict[str, Any] | None:
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
        "write_url": reverse("ticket_article", args=[ticket.number])
        if actor.may("article.draft")
        else "",
    }


def _known(ticket: Ticket, rows: TicketRows) -> dict[str, Any]:
    category = ticket.group.category
    reasons = [severity.Reason.from_json(each) for each in ticket.tier_reasons]
    return {
        "retry": of_category(category),
        "articles": [line_of(each) for each in rows.fixes.ranked()],
        "cause": ticket.cause.slug,
        "knowledge_url": f"{reverse('knowledge')}?category={category.slug}",
        "severity": {
            "tier": ticket.tier,
            "score": ticket.tier_score,
            "from_score": severity.THRESHOLDS[severity.Tier(ticket.tier)],
            "reasons": [
                {"text": tier_words.of_reason(each), "points": each.points}
                for each in reasons
            ],
        },
    }
