"""How does a reader choose light or dark?"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from triage import access
from triage.web.frame import THEME_COOKIE, THEMES

YEAR_S = 365 * 24 * 3600


@require_POST
@access.names("site.open")
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in a cookie; an unknown one means the system's."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
