"""What is asked and answered in the community?"""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deliveries import keyset, language, vault
from deliveries.models import ChannelKind, FailureCategory, Source
from deliveries.request import KnownRequest
from knowledgebase.community import Author, finding
from knowledgebase.models import POST_MAX, Locale, Question, QuestionState
from knowledgebase.web import community_lines
from knowledgebase.web.community_frame import (
    answer,
    author_of,
    found_question,
    stamp,
    url_of,
)
from knowledgebase.web.naming import named
from knowledgebase.web.public_frame import spoken, url_in

PAGE = 30
LIST = "community"
SHOW = {
    "": gettext_lazy("Newest"),
    "unanswered": gettext_lazy("Unanswered"),
    "solved": gettext_lazy("Solved"),
}
STATE = {"unanswered": QuestionState.OPEN, "solved": QuestionState.ACCEPTED}


class AnswerForm(forms.Form):
    """What somebody says to a question."""

    body = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=POST_MAX * 2,  # what is too long is said by the use case
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "Markdown works; pictures are not shown. Please write no names, addresses"
            " or numbers."
        ),
    )


class FollowForm(forms.Form):
    """Where somebody wants to hear of new answers."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,  # of a path in SMTP, RFC 5321 §4.5.3.1.3
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy(
            "You get a link first, to agree by. The address is used for nothing else"
            " and deleted when you stop."
        ),
    )


@never_cache
@require_safe
@named("community.read")
@spoken
def community(request: KnownRequest) -> HttpResponse:
    """List questions: the newest, those without an answer, of a cause, with words."""
    shown = request.GET.get("show", "")
    slug, words = request.GET.get("category", ""), request.GET.get("q", "").strip()
    cause = FailureCategory.objects.filter(slug=slug).first() if slug else None
    if shown not in SHOW or (slug and cause is None):
        raise Http404
    rows: QuerySet[Question] = Question.objects.shown()
    if shown:
        rows = rows.filter(state=STATE[shown])
    if cause:
        rows = rows.filter(category=cause)
    page, found, whole = _page_of(request, rows, words)
    author = author_of(request)
    context = {
        "available": Locale.values,
        "heading": cause.name if cause else _("Questions and answers"),
        "words": words[: finding.LONGEST],
        "narrowed": bool(shown or cause or words),
        "tabs": _tabs(shown, slug),
        "category": slug,
        "show": shown,
        "causes": _causes() if not words else [],
        "questions": [community_lines.line(each) for each in found],
        "page": page,
        "whole": whole,
        "ask_url": url_in(reverse("community_ask"), language.current()),
        "moderation_url": _moderation_url(author),
    }
    return answer(request, "knowledgebase/community.html", context)


@never_cache
@require_safe
@named("community.read")
@spoken
def community_question(request: KnownRequest, question: str) -> HttpResponse:
    """Show a question with its answers."""
    author = author_of(request)
    found = found_question(question, author)
    return question_page(request, found, author, AnswerForm())


def question_page(
    request: KnownRequest,
    found: Question,
    author: Author,
    form: AnswerForm,
    status: int = 200,
    follow: FollowForm | None = None,
) -> HttpResponse:
    """Answer with a question; the forms may hold what could not be taken in."""
    rows = list(finding.answers_of(found, author.ref, moderates=author.moderates))
    written = finding.written_of(rows, found.locale)
    asked = community_lines.question(found, author)
    mails = settings.EMAIL_HOST and asked["takes_answers"]
    context = {
        "available": [found.locale],
        "question": asked,
        "answers": [community_lines.answer(each, found, author) for each in rows],
        "written": [community_lines.text(each) for each in written],
        "form": form,
        "follow": (follow or FollowForm()) if mails else None,
        "stamp": stamp(),
        "writes": request.actor.may("community.answer"),
        "moderates": author.moderates,
        "urls": _urls(found.public_id),
        "moderation_url": _moderation_url(author),
        "sources": _sources() if author.moderates else [],
        "channels": ChannelKind.choices,
        "index": found.is_shown,
    }
    return answer(request, "knowledgebase/community_question.html", context, status)


def _urls(public_id: str) -> dict[str, str]:
    names = (
        "answers", "acceptance", "votes", "closing", "decision", "article", "followers",
    )  # fmt: skip
    locale = language.current()
    urls = {
        name: url_in(reverse(f"community_{name}", args=[public_id]), locale)
        for name in names
    }
    # The page above lies under this one; which it is, only its own app knows.
    below = reverse("community_question", args=[public_id])
    return {**urls, "report": url_in(f"{below}report/", locale)}


def _sources() -> list[tuple[str, str]]:
    return list(Source.objects.order_by("name").values_list("slug", "name"))


def _moderation_url(author: Author) -> str:
    path = reverse("community_moderation")
    return url_in(path, language.current()) if author.moderates else ""


def _tabs(shown: str, category: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_of("", show=name, category=category),
            "current": name == shown,
        }
        for name, label in SHOW.items()
    ]


def _causes() -> list[dict[str, str]]:
    """Causes that something is asked about."""
    asked = Question.objects.shown().values("category")
    return [
        {"name": each.name, "url": url_of("", category=each.slug)}
        for each in FailureCategory.objects.filter(pk__in=asked).order_by("slug")
    ]


def _page_of(
    request: KnownRequest, rows: QuerySet[Question], words: str
) -> tuple[dict[str, str], list[Question], bool]:
    """Return the neighbouring pages, the rows, and whether there was time for all."""
    if words:
        ids, whole = finding.search(rows, words, PAGE)
        found = finding.listed(Question.objects.filter(pk__in=ids)).order_by("-pk")
        return {}, list(found), whole
    urls, page = paged(request, finding.listed(rows), LIST)
    return urls, page, True


def paged(
    request: KnownRequest, rows: QuerySet[Any], name: str
) -> tuple[dict[str, str], list[Any]]:
    """One page of rows, the newest first, with the addresses of its neighbours."""
    key = vault.derived_key("cursor")
    cursor = None
    if text := request.GET.get("cursor"):
        try:
            cursor = keyset.decode(text, name=name, key=key, length=1)
        except keyset.CursorInvalid as error:
            raise Http404 from error
    ordered = rows.order_by("-pk")
    if cursor is not None and cursor.backwards:
        ordered = rows.filter(pk__gt=cursor.values[0]).order_by("pk")
    elif cursor is not None:
        ordered = ordered.filter(pk__lt=cursor.values[0])
    page = keyset.page(
        list(ordered[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    urls = {}
    for side, neighbour in (("next_url", page.next), ("previous_url", page.previous)):
        if neighbour is not None:
            query = request.GET.copy()
            query["cursor"] = keyset.encode(neighbour, name=name, key=key)
            urls[side] = f"{request.path}?{query.urlencode()}"
    return urls, page.rows
