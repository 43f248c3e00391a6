"""What helps somebody who misses a message, and how does the service stand?

For everybody, without logging in. Pages ask a handful of queries, write nothing and
may be kept by caches.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries import keyset, language, taxonomy, vault
from deliveries.keyset import Value
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase import guidance, markup
from knowledgebase.models import ArticleVersion, Audience, Locale
from triage import access, service_status
from triage.web import help_frame, help_search
from triage.web.help_words import SAID, status_in_words

PAGE = 30
LIST = "help"
AUDIENCE = "translation__article__audience"  # "public" comes before "tip"
CAUSES_SHOWN = 2  # a text about more of them is about none in particular
SUMMARY = 180  # characters of a text in a list


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; nothing of it means the front page."""

    words: str
    channel: str
    cause: FailureCategory | None

    def __bool__(self) -> bool:
        return bool(self.words or self.channel or self.cause)


@require_safe
@access.names("site.open")
def help_centre(request: HttpRequest) -> HttpResponseBase:
    """List guides and causes, or the texts that are looked for."""
    locale = help_frame.locale_of(request)
    with translation.override(locale):
        asked = _asked(request, locale)
        found = _found(request, asked, locale)
        context = {
            "available": Locale.values,
            "asked": asked,
            "heading": _heading(asked, missed=found.whole and not found.texts),
            "exact": _exact(asked.cause, _plain(asked.cause)) if asked.cause else "",
            "channels": _channels(locale, asked),
            "causes": [] if asked else _causes(locale),
            "texts": found.texts,
            "page": found.page,
            "whole": found.whole,
            "status": status_in_words(service_status.now_at(timezone.now())),
            "home": help_frame.url_in(reverse("help"), locale),
        }
        return help_frame.answer(request, "triage/help.html", context)


@require_safe
@access.names("site.open")
def help_article(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show one text for everybody, and ask whether it helped."""
    locale = help_frame.locale_of(request)
    with translation.override(locale):
        version = guidance.read(slug, locale)
        if version is None:
            raise Http404
        help_search.came_by_search(request, locale)
        return article_page(request, version, said=request.GET.get("said", ""))


def article_page(
    request: HttpRequest,
    version: ArticleVersion,
    *,
    status: int = 200,
    said: str = "",
    fault: str = "",
    comment: str = "",
) -> HttpResponseBase:
    """Answer with a text in the active language; ``fault`` is said above the form."""
    locale = language.current()
    row = version.translation
    plain = guidance.plain_name(locale)
    categories = list(row.article.categories.annotate(plain=plain))
    context = {
        "available": guidance.languages(row.article_id),
        "text": {
            "title": version.title,
            "body": mark_safe(markup.to_html(version.body)),  # noqa: S308
            "summary": _summary(version),
            "locale": row.locale,
            "foreign": row.locale != locale,
            "version": version.number,
            "published_at": version.published_at,
            "channels": [ChannelKind(each).label for each in row.article.channels],
            "causes": [_cause(each, _plain(each), locale) for each in categories]
            if len(categories) <= CAUSES_SHOWN
            else [],
        },
        "related": [_line(each, locale) for each in guidance.related(version, locale)],
        "home": help_frame.url_in(reverse("help"), locale),
        "feedback_url": help_frame.url_in(
            reverse("help_feedback", args=[row.article.slug]), locale
        ),
        "thanks": SAID.get(said, ""),
        "fault": fault,
        "comment": comment,
    }
    name = "triage/help_article.html"
    return help_frame.answer(request, name, context, status, narrowing=())


def _asked(request: HttpRequest, locale: str) -> Asked:
    """Read what is looked for; what there is not is a page that is not there."""
    words, channel = request.GET.get("q", ""), request.GET.get("channel", "")
    slug = request.GET.get("category", "")
    named = FailureCategory.objects.annotate(plain=guidance.plain_name(locale))
    cause = named.filter(slug=slug).first() if slug else None
    if (channel and channel not in ChannelKind.values) or (slug and cause is None):
        raise Http404
    return Asked(words.strip()[: help_search.LONGEST], channel, cause)


def _narrowed(rows: QuerySet[ArticleVersion], asked: Asked) -> QuerySet[ArticleVersion]:
    article = "translation__article__"
    if asked.channel:
        named = rows.filter(**{f"{article}channels__contains": [asked.channel]})
        rows = named | rows.filter(**{f"{article}channels": []})
    if asked.cause:
        rows = rows.filter(**{f"{article}categories": asked.cause})
    if not asked:
        rows = rows.filter(**{f"{article}audience": Audience.PUBLIC})
    return rows


def _found(request: HttpRequest, asked: Asked, locale: str) -> help_search.Results:
    """Search for words, or list what is not to be searched for."""
    if asked.words:
        category = asked.cause.slug if asked.cause else ""
        return help_search.results(
            request,
            asked.words,
            channel=asked.channel,
            category=category,
            locale=locale,
        )
    rows = _narrowed(guidance.for_everybody(locale), asked)
    page, texts = _page_of(request, rows)
    return help_search.Results(page, [_line(each, locale) for each in texts])


def _page_of(
    request: HttpRequest, rows: QuerySet[ArticleVersion]
) -> tuple[dict[str, str], list[ArticleVersion]]:
    """Return the neighbouring pages, and the texts of this one."""
    key = vault.derived_key("cursor")
    cursor = None
    if text := request.GET.get("cursor"):
        try:
            cursor = keyset.decode(text, name=LIST, key=key, length=2)
        except keyset.CursorInvalid as error:
            raise Http404 from error
    backwards = cursor is not None and cursor.backwards
    order = (f"-{AUDIENCE}", "pk") if backwards else (AUDIENCE, "-pk")
    if cursor is not None:
        rows = rows.filter(_beyond(*cursor.values, backwards=backwards))
    page = keyset.page(
        list(rows.order_by(*order)[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda version: (version.translation.article.audience, version.pk),
    )
    urls = {}
    for name, neighbour in (("next_url", page.next), ("previous_url", page.previous)):
        if neighbour is not None:
            query = request.GET.copy()
            query["cursor"] = keyset.encode(neighbour, name=LIST, key=key)
            urls[name] = f"{request.path}?{query.urlencode()}"
    return urls, page.rows


def _beyond(audience: Value, key: Value, *, backwards: bool) -> Q:
    """Rows after a place in the list, or before it: guides first, then the newest."""
    if backwards:
        return Q(**{f"{AUDIENCE}__lt": audience}) | Q(
            **{AUDIENCE: audience, "pk__gt": key}
        )
    return Q(**{f"{AUDIENCE}__gt": audience}) | Q(**{AUDIENCE: audience, "pk__lt": key})


def _heading(asked: Asked, *, missed: bool) -> str:
    if asked.words and missed:
        return _("Nothing found for “%(words)s”") % {"words": asked.words}
    if asked.words:
        return _("Found for “%(words)s”") % {"words": asked.words}
    if asked.cause:
        return _plain(asked.cause)
    if asked.channel:
        return str(ChannelKind(asked.channel).label)
    return _("Guides")


def _channels(locale: str, asked: Asked) -> list[dict[str, Any]]:
    path = reverse("help")
    return [
        {
            "label": label,
            "url": help_frame.url_in(path, locale, channel=value),
            "current": value == asked.channel,
        }
        for value, label in ChannelKind.choices
    ]


def _causes(locale: str) -> list[dict[str, Any]]:
    """The causes that something is said about, by family."""
    by_slug = {each.slug: each for each in guidance.told_of()}
    plain = guidance.plain_names(locale)
    loaded = taxonomy.load()
    families = [
        {
            "name": family.name_in(locale),
            "causes": [
                _cause(each, plain.get(each.pk) or each.name, locale)
                for leaf in loaded.categories
                if leaf.family == family.slug and (each := by_slug.get(leaf.slug))
            ],
        }
        for family in loaded.families
    ]
    return [each for each in families if each["causes"]]


def _cause(category: FailureCategory, plain: str, locale: str) -> dict[str, str]:
    url = help_frame.url_in(reverse("help"), locale, category=category.slug)
    return {"name": plain, "exact": _exact(category, plain), "url": url}


def _exact(category: FailureCategory, plain: str) -> str:
    """What staff call it, if people call it otherwise."""
    return category.name if plain != category.name else ""


def _plain(category: FailureCategory) -> str:
    """The words of the tip about it; its own name is written for staff."""
    plain: str | None = getattr(category, "plain", None)
    return plain or category.name


def _line(version: ArticleVersion, locale: str) -> dict[str, Any]:
    article = version.translation.article
    return {
        "title": version.title,
        "url": help_frame.url_in(reverse("help_article", args=[article.slug]), locale),
        "summary": _summary(version),
        "locale": version.translation.locale,
        "channels": [ChannelKind(each).label for each in article.channels],
    }


def _summary(version: ArticleVersion) -> str:
    text = markup.to_text(version.body)
    return text if len(text) <= SUMMARY else text[:SUMMARY].rstrip() + "…"
