"""How does somebody want to see the desk, in whichever browser?

What a person chose is stored with their profile; before they log in, and for what
they never said, the browser decides.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from deliveries.request import KnownRequest
from triage import access
from triage.models import AgentProfile, Theme

ATTRIBUTE = "preferred"  # of a request
THEME_COOKIE = "theme"
YEAR_S = 365 * 24 * 3600
LANGUAGES = {code for code, _name in settings.LANGUAGES}


def of(request: HttpRequest) -> AgentProfile:
    """The profile that a layer has fetched for the request; asks no database."""
    found = getattr(request, ATTRIBUTE, None)
    return found if isinstance(found, AgentProfile) else AgentProfile()


def remember(request: HttpRequest) -> AgentProfile:
    """Fetch the profile of who is logged in, once for the whole request."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return of(request)  # a stranger's answer must not seem to depend on a cookie
    user = getattr(request, "user", None)
    found = getattr(user, "agent_profile", None) if user else None
    setattr(request, ATTRIBUTE, found)
    return of(request)


def theme_of(request: HttpRequest) -> str:
    """The theme that the reader chose; empty for the system's."""
    theme = of(request).theme or request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in (Theme.LIGHT, Theme.DARK) else ""


def keep_in_browser(response: HttpResponse, *, theme: str, language: str) -> None:
    """Let the pages before the log-in look as the person wants them."""
    if language in LANGUAGES:
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, language, max_age=YEAR_S, samesite="Lax")
    if theme in (Theme.LIGHT, Theme.DARK):
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax")
    elif theme:
        response.delete_cookie(THEME_COOKIE)


@require_POST
@access.names("site.open")
def set_theme(request: KnownRequest) -> HttpResponse:
    """Remember the theme; an unknown one means the system's."""
    asked = request.POST.get("theme", "")
    theme = Theme(asked) if asked in Theme.values else Theme.SYSTEM
    _store(request, theme=theme)
    response = _back(request)
    keep_in_browser(response, theme=theme, language="")
    return response


@require_POST
@access.names("site.open")
def set_language(request: KnownRequest) -> HttpResponse:
    """Remember the language; an unknown one changes nothing."""
    language = request.POST.get("language", "")
    if language in LANGUAGES:
        _store(request, language=language)
    response = _back(request)
    keep_in_browser(response, theme="", language=language)
    return response


@require_POST
@access.names("profile.own")
def set_keys(request: KnownRequest) -> HttpResponse:
    """Let single letters act as keys, or be silent."""
    _store(request, keys_on=request.POST.get("keys") == "on")
    return _back(request)


def _store(request: KnownRequest, **chosen: Any) -> None:
    if request.user.is_authenticated:
        AgentProfile.objects.update_or_create(
            person_id=request.user.pk, defaults=chosen
        )


def _back(request: KnownRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    return HttpResponseRedirect(target)
