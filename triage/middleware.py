"""What happens to every request before a view sees it?

It gets an id, the language and clock of who asks, an actor, and the answer to whether
that actor may do what the view names at all; a database that is away becomes a 503 with
``Retry-After``.
"""

import secrets
from collections.abc import Callable
from typing import Any, cast

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, DisallowedHost, PermissionDenied
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from deliveries.actor import NOBODY, Actor, ActorKind
from deliveries.api.authentication import key_from_header
from deliveries.api.problems import problem_response
from deliveries.request import KnownRequest, as_known
from triage import access, grants
from triage.request_log import current_id
from triage.web import errors, preferences

Handler = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def request_id(get_response: Handler) -> Handler:
    """Give the request an id that the answer, error pages and the log show."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        known = as_known(request)
        known.request_id = "req_" + secrets.token_hex(8)
        token = current_id.set(known.request_id)
        try:
            response = get_response(request)
        finally:
            current_id.reset(token)
        response["X-Request-Id"] = known.request_id
        return response

    return middleware


def known_host(get_response: Handler) -> Handler:
    """Refuse a host name that is not ours before anybody relies on it.

    Nor does anybody have to reckon with NUL in an address, which no text of the
    database may hold; the API says so itself, naming the field.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        address = request.path_info + request.META.get("QUERY_STRING", "")
        if not is_api(request) and ("\0" in address or "%00" in address):
            return errors.bad_request(request, BadRequest("NUL"))
        try:
            request.get_host()
        except DisallowedHost as error:
            if is_api(request):
                return problem_response(request, 400, "invalid")
            return errors.bad_request(request, error)
        return get_response(request)

    return middleware


class ContentSecurityPolicy(CSPMiddleware):
    """Gives every page the policy of the settings; an answer may bring its own."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the header unless it is there; making it costs more than it seems."""
        if HEADER in response:
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


def is_api(request: HttpRequest) -> bool:
    """Say whether the caller expects problem+json rather than a page."""
    return request.path.startswith("/api/v1/")


def is_away(error: BaseException) -> bool:
    """Say whether the database is away or too busy, as opposed to our mistake."""
    return isinstance(error, OperationalError | InterfaceError)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503 in the caller's own form."""
    if is_api(request):
        return problem_response(request, 503, "unavailable")
    return errors.unavailable(request)


def as_preferred(get_response: Handler) -> Handler:
    """Let language and clock of the answer be those that the person chose.

    A page that needs the database says itself that it is away; a probe does not.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            mine = preferences.remember(request)
        except DatabaseError as error:
            if not is_away(error):
                raise
            mine = preferences.of(request)
        if mine.language:
            translation.activate(mine.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(mine.zone_info if mine.zone else None):
            return get_response(request)

    return middleware


class Gatekeeper:
    """Fill in the actor, and ask the table before the view runs."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Say who is asking: the owner of a bearer key, or who is logged in."""
        as_known(request).actor = cast(
            "Actor", SimpleLazyObject(lambda: _actor(request))
        )
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse what the actor's roles do not allow on anything."""
        action = access.action_of(request, view)
        if action == "site.open":
            return None
        try:
            actor = as_known(request).actor
            allowed = actor.may(action) if action else False
        except DatabaseError as error:
            if is_away(error):
                return unavailable(request)
            raise
        # The public comes by signed links, and those lead to pages.
        if allowed and not (actor.kind is ActorKind.PUBLIC and is_api(request)):
            return None
        if actor.kind is ActorKind.PUBLIC:
            if is_api(request):
                return problem_response(request, 401, "unauthenticated")
            return _to_login(as_known(request))
        if is_api(request):
            scope = grants.SCOPE_OF_ACTION.get(action or "", "")
            # What no scope admits is not for keys.
            code = "scope_missing" if actor.key_id and scope else "not_allowed"
            return problem_response(request, 403, code, scope=scope)
        raise PermissionDenied

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponseBase | None:
        """Answer for a view that lost its database; anything else passes on."""
        return unavailable(request) if is_away(error) else None


def _to_login(request: KnownRequest) -> HttpResponse:
    """Ask who it is, then lead back: to a page, never to where something is posted."""
    if request.htmx:
        page = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    safe = request.method in ("GET", "HEAD")
    return redirect_to_login(request.get_full_path() if safe else "/")


def _actor(request: HttpRequest) -> Actor:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header:
        key = key_from_header(header)
        return access.actor_for_key(key) if key else NOBODY
    return access.actor_for_user(request.user)
