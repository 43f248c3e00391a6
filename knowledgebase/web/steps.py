"""Which steps may be taken with a text, and what do they ask?"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from knowledgebase import reviewing
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    StaleReason,
    TranslationState,
)
from knowledgebase.refusals import Invalid
from knowledgebase.web.answers import answered, article_url
from knowledgebase.web.forms import StepForm
from knowledgebase.web.naming import named
from knowledgebase.web.reading import found_article

S = TranslationState
DRAFTING, PUBLISHING = "article.draft", "article.publish"
LABELS: dict[str, Promise] = {
    "send": gettext_lazy("Send to review"),
    "withdraw": gettext_lazy("Take back from review"),
    "approve": gettext_lazy("Approve and publish"),
    "send_back": gettext_lazy("Send back"),
    "stale": gettext_lazy("Mark as stale"),
    "confirm": gettext_lazy("Still right"),
    "archive": gettext_lazy("Archive"),
    "restore": gettext_lazy("Restore as a draft"),
}
# Which fields a step asks for, besides the button.
ASKS: dict[str, tuple[str, ...]] = {
    "send": ("note",),
    "approve": ("publish_at",),
    "send_back": ("note",),
    "stale": ("reason", "note"),
    "archive": ("note",),
}
# By state: the steps, the most likely first.
OFFERED: dict[str, tuple[str, ...]] = {
    S.DRAFT: ("send", "archive"),
    S.IN_REVIEW: ("approve", "send_back", "withdraw"),
    S.PUBLISHED: ("stale", "archive"),
    S.STALE: ("confirm", "archive"),
    S.ARCHIVED: ("restore",),
}
DRAFTERS = ("send", "withdraw")


def offered(
    article: Article, row: ArticleTranslation, actor: Actor
) -> list[dict[str, Any]]:
    """The steps that the actor may take with one language, each with its form."""
    version = row.current_version
    if version is None:
        return []
    own = version.author_id is not None and version.author_id == actor.person_id
    found: list[dict[str, Any]] = []
    for step in OFFERED[row.state]:
        right = DRAFTING if step in DRAFTERS else PUBLISHING
        refused = (step == "approve" and own) or (
            step == "withdraw" and not own and not actor.may(PUBLISHING)
        )
        if refused or not actor.may(right):
            continue
        route = "article_review" if step in DRAFTERS else "article_decision"
        form = StepForm(auto_id=f"{step}-%s")
        found.append(
            {
                "step": step,
                "label": LABELS[step],
                "url": reverse(route, args=[article.slug]),
                "language": row.locale,
                "seen": version.number,
                "fields": [form[name] for name in ASKS.get(step, ())],
                # Nothing need be done with a text that holds.
                "primary": not found and row.state != S.PUBLISHED,
            }
        )
    return found


@require_POST
@named(DRAFTING)
@answered
def article_review(request: KnownRequest, slug: str) -> HttpResponse:
    """Send a text to review, or take it back."""
    return _take(request, slug, {"send": _send, "withdraw": _withdraw})


@require_POST
@named(PUBLISHING)
@answered
def article_decision(request: KnownRequest, slug: str) -> HttpResponse:
    """Decide about a text: publish, send back, stale, right, archive, restore."""
    return _take(request, slug, DECISIONS)


Step = Callable[[Article, Actor, dict[str, Any]], str]


def _take(request: KnownRequest, slug: str, steps: dict[str, Step]) -> HttpResponse:
    article = found_article(request, slug)
    form = StepForm(request.POST)
    if not form.is_valid():
        field, faults = next(iter(form.errors.items()))
        raise Invalid(field, str(faults[0]))
    asked = form.cleaned_data
    if asked["step"] not in steps:
        raise Invalid("step", _("There is no such step."))
    messages.success(request, steps[asked["step"]](article, request.actor, asked))
    return HttpResponseRedirect(article_url(slug, asked["language"], text="newest"))


def _send(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.send(
        article, asked["language"], actor, seen=asked["seen"], note=asked["note"]
    )
    return _("Sent to review. Another person approves it.")


def _withdraw(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.withdraw(article, asked["language"], actor, seen=asked["seen"])
    return _("Taken back from review; it is a draft again.")


def _approve(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    at, now = asked["publish_at"], timezone.now()
    reviewing.approve(
        article, asked["language"], actor, seen=asked["seen"], now=now, publish_at=at
    )
    if at and at > now:
        return _("Approved. It is published at the time you named.")
    return _("Published.")


def _send_back(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.send_back(
        article, asked["language"], actor, seen=asked["seen"], note=asked["note"]
    )
    return _("Sent back to the author.")


def _stale(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.mark_stale(
        article,
        asked["language"],
        actor,
        seen=asked["seen"],
        reason=StaleReason(asked["reason"] or StaleReason.WRONG),
        note=asked["note"],
        now=timezone.now(),
    )
    return _("Marked as stale. Readers keep it, with a warning.")


def _confirm(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    now = timezone.now()
    reviewing.confirm(article, asked["language"], actor, seen=asked["seen"], now=now)
    return _("Confirmed. It is reviewed again in half a year.")


def _archive(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.archive(
        article, asked["language"], actor, seen=asked["seen"], note=asked["note"]
    )
    return _("Archived. Readers do not see it any more.")


def _restore(article: Article, actor: Actor, asked: dict[str, Any]) -> str:
    reviewing.restore(article, asked["language"], actor, seen=asked["seen"])
    return _("Restored as a draft. It is reviewed before it is read.")


DECISIONS: dict[str, Step] = {
    "approve": _approve,
    "send_back": _send_back,
    "stale": _stale,
    "confirm": _confirm,
    "archive": _archive,
    "restore": _restore,
}
