"""Where does the diagnosis go wrong, and is it as sure as it may be?"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from deliveries import language, taxonomy
from deliveries.models import ChannelKind, FailureCategory
from deliveries.request import KnownRequest
from triage import access
from triage import confusion as use_case
from triage.confusion import Confusion, Scope, family_of
from triage.web.rows import row_of
from triage.web.rule_list import tabs

TICKETS_SHOWN = 50


class ScopeForm(forms.Form):
    """Which tickets are counted."""

    days = forms.ChoiceField(
        label=gettext_lazy("Window"),
        choices=[(day, str(day)) for day in use_case.DAYS],
        required=False,
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[("", gettext_lazy("Every channel")), *ChannelKind.choices],
        required=False,
    )
    provider = forms.CharField(
        label=gettext_lazy("Provider"), max_length=64, required=False
    )
    said = forms.RegexField(r"\A[a-z_]+(\.[a-z_]+)?\Z", max_length=80, required=False)
    chose = forms.RegexField(r"\A[a-z_]+(\.[a-z_]+)?\Z", max_length=80, required=False)

    @property
    def scope(self) -> Scope:
        """What a valid form says."""
        said = self.cleaned_data
        days = int(said["days"] or use_case.DAYS_FIRST)
        return Scope(days, said["channel"], said["provider"].strip())


@require_safe
@access.names("analytics.read")
def confusion(request: KnownRequest) -> HttpResponse:
    """Show what the machine said beside what people chose."""
    form = ScopeForm(request.GET)
    if not form.is_valid():
        raise BadRequest(_("This filter does not exist."))
    now = timezone.now()
    counted = use_case.measure(request.actor, form.scope, now)
    said, chose = form.cleaned_data["said"], form.cleaned_data["chose"]
    context = {
        "tabs": tabs("confusion") if request.actor.may("rule.read") else [],
        "filters": _filters(form.scope),
        "total": counted.tickets,
        "right": _share(counted.right, counted.tickets),
        "right_family": _share(counted.right_family, counted.tickets),
        "table": _table(counted, form.scope, (said, chose)),
        "bins": _bins(counted),
        "gap": round(100 * counted.gap),
        "cell": _cell(request, counted, form, now) if said and chose else None,
    }
    return render(request, "triage/confusion.html", context)


def _filters(scope: Scope) -> dict[str, Any]:
    days = ngettext_lazy("%(days)d day", "%(days)d days", "days")
    return {
        "windows": [
            (day, days % {"days": day}, day == scope.days) for day in use_case.DAYS
        ],
        "channel": scope.channel,
        "channels": ChannelKind.choices,
        "provider": scope.provider,
    }


def _share(part: int, whole: int) -> int:
    """In whole percent."""
    return round(100 * part / whole) if whole else 0


def _url(scope: Scope, said: str = "", chose: str = "") -> str:
    """The page with one cell open."""
    query = {
        "days": scope.days,
        "channel": scope.channel,
        "provider": scope.provider,
        "said": said,
        "chose": chose,
    }
    path = reverse("confusion")
    return f"{path}?{urlencode({k: v for k, v in query.items() if v})}#cell"


def _family_names() -> dict[str, str]:
    return {
        family.slug: family.name_in(language.current())
        for family in taxonomy.load().families
    }


def _in_order(slugs: Iterable[str]) -> list[str]:
    """Families in the order of the vocabulary."""
    order = [family.slug for family in taxonomy.load().families]
    return sorted(slugs, key=order.index)


def _table(
    counted: Confusion, scope: Scope, opened: tuple[str, str]
) -> dict[str, Any] | None:
    """Families that the machine said (rows) by families that people chose (columns)."""
    if not counted.tickets:
        return None
    names = _family_names()
    said = _in_order({pair[0] for pair in counted.families})
    chose = _in_order({pair[1] for pair in counted.families})
    open_cell = (family_of(opened[0]), family_of(opened[1]))
    rows = []
    for row in said:
        total = sum(counted.families.get((row, each), 0) for each in chose)
        cells = [
            {
                "count": counted.families.get((row, column), 0),
                "percent": _share(counted.families.get((row, column), 0), total),
                "url": _url(scope, row, column),
                "right": row == column,
                "open": (row, column) == open_cell,
                "name": names[column],
            }
            for column in chose
        ]
        rows.append({"name": names[row], "cells": cells, "total": total})
    return {"columns": [names[each] for each in chose], "rows": rows}


def _bins(counted: Confusion) -> list[dict[str, Any]]:
    return [
        {
            "low": each.low,
            "high": each.high,
            "tickets": each.tickets,
            "stated": round(100 * each.stated / each.tickets) if each.tickets else None,
            "right": _share(each.right, each.tickets) if each.tickets else None,
        }
        for each in counted.bins
    ]


def _cell(
    request: KnownRequest, counted: Confusion, form: ScopeForm, now: Any
) -> dict[str, Any]:
    """One cell opened: its pairs of leaves, and the tickets behind it."""
    said, chose = form.cleaned_data["said"], form.cleaned_data["chose"]
    families = (family_of(said), family_of(chose))
    names = {each.slug: each.name for each in FailureCategory.objects.all()}
    of_families = _family_names()
    leaves = sorted(
        (
            (pair, n)
            for pair, n in counted.leaves.items()
            if (family_of(pair[0]), family_of(pair[1])) == families
        ),
        key=lambda each: (-each[1], each[0]),
    )
    total = sum(n for _, n in leaves)
    tickets = use_case.behind(request.actor, form.scope, now, said=said, chose=chose)
    found = list(tickets[: TICKETS_SHOWN + 1])
    return {
        "said": of_families.get(families[0], families[0]),
        "chose": of_families.get(families[1], families[1]),
        "total": total,
        "leaves": [
            {
                "said": names.get(pair[0], pair[0]),
                "chose": names.get(pair[1], pair[1]),
                "count": n,
                "percent": _share(n, total),
                "right": pair[0] == pair[1],
                "url": _url(form.scope, *pair),
                "open": pair == (said, chose),
            }
            for pair, n in leaves
        ],
        "tickets": [row_of(each, request.actor) for each in found[:TICKETS_SHOWN]],
        "more": len(found) > TICKETS_SHOWN,
        "most": TICKETS_SHOWN,
    }
