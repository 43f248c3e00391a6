"""Where does knowledge pay, and where is it missing? By cause."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from deliveries import language, taxonomy
from deliveries.models import ChannelKind, FailureCategory
from deliveries.request import KnownRequest
from knowledgebase import effects, gaps
from knowledgebase.models import Locale, WritingTask
from triage import access, coverage, suggesting
from triage.coverage import Coverage
from triage.web.effect_words import effect_of, line_of

ARTICLES_SHOWN = 50


class DismissalForm(forms.Form):
    """Why a cause needs no article."""

    reason = forms.CharField(
        label=gettext_lazy("Why no article is needed"), max_length=200
    )


@require_safe
@access.names("category.read")
def categories(request: KnownRequest) -> HttpResponse:
    """Show every cause with its volume, its effect and what is missing."""
    rows = coverage.of_everything(timezone.now())
    loaded = taxonomy.load()
    names = {each.slug: each.name_in(language.current()) for each in loaded.families}
    families = [
        {
            "name": names.get(family, family),
            "reports": sum(each.volume.now for each in members),
            "rows": [_row(each) for each in members],
        }
        for family, members in _by_family(rows)
    ]
    context = {
        "families": families,
        "gaps": sum(each.is_gap for each in rows),
        "wanted": sum(each.task is not None for each in rows),
    }
    return render(request, "triage/categories.html", context)


def _by_family(rows: Iterable[Coverage]) -> list[tuple[str, list[Coverage]]]:
    grouped = groupby(rows, key=lambda each: each.category.family)
    return [(family, list(members)) for family, members in grouped]


def _row(each: Coverage) -> dict[str, Any]:
    return {
        "name": each.category.name,
        "url": reverse("category", args=[each.category.slug]),
        "reports": each.volume.now,
        "change": each.volume.change_percent,
        "effect": effect_of(each.figures),
        "articles": each.articles,
        "missing": [Locale(locale).label for locale in each.missing],
        "has_tip": each.has_tip,
        "is_gap": each.is_gap,
        "is_wanted": each.task is not None,
    }


@require_safe
@access.names("category.read")
def category(request: KnownRequest, slug: str) -> HttpResponse:
    """Show what is known about one cause, and what each article did about it."""
    found = get_object_or_404(FailureCategory, slug=slug)
    rows = coverage.of_everything(timezone.now())
    mine = next((each for each in rows if each.category.pk == found.pk), None)
    if mine is None:  # it has a successor, which goes on
        raise Http404
    fixes = suggesting.about(found.pk, limit=ARTICLES_SHOWN)
    may_draft = request.actor.may("article.draft")
    context = {
        "category": _row(mine) | {"slug": slug, "policy": _policy(found)},
        "channels": _channels(found),
        "articles": [line_of(each) for each in fixes],
        "task": _task(mine.task, may_draft=may_draft),
        "write_url": f"{reverse('article_new')}?category={slug}" if may_draft else "",
        "knowledge_url": f"{reverse('knowledge')}?category={slug}",
        "tree_url": reverse("categories"),
    }
    return render(request, "triage/category.html", context)


def _policy(found: FailureCategory) -> list[dict[str, str]]:
    return [
        {"name": _("Sending again"), "value": found.get_retry_class_display()},
        {"name": _("Repair"), "value": found.get_repair_policy_display()},
    ]


def _channels(found: FailureCategory) -> list[dict[str, Any]]:
    measured = effects.of_channels(found.pk)
    return [
        {"label": kind.label, "effect": effect_of(measured[kind])}
        for kind in ChannelKind
        if kind in measured
    ]


def _task(task: WritingTask | None, *, may_draft: bool) -> dict[str, Any] | None:
    if task is None:
        return None
    return {
        "resolutions": task.resolutions,
        "opened_at": task.opened_at,
        "dismiss_url": reverse("writing_task_dismissal", args=[task.pk])
        if may_draft
        else "",
    }


@require_POST
@access.names("article.draft")
def dismissal(request: KnownRequest, task: int) -> HttpResponse:
    """Say that no article is needed about a cause, with the reason."""
    found = get_object_or_404(WritingTask.objects.select_related("category"), pk=task)
    form = DismissalForm(request.POST)
    back = HttpResponseRedirect(reverse("category", args=[found.category.slug]))
    if not form.is_valid():
        messages.error(request, _("Say why no article is needed."))
        return back
    reason = form.cleaned_data["reason"]
    if gaps.dismiss(found.pk, request.actor.person_id, reason, timezone.now()):
        messages.success(request, _("No article is asked for any more."))
    else:
        messages.info(request, _("Somebody has answered this already."))
    return back
