"""How is knowledge written?"""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from deliveries import language
from deliveries.request import KnownRequest
from knowledgebase import articles as use_cases
from knowledgebase.models import Article, Locale
from knowledgebase.web import shelf
from knowledgebase.web.forms import ArticleForm
from knowledgebase.web.naming import named
from knowledgebase.web.reading import found_article


@require_http_methods(["GET", "HEAD", "POST"])
@named("article.draft")
def article_new(request: KnownRequest) -> HttpResponse:
    """Begin an article as a draft."""
    initial = {"locale": language.current()}
    form = ArticleForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, None)
    version = use_cases.draft(
        _words(form),
        categories=list(form.cleaned_data["categories"]),
        author_id=request.actor.person_id,
    )
    slug = version.translation.article.slug
    return HttpResponseRedirect(reverse("article", args=[slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@named("article.draft")
def article_edit(request: KnownRequest, slug: str) -> HttpResponse:
    """Write a new version of one language of an article."""
    found = found_article(slug)
    version = found.current_version(request.GET.get("language"))
    shown = shelf.shown_translation(found, version)
    initial = {
        "locale": shown.locale if shown else Locale.EN,
        "title": version.title if version else "",
        "body": version.body if version else "",
        "categories": list(found.categories.all()),
    }
    form = ArticleForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, found)
    use_cases.write(
        found,
        _words(form),
        categories=list(form.cleaned_data["categories"]),
        author_id=request.actor.person_id,
    )
    path = reverse("article", args=[slug])
    locale = urlencode({"language": form.cleaned_data["locale"]})
    return HttpResponseRedirect(f"{path}?{locale}")


def _words(form: ArticleForm) -> use_cases.Draft:
    cleaned = form.cleaned_data
    return use_cases.Draft(cleaned["title"], cleaned["body"], cleaned["locale"])


def _form(
    request: KnownRequest, form: ArticleForm, found: Article | None
) -> HttpResponse:
    context = {
        "form": form,
        "article": found
        and {"title": str(found), "url": reverse("article", args=[found.slug])},
        "list_url": reverse("knowledge"),
    }
    status = 400 if form.is_bound else 200
    return render(request, "knowledgebase/article_edit.html", context, status=status)
