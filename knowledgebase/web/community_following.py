"""How does a reader follow a question by e-mail, agree to it, and stop?

Mail programs open links by themselves: a page behind a link changes nothing, its
button does. Who stops needs no cookie, because their mail program presses for them
(RFC 8058).
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from deliveries import language
from deliveries.request import KnownRequest
from knowledgebase.community import Author, following
from knowledgebase.models import Follower, Locale
from knowledgebase.refusals import Invalid
from knowledgebase.web.community_frame import (
    answer,
    found_question,
    sent_of,
    url_of,
    written,
)
from knowledgebase.web.community_pages import AnswerForm, FollowForm, question_page
from knowledgebase.web.naming import named
from knowledgebase.web.public_frame import spoken

GONE = 410


@never_cache
@require_POST
@named("community.follow")
@spoken
@written
def community_followers(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Take an address in; what is answered tells nothing of it."""
    if not settings.EMAIL_HOST:
        raise Http404
    asked = found_question(question, author)
    form = FollowForm(request.POST)
    if form.is_valid():
        wish = following.Wish(form.cleaned_data["email"], language.current())
        now = timezone.now()
        try:
            following.follow(asked, wish, author, sent_of(request), now)
        except Invalid as invalid:
            form.add_error(invalid.field, invalid.message)
    if form.errors:
        return question_page(request, asked, author, AnswerForm(), 400, follow=form)
    words = _("If this address can be used, we have sent it a mail with a link.")
    messages.info(request, words)
    return HttpResponseRedirect(url_of(question))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@named("community.follow")
@spoken
def community_confirmation(request: KnownRequest, confirmation: str) -> HttpResponse:
    """Ask whether an address is to follow a question; only the press decides."""
    found, now = following.asked_by(confirmation), timezone.now()
    template = "knowledgebase/community_confirmation.html"
    if found is None:  # a newer link took its place, or the question is hidden
        return answer(
            request, template, {"available": Locale.values, "over": True}, 404
        )
    over = following.is_over(found, now)
    if request.method == "POST" and not over:
        following.confirm(found, now)
        messages.success(request, _("You hear of new answers by e-mail from now on."))
        return HttpResponseRedirect(url_of(found.question.public_id))
    context = {**_about(found), "over": over}
    return answer(request, template, context, GONE if over else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@named("community.follow")
@spoken
def community_follower(request: KnownRequest, follower: str) -> HttpResponse:
    """Ask whether mails are to end, or end them; who stopped before is told so."""
    if not following.is_ending(follower):
        raise Http404
    found = following.ended_by(follower)
    if found is not None and request.method == "POST":
        following.stop(found, everything="everything" in request.POST)
        found = None
    context = _about(found) if found else {"available": Locale.values, "masked": ""}
    return answer(request, "knowledgebase/community_follower.html", context)


def _about(found: Follower) -> dict[str, Any]:
    """What the pages behind the links say; of a question that is hidden, nothing."""
    asked = found.question
    return {
        "available": Locale.values,
        "masked": found.masked,
        "title": asked.title if asked.is_shown else "",
        "locale": asked.locale,
        "question_url": url_of(asked.public_id),
    }
