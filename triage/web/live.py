"""How is a browser told what changed, at little cost when nothing did?

An open page asks every five seconds. What decides the answer is hashed into its
``ETag``; as long as that stands the answer is an empty 304, and nothing is rendered.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.translation import ngettext, pgettext

from deliveries import language
from deliveries.request import KnownRequest
from triage import presence
from triage.presence import Presence
from triage.web.frame import Face, initials_of

AS_OF = "As-Of"  # the moment that the page is true for, in the time stamp of ISO 8601
FIGURES_S = 60  # clocks and ages are written in minutes
DIGITS_MOST = 19  # what a column of the database can hold


def answer(
    request: KnownRequest,
    state: Iterable[object],
    render: Callable[[], str],
    now: datetime,
) -> HttpResponse:
    """Answer with the changes, or 304 if the browser knows this state already.

    When its figures are due they are brought, whatever the browser knows.
    """
    if request.actor.person_id is not None:
        presence.arrive(request.actor.person_id, now.timestamp())
    told = "\n".join(str(each) for each in (language.current(), *state))
    etag = f'"{sha256(told.encode()).hexdigest()[:24]}"'
    response: HttpResponse
    known = request.headers.get("If-None-Match") == etag
    if known and not figures_due(request, now):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(render())
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response[AS_OF] = now.isoformat(timespec="seconds")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def written_at(now: datetime) -> int:
    """The second in which clocks and ages were written; a browser sends it back."""
    return int(now.timestamp())


def figures_due(request: KnownRequest, now: datetime) -> bool:
    """Whether a minute has passed since; each page has its own, not all the same."""
    at = number_in(request.GET.get("at", ""))
    return at is None or not 0 <= now.timestamp() - at < FIGURES_S


def number_in(text: str) -> int | None:
    """A whole number of a query string; nothing if it is none."""
    is_one = text.isascii() and text.isdigit() and len(text) < DIGITS_MOST
    return int(text) if is_one else None


def figures_at(request: KnownRequest, now: datetime) -> int:
    """When the figures were written that the browser shows after this answer."""
    at = number_in(request.GET.get("at", ""))
    return written_at(now) if at is None or figures_due(request, now) else at


# --- who is there ---------------------------------------------------------------------


def names_of(present: Iterable[Presence]) -> dict[int, str]:
    """The names of people; nothing is asked when nobody is there."""
    ids = {each.person for each in present}
    if not ids:
        return {}
    people = User.objects.filter(pk__in=ids)
    return {each.pk: each.get_full_name() or each.get_username() for each in people}


def faces_of(
    present: Sequence[Presence], names: dict[int, str]
) -> list[dict[str, Any]]:
    """People as a row shows them: their face, and what they do there in words."""
    return [
        {
            "face": Face(names[each.person], initials_of(names[each.person])),
            "writes": each.writes,
            "words": doing([each], names),
        }
        for each in present
        if each.person in names
    ]


def doing(present: Sequence[Presence], names: dict[int, str]) -> str:
    """Say who writes, or else who looks at the ticket; empty for nobody."""
    known = [each for each in present if each.person in names]
    writing = [names[each.person] for each in known if each.writes]
    if writing:
        return ngettext(
            "%(names)s is writing", "%(names)s are writing", len(writing)
        ) % {"names": _listed(writing)}
    looking = [names[each.person] for each in known]
    if not looking:
        return ""
    return ngettext("%(names)s is looking", "%(names)s are looking", len(looking)) % {
        "names": _listed(looking)
    }


def _listed(names: list[str]) -> str:
    return pgettext("between names", ", ").join(names)
