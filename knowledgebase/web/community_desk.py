"""How do moderators look after the community?"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deliveries import language
from deliveries.request import KnownRequest, posted_name
from knowledgebase import community
from knowledgebase.community import Author
from knowledgebase.models import Answer, Locale, Question
from knowledgebase.web import community_lines
from knowledgebase.web.community_frame import (
    answer,
    author_of,
    found_answer,
    found_question,
    url_of,
    written,
)
from knowledgebase.web.community_pages import paged
from knowledgebase.web.naming import named
from knowledgebase.web.public_frame import spoken, url_in

KINDS: dict[str, Any] = {"questions": Question, "answers": Answer}


@never_cache
@require_safe
@named("community.moderate")
@spoken
def community_moderation(request: KnownRequest) -> HttpResponse:
    """List what waits for a moderator: questions, or answers."""
    kind = request.GET.get("show") or "questions"
    if kind not in KINDS:
        raise Http404
    author = author_of(request)
    rows = KINDS[kind].objects.held()
    if kind == "answers":
        rows = rows.select_related("question")
    page, found = paged(request, rows, f"moderation-{kind}")
    context = {
        "available": Locale.values,
        "tabs": _tabs(kind),
        "posts": [_line(each, author) for each in found],
        "page": page,
    }
    return answer(request, "knowledgebase/community_moderation.html", context)


def _tabs(kind: str) -> list[dict[str, Any]]:
    labels = {"questions": _("Questions"), "answers": _("Answers")}
    path = reverse("community_moderation")
    return [
        {
            "label": label,
            "count": KINDS[name].objects.held().count(),
            "url": url_in(path, language.current(), show=name),
            "current": name == kind,
        }
        for name, label in labels.items()
    ]


def _line(post: Question | Answer, author: Author) -> dict[str, Any]:
    asked = post.question if isinstance(post, Answer) else post
    locale = language.current()
    path = reverse("community_decision", args=[asked.public_id])
    return {
        **community_lines.post(post, author),
        "title": asked.title,
        "locale": asked.locale,
        "url": url_of(asked.public_id),
        "decision_url": url_in(path, locale),
    }


@never_cache
@require_POST
@named("community.moderate")
@spoken
@written
def community_decision(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Show or hide a question, or one of its answers."""
    asked = found_question(question, author)
    named_post = posted_name(request, "post")
    post: Question | Answer = asked
    if named_post != asked.public_id:
        post = found_answer(named_post, asked, author)
    person, now = request.actor.person_id, timezone.now()
    if request.POST.get("decision") == "show":
        community.show(post, person, now)
        messages.success(request, _("Everybody can read it now."))
    elif request.POST.get("decision") == "hide":
        community.hide(post, request.POST.get("reason", ""), person, now)
        messages.success(request, _("It is hidden. Its author reads why."))
    else:
        messages.error(request, _("Choose one of the answers."))
    if request.POST.get("back") == "queue":
        path = reverse("community_moderation")
        show = "answers" if isinstance(post, Answer) else ""
        return HttpResponseRedirect(url_in(path, language.current(), show=show))
    return HttpResponseRedirect(url_of(question))


@never_cache
@require_POST
@named("community.moderate")
@spoken
@written
def community_article(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Begin an article from an answer, and open it in the editor."""
    if not request.actor.may("article.draft"):
        raise PermissionDenied
    asked = found_question(question, author)
    found = found_answer(posted_name(request, "answer"), asked, author)
    article = community.to_article(found, request.actor.person_id)
    path = reverse("article_edit", args=[article.slug])
    return HttpResponseRedirect(f"{path}?language={asked.locale}")
