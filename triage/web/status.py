"""How does a reporter look up what became of their report, without logging in?

Whoever holds the link sees one report and may speak for its reporter. Looking changes
nothing of it, as mail scanners open links; what is said is posted, and counted by the
hour. That a browser showed somebody a tip is noted, once a day.
"""

import logging

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from deliveries import language
from deliveries.request import KnownRequest
from triage import access, advice, guiding, reporters
from triage.models import FailureReport, StatusLink
from triage.notices import budget, links, words
from triage.reporters import Word
from triage.web import status_page

log = logging.getLogger(__name__)

NOTE_MAX = 1_000  # characters of what a reporter adds
READ = ("en", "zh")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.names("site.open")  # the link is asked, below, not who has logged in
def status(request: KnownRequest, token: str) -> HttpResponse:
    """Show where a report stands, or take in what its reporter says."""
    link = links.find(token)
    if link is None:
        raise Http404
    action = "report.answer" if request.method == "POST" else "report.status"
    if isinstance(access.may(links.actor_of(link.report), action), access.Refused):
        raise PermissionDenied
    with translation.override(_locale_of(request, link.report)):
        request.LANGUAGE_CODE = translation.get_language()
        log.info("Status link %s opens %s.", link.pk, link.report.public_id)
        return _answer(request, link)


def _answer(request: KnownRequest, link: StatusLink) -> HttpResponse:
    now = timezone.now()
    report = link.report.duplicate_of or link.report
    if links.is_over(link, reporters.last_change(report), now):
        return render(request, "triage/status_over.html", status=410)
    if request.method == "POST":
        return _take_in(request, link)
    return _page(request, link)


def _locale_of(request: KnownRequest, report: FailureReport) -> str:
    """The language that was chosen, else the browser's, else the reporter's."""
    header = request.headers.get("Accept-Language", "").lower()
    tags = [each.strip() for each in header.split(",")]
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    if chosen or any(tag.startswith(READ) for tag in tags):
        return words.read_as(translation.get_language() or "")
    return words.locale_of(report)


def _page(
    request: KnownRequest, link: StatusLink, status: int = 200, **said: str
) -> HttpResponse:
    now = timezone.now()
    report = link.report.duplicate_of or link.report
    tip = advice.tip_for(report, language.current())
    if tip is not None and _is_looked_at(request):
        guiding.show(report, tip, now)
    context = status_page.build(link.report, now, tip)
    return render(request, "triage/status.html", context | said, status=status)


def _is_looked_at(request: KnownRequest) -> bool:
    """Whether a person opens the page, not a scanner of mail, nor a browser ahead."""
    said = request.headers
    ahead = said.get("Sec-Purpose") or said.get("Purpose")
    return (
        request.method == "GET"
        and not ahead
        and said.get("Sec-Fetch-Mode") == "navigate"
    )


def _take_in(request: KnownRequest, link: StatusLink) -> HttpResponse:
    act, note = request.POST.get("act", ""), request.POST.get("note", "")
    if act not in SAYINGS:
        fault = _("Choose one of the answers.")
        return _page(request, link, 400, fault=fault, note=note)
    if len(note) > NOTE_MAX or "\0" in note:
        fault = _("Your words may have %(max)d characters.") % {"max": NOTE_MAX}
        return _page(request, link, 400, fault=fault, note=note[: NOTE_MAX * 2])
    now = timezone.now()
    address = BaseThrottle().get_ident(Request(request))
    if not budget.spend(link.digest, address, now):
        fault = _("That was often enough for now. Please come back in an hour.")
        answer = _page(request, link, 429, fault=fault, note=note)
        answer["Retry-After"] = str(3600 - now.minute * 60 - now.second)
        return answer
    word = Word(link.report.public_id, links.actor_of(link.report), note)
    say, thanks = SAYINGS[act]
    try:
        say(word, now)
    except reporters.NotNow as refusal:
        return _page(request, link, 409, fault=str(refusal), note=note)
    messages.success(request, str(thanks))
    return HttpResponseRedirect(request.path)


SAYINGS = {
    "arrived": (
        reporters.arrived,
        gettext_lazy("Thank you. Good to know."),
    ),
    "still_failing": (
        reporters.still_failing,
        gettext_lazy("Thank you. We know now that it is still missing."),
    ),
    "helped": (
        guiding.helped,
        gettext_lazy("Good to know that it helped. Your report is withdrawn."),
    ),
    "withdraw": (
        reporters.withdraw,
        gettext_lazy("Your report is withdrawn."),
    ),
    "reopen": (
        reporters.reopen,
        gettext_lazy("We are working on it again."),
    ),
}
