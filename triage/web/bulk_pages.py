"""What do the pages of an action on many tickets show?"""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import bulk, incidents
from triage.bulk import TYPED_ABOVE
from triage.models import BulkAction, BulkState, Reason, Selection, Verb
from triage.tickets.acts import Act
from triage.web.act_forms import ActForm
from triage.web.naming import list_url
from triage.web.rows import row_of

SAMPLES = 3
SHOWN = 200  # rows of a result; more are counted
PUT_BACK = (BulkState.UNDOING, BulkState.UNDONE)


def of_act(request: KnownRequest, found: Selection, form: ActForm) -> dict[str, Any]:
    """Build the page that shows what an act would do, and asks for the go."""
    count: int = found.count  # type: ignore[attr-defined]  # an annotation
    args = [found.token, form.verb.value]
    act = form.act if form.is_valid() else None
    too_many = act.too_many(request.actor, count) if act else ""
    return {
        "verb": form.verb.value,
        "verb_label": form.verb.label,
        "count": count,
        "form": form,
        "preview": None
        if act is None or too_many
        else _preview(request, found, act, count),
        "too_many": too_many,
        "typed": count > TYPED_ABOVE,
        "undoable": form.verb is not Verb.MACRO,
        "seen_at": timezone.now().isoformat(),
        "list_url": list_url(found.queue, found.query, selection=found.token),
        "urls": {
            "act": reverse("bulk", args=args),
            "narrowing": reverse("bulk_narrowing", args=args),
        },
    }


def _preview(
    request: KnownRequest, found: Selection, act: Act, count: int
) -> dict[str, Any]:
    actor = request.actor
    selected = bulk.selected(found, actor)
    act = act.prepared(actor, selected)
    forecast = bulk.forecast(found, count, actor, act)
    rows = selected.most_urgent_first()
    merges = isinstance(act, incidents.MergeInto) and not forecast.forbids
    return {
        "merge": incidents.effect(act, selected)
        if merges and isinstance(act, incidents.MergeInto)
        else None,
        "will": forecast.will,
        "skipped": _lines(forecast.skipped),
        "forbids": forecast.forbids,
        "forbidden": _lines(forecast.forbidden),
        "numbers": [
            {"number": each, "url": reverse("ticket", args=[each])}
            for each in forecast.forbidden_numbers
        ],
        "more": forecast.forbids - len(forecast.forbidden_numbers),
        "samples": [
            row_of(ticket, actor)
            for ticket in rows.with_everything_for_list()[:SAMPLES]
        ],
    }


def _lines(counted: Mapping[Reason, int]) -> list[dict[str, Any]]:
    ordered = sorted(counted.items(), key=lambda each: -each[1])
    return [{"label": reason.label, "count": n} for reason, n in ordered]


def of_action(action: BulkAction, actor: Actor) -> dict[str, Any]:
    """Build the page of an action that was asked for."""
    rows = action.undo_result if action.state in PUT_BACK else action.result
    found = action.selection
    args = [action.pk]
    return {
        "action": _action(action, actor),
        "rows": [
            {
                "number": number,
                "url": reverse("ticket", args=[number]),
                "reason": Reason(reason).label,
            }
            for number, reason in rows[:SHOWN]
        ],
        "more": max(0, len(rows) - SHOWN),
        "list_url": list_url(found.queue, found.query, selection=found.token)
        if found
        else list_url(None),
        "urls": {
            "action": reverse("bulk_action", args=args),
            "undo": reverse("bulk_undo", args=args),
            "left": reverse("bulk_left", args=args),
            "watched": reverse("inbox_watched", args=["bulk_action", action.pk]),
        },
    }


def _action(action: BulkAction, actor: Actor) -> dict[str, Any]:
    undone = action.state in PUT_BACK
    settled = action.applied + action.refused + action.failed
    return {
        "label": Verb(action.action).label,
        "state": action.state,
        "state_label": action.get_state_display(),
        "is_working": action.is_working,
        "expected": action.expected,
        "applied": action.applied,
        "refused": action.refused,
        "failed": action.failed,
        "undone": action.undone,
        "done": action.undone + len(action.undo_result) if undone else settled,
        "all": action.applied if undone else action.expected,
        "at": action.requested_at,
        "undo_until": action.undo_until if _may_undo(action, actor) else None,
    }


def _may_undo(action: BulkAction, actor: Actor) -> bool:
    over = action.state in (BulkState.APPLIED, BulkState.FAILED)
    in_time = action.undo_until is not None and action.undo_until > timezone.now()
    return over and in_time and actor.may("ticket.undo")
