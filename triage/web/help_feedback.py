"""Did a text help, and if not, why?

The form stands on pages that caches keep, so it has no token of its own. A browser says
itself from where it posts, and nothing of who asks is used but how often their network
has said something this hour.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from deliveries import vault
from deliveries.redaction import Redactor
from knowledgebase import guidance
from knowledgebase.models import (
    COMMENT_MAX,
    ArticleFeedback,
    ArticleVersion,
    FeedbackKind,
    ReaderKind,
)
from triage import access
from triage.notices import budget
from triage.web import help_frame
from triage.web.help_centre import article_page

KINDS = (FeedbackKind.HELPED, FeedbackKind.DID_NOT)


@never_cache
@csrf_exempt
@require_POST
@access.names("site.open")
def help_feedback(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Keep what a reader says; the comment without personal data."""
    if not _is_from_here(request):
        raise PermissionDenied
    with translation.override(help_frame.locale_of(request)):
        version = guidance.read(slug, help_frame.locale_of(request))
        if version is None:
            raise Http404
        return _take_in(request, version, slug)


def _take_in(
    request: HttpRequest, version: ArticleVersion, slug: str
) -> HttpResponseBase:
    kind, comment = request.POST.get("kind", ""), request.POST.get("comment", "")
    if kind not in KINDS:
        fault = _("Choose one of the answers.")
        return article_page(request, version, status=400, fault=fault, comment=comment)
    kept = Redactor(vault.derived_key("help")).text(comment.strip()).text
    if len(comment) > COMMENT_MAX or len(kept) > COMMENT_MAX or "\0" in comment:
        fault = _("Your words may have %(max)d characters.") % {"max": COMMENT_MAX}
        cut = comment.replace("\0", "")[: COMMENT_MAX * 2]
        return article_page(request, version, status=400, fault=fault, comment=cut)
    now = timezone.now()
    address = BaseThrottle().get_ident(Request(request))
    if not budget.spend_words(address, now):
        fault = _("That was often enough for now. Please come back in an hour.")
        answer = article_page(
            request, version, status=429, fault=fault, comment=comment
        )
        answer["Retry-After"] = str(3600 - now.minute * 60 - now.second)
        return answer
    ArticleFeedback.objects.create(
        version=version, kind=kind, comment=kept, actor_kind=ReaderKind.PUBLIC
    )
    page = reverse("help_article", args=[slug])
    locale = help_frame.locale_of(request)
    return HttpResponseRedirect(help_frame.url_in(page, locale, said=kind) + "#helped")


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of ours posts; silence is refused."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") == own
