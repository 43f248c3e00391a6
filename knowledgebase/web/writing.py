"""How is knowledge written?"""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries import language
from deliveries.request import KnownRequest
from knowledgebase import articles as use_cases
from knowledgebase import describing, missed, titles
from knowledgebase.articles import About
from knowledgebase.markup import to_html
from knowledgebase.models import (
    TITLE_MAX,
    WORDS_MAX,
    Article,
    ArticleVersion,
    Locale,
)
from knowledgebase.refusals import Invalid
from knowledgebase.web import reading
from knowledgebase.web.answers import answered, article_url
from knowledgebase.web.forms import BODY_MAX, ArticleForm
from knowledgebase.web.naming import named

PREVIEW = "preview"  # the button that shows what was typed, without a script


@require_http_methods(["GET", "HEAD", "POST"])
@named("article.draft")
def article_new(request: KnownRequest) -> HttpResponse:
    """Begin an article as a draft."""
    locale = request.GET.get("locale")
    initial = {
        "locale": locale if locale in Locale.values else language.current(),
        "title": request.GET.get("title", "")[:TITLE_MAX],
        "owner": request.actor.person_id,
    }
    form = ArticleForm(request.POST or None, initial=initial)
    if request.method != "POST" or PREVIEW in request.POST or not form.is_valid():
        return page(request, form)
    author = request.actor.person_id
    about = form.about(About([], owner_id=author))
    version = use_cases.draft(form.words(), about=about, author_id=author)
    slug = version.translation.article.slug
    return HttpResponseRedirect(reverse("article", args=[slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@named("article.draft")
@answered
def article_edit(request: KnownRequest, slug: str) -> HttpResponse:
    """Write a new version of one language of an article."""
    found = reading.found_article(request, slug)
    form = ArticleForm(request.POST or None, initial=_initial(request, found))
    if request.method != "POST" or PREVIEW in request.POST or not form.is_valid():
        return page(request, form, found)
    words = form.words()
    try:
        _save(request, found, form)
    except Invalid as invalid:
        form.add_error(
            invalid.field if invalid.field in form.fields else None, invalid.message
        )
        return page(request, form, found)
    missed.answered(words.asked_as or "", locale=words.locale, now=timezone.now())
    return HttpResponseRedirect(article_url(slug, words.locale, text="newest"))


def _save(request: KnownRequest, found: Article, form: ArticleForm) -> None:
    """Write words and properties together, or nothing."""
    cleaned = form.cleaned_data
    source = found.translation_in(found.source_locale)
    follows = cleaned["follows"]
    describing.save(
        found,
        form.words(),
        form.about(describing.of(found)),
        request.actor,
        base=cleaned["base"],
        seen=cleaned["seen"],
        follows=source.versions.filter(number=follows).first()
        if source and follows
        else None,
    )


def _initial(request: KnownRequest, found: Article) -> dict[str, Any]:
    wanted = request.GET.get("language")
    shown = found.current_version(wanted)
    row = found.translation_in(wanted) if wanted in Locale.values else None
    if row is None and shown is not None and wanted not in Locale.values:
        row = reading.row_of(found, shown)
    version = row.current_version if row else None
    locale = row.locale if row else wanted if wanted in Locale.values else Locale.EN
    text = _source_text(found)
    about = describing.of(found)
    return {
        "locale": locale,
        "title": version.title if version else "",
        "body": version.body if version else "",
        "asked_as": _asked_as(request, version),
        "categories": list(about.categories),
        "audience": about.audience,
        "channels": list(about.channels),
        "providers": list(about.providers),
        "owner": about.owner_id,
        "review_by": about.review_by,
        "base": version.number if version else 0,
        "seen": found.version,
        "follows": text.number if text and locale != found.source_locale else None,
    }


def _asked_as(request: KnownRequest, version: ArticleVersion | None) -> str:
    """What people type by this text, and what it is to be found by from now on."""
    known = version.asked_as if version else ""
    return f"{known}\n{request.GET.get('asked_as', '')[:WORDS_MAX]}".strip()


def page(
    request: KnownRequest,
    form: ArticleForm,
    found: Article | None = None,
    *,
    action: str = "",
) -> HttpResponse:
    """The editor; ``action`` is where it is sent to, by default its own address."""
    title, body = form["title"].value() or "", form["body"].value() or ""
    locale = str(form["locale"].value())
    path = reverse("article_edit", args=[found.slug]) if found else ""
    context = {
        "form": form,
        "action": action,
        "article": found
        and {"title": str(found), "url": reverse("article", args=[found.slug])},
        "languages": reading.languages(found, locale, path) if found else [],
        "source": _source(found, locale) if found else None,
        "preview": {"title": title, "body": _html(body), "locale": locale},
        "titles_url": f"{reverse('article_titles')}?but={found.slug if found else ''}",
        "preview_url": reverse("article_preview"),
        "list_url": reverse("knowledge"),
    }
    failed = form.is_bound and PREVIEW not in request.POST and bool(form.errors)
    return render(
        request,
        "knowledgebase/article_edit.html",
        context,
        status=400 if failed else 200,
    )


def _source(found: Article, locale: str) -> dict[str, Any] | None:
    """The text of the source language, beside which a translation is written."""
    text = _source_text(found)
    if text is None or locale == found.source_locale:
        return None
    return {
        "title": text.title,
        "body": reading.body_of(text),
        "number": text.number,
        "locale": found.source_locale,
        "compare_url": reverse("article_languages", args=[found.slug]),
    }


def _source_text(found: Article) -> ArticleVersion | None:
    row = found.translation_in(found.source_locale)
    return (row.published_version or row.current_version) if row else None


def _html(body: str) -> str:
    return mark_safe(to_html(body[:BODY_MAX]))  # noqa: S308  # sanitised by the renderer


@require_POST
@named("article.draft")
def article_preview(request: KnownRequest) -> HttpResponse:
    """Render what is being typed, as a fragment; keeps nothing."""
    locale = request.POST.get("locale", "")
    context = {
        "preview": {
            "title": request.POST.get("title", "")[:TITLE_MAX],
            "body": _html(request.POST.get("body", "")),
            "locale": locale if locale in Locale.values else Locale.EN,
        }
    }
    return render(request, "knowledgebase/_preview.html", context)


@require_safe
@named("article.draft")
def article_titles(request: KnownRequest) -> HttpResponse:
    """List articles with a title like the one that is being typed, as a fragment."""
    title = request.GET.get("title", "")[:TITLE_MAX].replace("\x00", "").strip()
    found = titles.alike(title, but=request.GET.get("but", "")[:120]) if title else []
    context = {
        "alike": [
            {
                "title": each.title,
                "url": article_url(
                    each.translation.article.slug, each.translation.locale
                ),
                "locale": each.translation.locale,
                "state_label": each.translation.get_state_display(),
            }
            for each in found
        ]
    }
    return render(request, "knowledgebase/_alike.html", context)
