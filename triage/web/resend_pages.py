"""What do the page of a bulk resend and its live part show?"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from deliveries import stopping
from deliveries.actor import Actor
from deliveries.models import (
    OVER,
    ChannelKind,
    Exclusion,
    FailureCategory,
    Fault,
    ItemState,
    ResendItem,
    ResendOperation,
    ResendState,
)
from triage import resend_report, resending
from triage.web import moments, resend_chart, resend_steps
from triage.web.resend_forms import REMEDIES

SAMPLES = 3
# In the order in which they are read; what nobody is in stays, as a zero.
SHOWN = (
    ItemState.DELIVERED,
    ItemState.FAILED,
    ItemState.SENT,
    ItemState.UNKNOWN,
    ItemState.CLAIMED,
    ItemState.PLANNED,
    ItemState.CANCELLED,
)
ICONS: dict[str, str] = {
    ResendState.DRAFT: "clock",
    ResendState.PLANNED: "clock",
    ResendState.APPROVED: "person",
    ResendState.CANARY: "play",
    ResendState.RAMPING: "play",
    ResendState.PAUSED: "pause",
    ResendState.COMPLETED: "check",
    ResendState.ABORTED: "stop",
    ResendState.CANCELLED: "cross",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure with the list that it opens; ``bar`` is its share of 120 units."""

    label: str
    code: str
    count: int
    url: str
    bar: float = 0


def names_of_causes() -> dict[str, str]:
    """Fetch the name of every cause, in the reader's language."""
    return {each.slug: each.name for each in FailureCategory.objects.all()}


def head(operation: ResendOperation, names: dict[str, str]) -> dict[str, Any]:
    """What a list and a page say of an operation."""
    return {
        "number": operation.number,
        "url": reverse("resend", args=[operation.number]),
        "state": operation.state,
        "state_label": operation.get_state_display(),
        "icon": ICONS[operation.state],
        "by": resend_steps.name_of(operation.created_by),
        "at": operation.created_at,
        "query": in_words(operation.query, names),
        "matched": operation.matched,
        "judged": operation.frozen_count,
        "excluded": operation.n_excluded,
        "will_send": operation.will_send,
        "delivered": operation.n_delivered,
        "failed": operation.n_failed,
        "fault": Fault(operation.fault).label if operation.fault else "",
        "begun": resend_steps.has_begun(operation),
        "waits": operation.waits_for_second_person,
    }


def in_words(query: dict[str, Any], names: dict[str, str]) -> list[str]:
    """Say which messages were asked for, one phrase a filter."""
    asked = {
        name: parse_datetime(query[name])
        for name in ("since", "until")
        if name in query
    }
    channel = dict(ChannelKind.choices).get(query.get("channel", ""), "")
    phrases = {
        "ticket": _("ticket #%(value)s"),
        "group": _("incident %(value)s"),
        "provider": _("provider %(value)s"),
        "region": _("region %(value)s"),
    }
    found = [
        phrases[name] % {"value": query[name]} for name in phrases if query.get(name)
    ]
    cause = names.get(query.get("category", ""), "")
    found += [str(each) for each in (channel, cause) if each]
    if asked.get("since"):
        found.append(_("since %(at)s") % {"at": moments.in_words(asked["since"])})
    if asked.get("until"):
        found.append(_("before %(at)s") % {"at": moments.in_words(asked["until"])})
    if query.get("selection"):
        found.append(_("of selected tickets"))
    if query.get("messages"):
        found.append(_("chosen one by one"))
    return found


def of_page(operation: ResendOperation, actor: Actor) -> dict[str, Any]:
    """Build the context of ``resend.html``."""
    return {
        **of_progress(operation, actor, seen=operation.state),
        "exclusions": _exclusions(operation),
        "risk": {**operation.plan, "clean": _clean(operation)},
        "pace": _pace(operation),
        "diff": _diff(operation),
        "history": _history(operation),
    }


def of_progress(
    operation: ResendOperation, actor: Actor, *, seen: str
) -> dict[str, Any]:
    """Build the context of ``_resend_live.html``; ``seen`` is what was shown."""
    moving = operation.n_claimed or operation.n_sent
    live = operation.state not in OVER or moving
    return {
        "resend": head(operation, names_of_causes()),
        "steps": resend_steps.of(operation, actor),
        "lines": _lines(operation),
        "rule": _rule(operation) if operation.frozen_at else None,
        "chart": resend_chart.of(operation),
        "live": bool(live),
        "changed": seen != operation.state,
        "actions": resending.actions(operation, actor),
        "urls": _urls(operation),
    }


def _urls(operation: ResendOperation) -> dict[str, str]:
    names = {
        "progress": "resend_progress",
        "items": "resend_items",
        "csv": "resend_csv",
        "approve": "resend_approval",
        "refuse": "resend_refusal",
        "start": "resend_start",
        "pause": "resend_pause",
        "cancel": "resend_cancellation",
    }
    args = [operation.number]
    return {key: reverse(name, args=args) for key, name in names.items()}


def _lines(operation: ResendOperation) -> list[Line]:
    url = reverse("resend_items", args=[operation.number])
    return [
        Line(
            str(state.label),
            state.value,
            getattr(operation, f"n_{state.value}"),
            f"{url}?state={state.value}",
        )
        for state in SHOWN
    ]


def _exclusions(operation: ResendOperation) -> list[Line]:
    counted = resend_report.exclusions(operation)
    most = max(counted.values(), default=1)
    url = reverse("resend_items", args=[operation.number])
    found = [
        Line(
            str(code.label),
            code.value,
            counted[code],
            f"{url}?exclusion={code.value}",
            round(120 * counted[code] / most, 1),
        )
        for code in Exclusion
        if code in counted
    ]
    return sorted(found, key=lambda line: -line.count)


def _clean(operation: ResendOperation) -> int:
    return operation.will_send - int(operation.plan.get("unclear", 0))


def _pace(operation: ResendOperation) -> dict[str, Any]:
    return {
        "remedy": REMEDIES.get(operation.remedy, ""),
        "canary": operation.canary_size,
        "ramp": ", ".join(map(str, operation.ramp)),
        "rate": operation.rate_per_s,
        "percent": operation.abort_percent,
        "window": operation.abort_window,
    }


def _rule(operation: ResendOperation) -> dict[str, Any]:
    rule = operation.rule
    ended, wrong = ResendItem.objects.last_ended(operation.pk, rule.window)
    most = stopping.most_wrong(ended, rule)
    return {
        "ended": ended,
        "wrong": wrong,
        "stops_at": most + 1,
        "bar": min(400, round(400 * wrong / (2 * (most + 1)))),
    }


def _diff(operation: ResendOperation) -> list[dict[str, Any]]:
    """Show what the patch changes in the first messages that will be sent."""
    if not operation.patch:
        return []
    rows = operation.items.filter(state=ItemState.PLANNED).select_related(
        "message__address"
    )
    return [_sample(item, operation.patch) for item in rows.order_by("pk")[:SAMPLES]]


def _sample(item: ResendItem, patch: dict[str, str]) -> dict[str, Any]:
    message = item.message
    words = {"region": _("Region"), "expires_at": _("Expires")}
    before = {
        "region": message.region,
        "expires_at": moments.in_words(message.expires_at),
    }
    after = {
        "region": patch.get("region", ""),
        "expires_at": moments.in_words(
            parse_datetime(patch.get("expires_at", "") or "")
        ),
    }
    return {
        "name": message.address.masked if message.address else message.external_id,
        "changes": [
            {"label": words[name], "before": before[name], "after": after[name]}
            for name in words
            if name in patch
        ],
    }


def _history(operation: ResendOperation) -> list[dict[str, Any]]:
    return [
        {
            "label": _("Refused")
            if event.state == ResendState.CANCELLED and event.reason
            else event.get_state_display(),
            "reason": event.reason,
            "by": resend_steps.name_of(event.person),
            "at": event.at,
        }
        for event in operation.events.select_related("person")
    ]
