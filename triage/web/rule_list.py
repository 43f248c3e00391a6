"""What does the list of taught rules show, and how is it paged?"""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries import keyset, vault
from deliveries.request import KnownRequest
from triage.filters import RuleFilter
from triage.models import DiagnosisRule, RuleKind
from triage.models.rule import DiagnosisRuleQuerySet
from triage.web.forms import category_choices

PAGE = 50
LIST = "rules"


def of_list(
    request: KnownRequest, scope: DiagnosisRuleQuerySet, chosen: RuleFilter
) -> dict[str, Any]:
    """Build the context of ``rules.html``."""
    actor = request.actor
    page = _page(request, chosen.qs)
    picked = chosen.form.cleaned_data
    filtered = any(request.GET.get(name) for name in RuleFilter.Meta.fields)
    providers = scope.filter(provider__isnull=False).order_by("provider")
    return {
        "page": page,
        "total": chosen.qs.count(),
        "filtered": filtered,
        "clear_url": request.path,
        "new_url": reverse("rule_new") if actor.may("rule.teach") else "",
        "tabs": tabs("rules"),
        "filters": {
            "provider": picked.get("provider") or "",
            "providers": list(providers.values_list("provider", flat=True).distinct()),
            "kind": picked.get("kind") or "",
            "kinds": RuleKind.choices,
            "mode": picked.get("mode") or "",
            "modes": chosen.filters["mode"].extra["choices"],
            "category": getattr(picked.get("category"), "slug", ""),
            "categories": category_choices(),
        },
    }


def tabs(current: str) -> list[dict[str, Any]]:
    """The two sides of teaching: the rules, and how often the machine is right."""
    return [
        {"label": label, "url": reverse(name), "current": name == current}
        for name, label in (("rules", _("Rules")), ("confusion", _("How often right")))
    ]


def _page(request: KnownRequest, rows: DiagnosisRuleQuerySet) -> dict[str, Any]:
    key = vault.derived_key("cursor")
    cursor = None
    if request.GET.get("cursor"):
        try:
            text = request.GET["cursor"]
            cursor = keyset.decode(text, name=LIST, key=key, length=1)
        except keyset.CursorInvalid as error:
            raise Http404 from error
    ordered = rows.with_everything_for_list().order_by("-id")
    if cursor is not None and cursor.backwards:
        ordered = ordered.filter(id__gt=cursor.values[0]).order_by("id")
    elif cursor is not None:
        ordered = ordered.filter(id__lt=cursor.values[0])
    found = keyset.page(
        list(ordered[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    page: dict[str, Any] = {"rows": [line(row) for row in found.rows]}
    for name, neighbour in (("next_url", found.next), ("previous_url", found.previous)):
        if neighbour is not None:
            query = request.GET.copy()
            query["cursor"] = keyset.encode(neighbour, name=LIST, key=key)
            page[name] = f"{request.path}?{query.urlencode()}"
    return page


def line(rule: DiagnosisRule) -> dict[str, Any]:
    """What a list shows of one version."""
    retired = rule.retired_at is not None
    return {
        "reference": rule.reference,
        "number": rule.number,
        "url": reverse("rule", args=[rule.reference]),
        "pattern": rule.pattern,
        "kind_label": rule.get_kind_display(),
        "provider": rule.provider or "",
        "channel_label": rule.get_channel_display() if rule.channel else "",
        "cause": rule.category.name,
        "resends": rule.resends,
        "mode": "retired" if retired else rule.mode,
        "mode_label": _("Retired") if retired else rule.get_mode_display(),
        "since": rule.retired_at or rule.mode_since,
    }
