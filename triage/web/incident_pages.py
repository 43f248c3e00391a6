"""What does the page of an incident show, in each of its tabs?"""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.models import Message, ResendOperation
from deliveries.request import KnownRequest
from triage import incidents, notices, severity
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    Ticket,
    TicketEvent,
)
from triage.web import (
    diagnosis_words,
    incident_lists,
    incident_words,
    notice_words,
    resend_pages,
    sentences,
    ticket_timeline,
    tier_words,
)
from triage.web.rows import face_of

TABS = ("diagnosis", "messages", "reports", "resends", "timeline")
SHOWN = ("message__address", "message__provider", "message__recipient")


def of_page(request: KnownRequest, group: FailureGroup, tab: str) -> dict[str, Any]:
    """Build the context of ``incident.html``."""
    actor = request.actor
    tickets = incident_lists.tickets_of([group], request)[group.pk]
    alias = incidents.merges_into(group)
    return {
        "incident": _head(group, tickets, actor),
        "gone": alias and linked(alias.group),
        "tab": tab,
        "tabs": _tabs(group, tab),
        "actions": {} if alias else _actions(group, actor),
        "urls": _urls(group),
        **_OF_TAB[tab](request, group, tickets),
    }


def _head(group: FailureGroup, tickets: list[Ticket], actor: Actor) -> dict[str, Any]:
    by = group.acknowledged_by
    reports = FailureReport.objects.filter(group=group)
    return {
        **incident_lists.row_of(group, tickets),
        "noticed_by": face_of(by, actor) if by else None,
        "noticed_at": group.acknowledged_at,
        "muted_at": group.muted_at,
        "not_told": notice_words.not_told(notices.not_told(reports)),
        "split_from": group.split_from and linked(group.split_from),
    }


def linked(group: FailureGroup) -> dict[str, Any]:
    """Name an incident, with its address."""
    url = reverse("incident", args=[group.number])
    return {"number": group.number, "url": url}


def _tabs(group: FailureGroup, current: str) -> list[dict[str, Any]]:
    labels = {
        "diagnosis": _("Diagnosis"),
        "messages": _("Messages"),
        "reports": _("Reports"),
        "resends": _("Resends"),
        "timeline": _("Timeline"),
    }
    path = reverse("incident", args=[group.number])
    return [
        {"label": labels[name], "url": f"{path}?tab={name}", "current": name == current}
        for name in TABS
    ]


def _actions(group: FailureGroup, actor: Actor) -> dict[str, bool | str | None]:
    return {
        "acknowledge": actor.may("group.acknowledge")
        and group.state in incidents.UNNOTICED,
        "mute": actor.may("group.mute") and group.muted_at is None,
        "unmute": actor.may("group.mute") and group.muted_at is not None,
        "merge": actor.may("group.merge"),
        "split": actor.may("group.split"),
        "undo_split": actor.may("group.split") and group.split_from_id is not None,
        "plan": actor.may("resend.plan"),
        "answer": incidents.may_answer(group, actor),
    }


def _urls(group: FailureGroup) -> dict[str, str]:
    names = ("acknowledgement", "mute", "unmute", "merge", "merge_undo", "split")
    urls = {
        name: reverse(f"incident_{name}", args=[group.number])
        for name in (*names, "split_undo")
    }
    urls["reply_preview"] = reverse("incident_reply_preview", args=[group.number])
    urls["plan"] = f"{reverse('resend_new')}?group={group.number}"
    return urls


# --- the tabs -------------------------------------------------------------------------


def _diagnosis(
    request: KnownRequest, group: FailureGroup, tickets: list[Ticket]
) -> dict[str, Any]:
    rows = FailureReport.objects.filter(group=group).select_related(*SHOWN, "source")
    leading = rows.order_by("-pk").first()
    first = tickets[0] if tickets else None
    return {
        "diagnosis": diagnosis_words.of_report(leading, timezone.now()),
        "severity": first and _severity(first),
        "merges": _merges(group),
        "splits": [linked(each) for each in group.splits.filter(reports__gt=0)],
    }


def _severity(ticket: Ticket) -> dict[str, Any]:
    reasons = [severity.Reason.from_json(each) for each in ticket.tier_reasons]
    return {
        "score": ticket.tier_score,
        "reasons": [
            {"text": tier_words.of_reason(each), "points": each.points}
            for each in reasons
        ],
    }


def _merges(group: FailureGroup) -> list[dict[str, Any]]:
    """Return what is merged in, with who did it and when."""
    rows = GroupAlias.objects.live().filter(group=group).select_related("made_by")
    found = list(rows.order_by("pk"))
    homes = {
        home.digest: home
        for home in FailureGroup.objects.filter(digest__in=[a.digest for a in found])
    }
    return [
        {
            **linked(homes[each.digest]),
            "pk": each.pk,
            "about": incident_words.fingerprint_of(homes[each.digest]),
            "by": each.made_by.get_full_name() or each.made_by.username
            if each.made_by
            else "",
            "at": each.made_at,
        }
        for each in found
    ]


def _messages(
    request: KnownRequest, group: FailureGroup, tickets: list[Ticket]
) -> dict[str, Any]:
    reported = FailureReport.objects.filter(group=group).values("message")
    rows = Message.objects.filter(pk__in=reported).select_related("address")

    def make(found: list[Message]) -> list[dict[str, Any]]:
        return [
            {
                "name": each.public_id,
                "recipient": each.address.masked if each.address else "",
                "channel": each.get_channel_display(),
                "purpose": each.get_purpose_display(),
                "state_label": each.get_state_display(),
                "attempts": each.attempt_count,
                "at": each.created_at,
            }
            for each in found
        ]

    page = incident_lists.keyed(
        request, rows, name="incident_messages", by="pk", make=make
    )
    return {"page": page}


def _reports(
    request: KnownRequest, group: FailureGroup, tickets: list[Ticket]
) -> dict[str, Any]:
    rows = FailureReport.objects.filter(group=group).select_related("source", "ticket")
    page = incident_lists.keyed(
        request, rows, name="incident_reports", by="pk", make=report_lines
    )
    return {"page": page}


def report_lines(found: list[FailureReport]) -> list[dict[str, Any]]:
    """What a list says of reports."""
    return [
        {
            "reference": each.public_id,
            "reporter": each.source.name,
            "symptom_label": each.get_symptom_display(),
            "detail": each.detail,
            "answer": each.provider_answer,
            "locale": each.locale,
            "at": each.received_at,
            "state_label": each.get_state_display(),
            "ticket": each.ticket.number if each.ticket else None,
            "is_split": each.split_group_id is not None,
        }
        for each in found
    ]


def _resends(
    request: KnownRequest, group: FailureGroup, tickets: list[Ticket]
) -> dict[str, Any]:
    numbers = Ticket.objects.filter(group=group).values_list("number", flat=True)
    asked = Q(query__group=group.number) | Q(query__ticket__in=list(numbers))
    rows = ResendOperation.objects.visible_to(request.actor).filter(asked)
    names = resend_pages.names_of_causes()
    page = incident_lists.keyed(
        request,
        rows.select_related("created_by").defer("selection"),
        name="incident_resends",
        by="number",
        make=lambda found: [resend_pages.head(each, names) for each in found],
    )
    return {"page": page}


def _timeline(
    request: KnownRequest, group: FailureGroup, tickets: list[Ticket]
) -> dict[str, Any]:
    seen = Ticket.objects.visible_to(request.actor)
    ours = seen.filter(Q(group=group) | Q(merged_into__group=group))
    rows = TicketEvent.objects.filter(ticket__in=ours.values("pk"))

    def make(found: list[TicketEvent]) -> list[dict[str, Any]]:
        names = ticket_timeline.names_of(found)
        told = notices.by_event(
            notices.told_of(Q(event__in=[each.pk for each in found]))
        )
        return [
            {
                "at": each.at,
                "icon": sentences.ICONS[EventKind(each.kind)],
                "text": sentences.of_event(each, names),
                "told": notice_words.in_words(told[each.pk]),
                "number": each.ticket.number,
                "url": reverse("ticket", args=[each.ticket.number]),
            }
            for each in found
        ]

    rows = rows.select_related("ticket", "actor")
    page = incident_lists.keyed(
        request, rows, name="incident_timeline", by="pk", make=make
    )
    return {"page": page}


_OF_TAB = {
    "diagnosis": _diagnosis,
    "messages": _messages,
    "reports": _reports,
    "resends": _resends,
    "timeline": _timeline,
}
