"""What does the page of one article show?"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliveries.request import KnownRequest
from knowledgebase import feedback, guidance, history
from knowledgebase.models import (
    Article,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    FeedbackKind,
    TranslationState,
)
from knowledgebase.refusals import Invalid
from knowledgebase.web import lines, reading, searching, shelf, steps
from knowledgebase.web.answers import answered, article_url
from knowledgebase.web.forms import FeedbackForm
from knowledgebase.web.naming import named

VERSIONS_SHOWN = 20
EVENTS_SHOWN = 10
FEEDBACK_SHOWN = 10
NEWEST = "newest"  # asks for the text in work instead of the one readers get


@require_safe
@named("article.read_internal")
def article(request: KnownRequest, slug: str) -> HttpResponse:
    """Show one article in the reader's language, or the one asked for."""
    found = reading.found_article(request, slug)
    searching.came_by_search(request)
    language = request.GET.get("language")
    asks_newest = request.GET.get("text") == NEWEST
    version = (
        found.current_version(language)
        if asks_newest
        else found.shown_version(language)
    )
    if version is None:
        raise Http404
    row = reading.row_of(found, version)
    events = list(history.of_article(found)[: EVENTS_SHOWN + 1])
    context = {
        "article": _about(found, row, version),
        "shown": _shown(found),
        "languages": reading.languages(found, row.locale),
        "versions": _versions(found, row),
        "warnings": _warnings(found, row, version),
        "steps": steps.offered(found, row, request.actor),
        "events": [lines.event_line(each) for each in events[:EVENTS_SHOWN]],
        "more_events": len(events) > EVENTS_SHOWN,
        "urls": _urls(request, found, row),
        "said": _said(row) if request.actor.may("article.draft") else [],
        "feedback": FeedbackForm(auto_id="say-%s"),
    }
    return render(request, "knowledgebase/article.html", context)


@require_POST
@named("article.feedback")
@answered
def article_feedback(request: KnownRequest, slug: str) -> HttpResponse:
    """Keep what a reader says about the text that they were shown, and lead to it."""
    found = reading.found_article(request, slug)
    form = FeedbackForm(request.POST)
    version = found.shown_version(request.POST.get("language"))
    if version is None or not form.is_valid():
        raise Invalid("kind", _("Say what you think of it, in at most 1,000 signs."))
    kind = FeedbackKind(form.cleaned_data["kind"])
    feedback.give(version, kind, request.actor, form.cleaned_data["comment"])
    messages.success(request, _("Thank you. The editors read it."))
    page = article_url(slug, request.POST.get("language"))
    return HttpResponseRedirect(f"{page}#said")


def _said(row: ArticleTranslation) -> list[dict[str, Any]]:
    """What readers said of one language, the newest first, for who writes it."""
    rows = ArticleFeedback.objects.filter(version__translation=row)
    return [
        {
            "kind": each.get_kind_display(),
            "who": lines.name_of(each.person)
            if each.person
            else each.get_actor_kind_display(),
            "comment": each.comment,
            "version": each.version.number,
            "at": each.created_at,
        }
        for each in rows.select_related("version", "person")[:FEEDBACK_SHOWN]
    ]


def _urls(
    request: KnownRequest, found: Article, row: ArticleTranslation
) -> dict[str, str]:
    may_edit = request.actor.may("article.draft")
    archived = row.state == TranslationState.ARCHIVED
    edit = f"{reverse('article_edit', args=[found.slug])}?language={row.locale}"
    return {
        "list": reverse("knowledge"),
        "edit": edit if may_edit and not archived else "",
        "languages": reverse("article_languages", args=[found.slug]),
        "history": reverse("article_history", args=[found.slug]),
        "feedback": reverse("article_feedback", args=[found.slug])
        if request.actor.may("article.feedback")
        else "",
    }


def _shown(found: Article) -> dict[str, int] | None:
    """How often end users saw a tip, and needed no report; nothing of other texts."""
    if found.audience != Audience.TIP:
        return None
    shown, solved = guidance.shown(found.pk)
    return {"times": shown, "solved": solved}


def _about(
    found: Article, row: ArticleTranslation, version: ArticleVersion
) -> dict[str, Any]:
    published = version.pk == row.published_version_id and row.is_readable
    return {
        "title": version.title,
        "body": reading.body_of(version),
        "asked_as": version.asked_as.splitlines(),
        "locale": row.locale,
        "audience_label": found.get_audience_display(),
        "is_draft": not published,
        "is_stale": row.stale_at is not None,
        "state_label": row.get_state_display(),
        "version": version.number,
        "author": lines.name_of(version.author),
        "reviewer": lines.name_of(version.reviewer) if version.reviewer else "",
        "published_at": version.published_at if published else None,
        "owner": lines.name_of(found.owner) if found.owner else "",
        "review_by": found.review_by,
        "channels": shelf.channels(found),
        "providers": [each.name for each in found.providers.all()],
        "categories": [
            {"name": each.name, "url": shelf.category_url(each.slug)}
            for each in found.categories.all()
        ],
    }


def _warnings(
    found: Article, row: ArticleTranslation, version: ArticleVersion
) -> list[dict[str, str]]:
    """What a reader should know before they trust the text."""
    said = []
    newest = row.current_version
    readers_text = version.pk == row.published_version_id and row.is_readable
    if readers_text and row.stale_at:
        said.append({"text": _("This text may be out of date.")})
    if readers_text and found.is_outdated(row):
        said.append({"text": _("The text it was translated from has changed since.")})
    if row.parked_at is not None:
        said.append({"text": _("It was approved but could not be published.")})
    if newest is not None and newest.pk != version.pk:
        said.append(
            {
                "text": _("Version %(number)d is in work: %(state)s.")
                % {"number": newest.number, "state": row.get_state_display()},
                "url": article_url(found.slug, row.locale, text=NEWEST),
                "link": _("Read it"),
            }
        )
    if not readers_text and row.is_readable:
        said.append(
            {
                "text": _("Readers still get the published text."),
                "url": article_url(found.slug, row.locale),
                "link": _("Read it"),
            }
        )
    return said


def _versions(found: Article, row: ArticleTranslation) -> list[dict[str, Any]]:
    rows = row.versions.select_related("author", "reviewer")
    return [
        {
            **lines.version_line(each, row.published_version_id),
            "is_current": each.pk == row.current_version_id,
            "url": version_url(found, row, each.number),
        }
        for each in rows[:VERSIONS_SHOWN]
    ]


def version_url(found: Article, row: ArticleTranslation, number: int) -> str:
    """The page on which a version is compared with another."""
    path = reverse("article_version", args=[found.slug, number])
    return f"{path}?language={row.locale}"
