"""Who opens a page of the community, and how is it answered?

A page depends on who reads it and holds the token of its forms: no cache keeps it. A
reader gets a cookie with their first word, not before.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from deliveries import language
from deliveries.request import KnownRequest
from knowledgebase.community import Author, NotNow, TooOften, authors
from knowledgebase.models import Answer, Locale, Question
from knowledgebase.refusals import Forbidden, Invalid
from knowledgebase.spam import Sent
from knowledgebase.web.public_frame import frame, url_in

COOKIE, COOKIE_S = "community", 365 * 86_400
SALT = "community"
KEPT = ("title", "body", "email")  # what may have been typed
NARROWING = ("q", "show", "category")
View = Callable[..., HttpResponseBase]


def author_of(request: KnownRequest, token: str = "") -> Author:
    """Whoever asks, as the author that they were before; ``token`` for a new one."""
    kept = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=COOKIE_S)
    address = BaseThrottle().get_ident(Request(request))
    return authors.author(request.actor, kept or token, address)


def written(view: Callable[[KnownRequest, Author, str], HttpResponse]) -> View:
    """Run a view that writes, with its author; refusals become words on the page."""

    @wraps(view)
    def wrapper(request: KnownRequest, question: str = "") -> HttpResponse:
        token = "" if author_of(request).ref else authors.new_token()
        try:
            response = view(request, author_of(request, token), question)
        except Forbidden as error:
            raise PermissionDenied from error
        except (NotNow, Invalid) as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(url_of(question))
        except TooOften as error:
            return too_often(request, error)
        if token and request.method == "POST":
            response.set_signed_cookie(
                COOKIE,
                token,
                salt=SALT,
                max_age=COOKIE_S,
                path=reverse("community"),
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return response

    return wrapper


def too_often(request: KnownRequest, error: TooOften) -> HttpResponse:
    """Say when to come back; what was typed is kept on the page."""
    kept = [request.POST.get(name, "").strip() for name in KEPT]
    context = {"kept": [text for text in kept if text], "available": Locale.values}
    response = answer(request, "knowledgebase/community_wait.html", context, 429)
    response["Retry-After"] = str(error.retry_after_s)
    return response


def answer(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page in the active language."""
    context["public"] = frame(request, context["available"], NARROWING)
    context["home"] = url_in(reverse("community"), language.current())
    response = render(request, name, context, status=status)
    response["Content-Language"] = language.current()
    return response


def url_of(public_id: str, **query: str) -> str:
    """The page of a question in the active language; without one, the list."""
    name, args = ("community_question", [public_id]) if public_id else ("community", [])
    return url_in(reverse(name, args=args), language.current(), **query)


def found_question(public_id: str, author: Author) -> Question:
    """A question that the author may read; 404 for any other."""
    rows = Question.objects.readable(author.ref, moderates=author.moderates)
    rows = rows.select_related("category").filter(public_id=public_id)
    found: Question | None = rows.first()
    if found is None:
        raise Http404
    return found


def found_answer(public_id: str, question: Question, author: Author) -> Answer:
    """One of a question's answers that the author may read."""
    rows = Answer.objects.readable(author.ref, moderates=author.moderates)
    found: Answer | None = rows.filter(public_id=public_id, question=question).first()
    if found is None:
        raise Http404
    return found


def stamp() -> str:
    """What a form carries to say when it was given out."""
    return signing.dumps(timezone.now().timestamp(), salt=SALT)


def sent_of(request: KnownRequest) -> Sent:
    """How the text of a request came."""
    try:
        given = float(signing.loads(request.POST.get("stamp", ""), salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return Sent(None, request.POST.get("website", ""))
    took = timezone.now().timestamp() - given
    return Sent(took, request.POST.get("website", ""))


def thank(request: KnownRequest, post: Question | Answer, thanks: str) -> None:
    """Say that a text is there, or that it waits."""
    if post.is_shown:
        messages.success(request, thanks)
    else:
        words = _("Thank you. Somebody looks at your text before everybody sees it.")
        messages.info(request, words)
