"""What does the page of one message show?"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries import differing, together
from deliveries.actor import Actor
from deliveries.models import DeliveryEvent, EvidenceLevel, Message
from triage import resending, revealing, scopes
from triage.models import UNSOLVED, FailureReport
from triage.web import message_list, settlement_facts, ticket_facts
from triage.web.message_rows import MessageRows, held
from triage.web.ticket_facts import Try

MOST_EVENTS = 100


def build(message: Message, actor: Actor, query: QueryDict) -> dict[str, Any]:
    """Build the whole context; ``query`` says which two attempts are compared."""
    reports = FailureReport.objects.visible_to(actor).filter(message=message)
    newest = reports.select_related("source", "ticket").order_by("-pk").first()
    rows = MessageRows(message, timezone.now())
    together.fetch(*rows.rows)
    attempts = ticket_facts.attempts_of(newest, rows)
    events = list(message.events.select_related("provider")[: MOST_EVENTS + 1])
    return {
        "message": _card(message, newest),
        "rungs": ticket_facts.rungs_of(newest, rows, attempts),
        "needed_label": EvidenceLevel(message.needed_level).label,
        "events": [_event(each) for each in events[:MOST_EVENTS]],
        "more_events": len(events) > MOST_EVENTS,
        "attempts": attempts,
        "comparison": _comparison(attempts, query),
        **ticket_facts.standing_of(rows),
        "actions": _actions(message, actor),
        "held": held(rows, actor),
        **_settlement(rows, reports, actor),
    }


def _card(message: Message, report: FailureReport | None) -> dict[str, Any]:
    recipient = message.recipient
    template = (report.template if report else None) or {}
    newer = message.superseded_by.order_by("-pk").first()
    return {
        **message_list.line(message),
        "public_id": message.public_id,
        "recipient_note": recipient.locale if recipient else "",
        "template": template.get("key", ""),
        "expires_at": message.expires_at,
        "verify_by": message.verify_by,
        "contradicted_at": message.contradicted_at,
        "complained_at": message.complained_at,
        "recovered_late": message.recovered_late,
        "newer": newer.external_id if newer else "",
    }


def _event(event: DeliveryEvent) -> dict[str, Any]:
    return {
        "kind_label": event.get_kind_display(),
        "level_label": event.get_level_display(),
        "from": event.provider.name if event.provider else "",
        "attempt": event.attempt_n,
        "trusted": event.trusted,
        "codes": " ".join(filter(None, (event.reply_code, event.enhanced_code))),
        "answer": event.answer,
        "occurred_at": event.occurred_at,
        "received_at": event.received_at,
    }


# --- two attempts, line by line -------------------------------------------------------


def _comparison(attempts: Sequence[Try], query: QueryDict) -> dict[str, Any] | None:
    """The last two attempts, or the two that were chosen; none for a single one."""
    if len(attempts) < 2:
        return None
    by_number = {str(each.n): each for each in attempts}
    before = query.get("before", str(attempts[-2].n))
    after = query.get("after", str(attempts[-1].n))
    if before not in by_number or after not in by_number:
        raise BadRequest(_("This attempt does not exist."))
    lines = differing.lines(_lines(by_number[before]), _lines(by_number[after]))
    return {
        "numbers": list(by_number),
        "before": before,
        "after": after,
        "lines": lines,
        "same": all(line.side is differing.Side.BOTH for line in lines),
    }


def _lines(attempt: Try) -> list[str]:
    """What one compares of a try: its head in named lines, then the answer."""
    head = (
        (_("Outcome"), attempt.outcome_label),
        (_("Route"), attempt.route),
        (_("Code"), attempt.code),
        (_("Wanted by"), attempt.cause_label),
    )
    named = [f"{label}: {value}" for label, value in head if value]
    return [*named, *attempt.answer.splitlines()]


# --- what can be done -----------------------------------------------------------------


def _actions(message: Message, actor: Actor) -> dict[str, Any]:
    plan: bool | str | None = None
    if actor.may("resend.plan"):
        mine = resending.tickets_of(actor).filter(
            pk__in=scopes.reports_of(message).values("ticket")
        )
        plan = mine.exists() or _("It is in no unsolved ticket that you may work on.")
    reveal = actor.may("person.reveal") and message.address_id is not None
    return {
        "plan": plan,
        "plan_url": f"{reverse('resend_new')}?message={message.public_id}",
        "reveal_url": reverse("message_reveal", args=[message.public_id])
        if reveal and revealing.may_reveal(actor, message)
        else "",
    }


def _settlement(rows: MessageRows, reports: Any, actor: Actor) -> dict[str, Any]:
    """What is known of a message that is unknown, settled through its ticket."""
    open_ones = reports.filter(ticket__state__in=UNSOLVED)
    report = open_ones.select_related("ticket").order_by("-pk").first()
    if report is None or report.ticket is None:
        return {"settlement": None}
    report.message = rows.message
    return {
        "ticket": report.ticket,
        "settlement": settlement_facts.of_ticket(
            report.ticket, [report], actor, None, rows
        ),
    }


def work_on(message: Message, actor: Actor, most: int) -> dict[str, Any]:
    """Build the context of ``_message_work.html``, of each kind the newest first."""
    reports = FailureReport.objects.visible_to(actor).filter(message=message)
    about = scopes.tickets_of(message, actor).with_everything_for_list()
    return {
        "message": {
            "reference": message.external_id,
            "url": reverse("message", args=[message.public_id]),
        },
        "tickets": [
            {
                "number": each.number,
                "url": reverse("ticket", args=[each.number]),
                "tier": each.tier,
                "cause": each.group.category.name,
                "state": each.state,
                "state_label": each.get_state_display(),
                "queue": each.queue.title,
                "at": each.opened_at,
            }
            for each in about[:most]
        ],
        "tickets_total": about.count(),
        "reports": [
            {
                "reference": each.public_id,
                "symptom_label": each.get_symptom_display(),
                "detail": each.detail,
                "locale": each.locale,
                "state_label": each.get_state_display(),
                "cause": each.category.name if each.category else "",
                "at": each.received_at,
            }
            for each in reports.select_related("category").order_by("-pk")[:most]
        ],
        "reports_total": reports.count(),
    }
