"""How does a person pick rows of a list?"""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deliveries.request import KnownRequest
from triage import access, selection
from triage.models import Selection
from triage.selection import Place
from triage.tickets import Invalid
from triage.web.bulk import answered
from triage.web.naming import list_url
from triage.web.selected import filled, place_of

PAGE_MOST = 500  # numbers that one page can send


@require_POST
@access.names("selection.make")
@answered
def selections(request: KnownRequest) -> HttpResponse:
    """Select all that match, take over the ticks of a page, or select nothing."""
    said = request.POST
    try:
        place = place_of(request, said)
    except Invalid as invalid:
        raise Http404 from invalid
    token = said.get("selection", "")
    if said.get("act") == "none":
        return _back(request, place, "")
    try:
        found = _picked(request, place, token)
    except Invalid as invalid:
        messages.error(request, invalid.message)
        return _back(request, place, token)
    if not request.htmx:
        return _back(request, place, found.token)
    context = {"bar": filled(found, request), "place": place}
    response = render(request, "triage/_selection.html", context)
    response["HX-Replace-Url"] = _here(request, place, found.token)
    return response


def _picked(request: KnownRequest, place: Place, token: str) -> Selection:
    said = request.POST
    if said.get("act") == "all":
        return selection.select_all(request.actor, place)
    return selection.tick(
        request.actor,
        place,
        token=token,
        shown=_numbers(said.getlist("shown")),
        ticked=_numbers(said.getlist("ticket")),
    )


def _numbers(texts: list[str]) -> list[int]:
    fits = all(each.isascii() and each.isdigit() and len(each) < 16 for each in texts)
    if not fits or len(texts) > PAGE_MOST:
        raise Invalid("ticket", _("These are no tickets of one page."))
    return [int(each) for each in texts]


def _back(request: KnownRequest, place: Place, token: str) -> HttpResponse:
    cursor = request.POST.get("cursor", "")
    url = list_url(place.queue, place.query, cursor=cursor, selection=token)
    return HttpResponseRedirect(url)


def _here(request: KnownRequest, place: Place, token: str) -> str:
    """The address of the page that asked, with the selection in it."""
    asked = urlsplit(request.htmx.current_url_abs_path or "")
    query = QueryDict(asked.query, mutable=True)
    query["selection"] = token
    return f"{urlsplit(list_url(place.queue)).path}?{query.urlencode()}"
