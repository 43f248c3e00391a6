"""How is a refusal told to a program? (RFC 9457)

One shape for every answer that is not a success, one table of codes. ``code`` is for
machines and never translated; ``title`` and ``detail`` follow the reader's language.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions
from rest_framework.response import Response

from deliveries import idempotency

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# An answer is data: nothing in it may be kept, run, or framed.
OF_EVERY_ANSWER = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
TYPE_PREFIX = "urn:undelivered:problem:"
MOST_FAULTS = 50  # of one body that are listed; the detail has their number
LONGEST_STEP = 100  # characters of a caller's own key in a pointer
WHOLE_BODY = "non_field_errors"  # the name that the framework gives to a whole object


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table of problems; ``retry_after_s`` makes it retryable."""

    status: int
    title: str | Promise
    retry_after_s: int | None = None


KINDS: dict[str, Kind] = {
    "invalid": Kind(400, _("The request is not valid.")),
    "malformed_json": Kind(400, _("The body cannot be read as JSON.")),
    "nesting_too_deep": Kind(400, _("The body is nested too deeply.")),
    "duplicate_key": Kind(400, _("An object of the body has a key twice.")),
    "unknown_field": Kind(400, _("The body has a field that nobody reads.")),
    "unknown_parameter": Kind(400, _("The query has a parameter that nobody reads.")),
    "cursor_invalid": Kind(400, _("This is not a cursor of this list.")),
    "unauthenticated": Kind(401, _("A valid key is needed.")),
    "scope_missing": Kind(403, _("The key lacks a scope.")),
    "not_allowed": Kind(403, _("This is not allowed for you.")),
    "amount_exceeded": Kind(403, _("These are more than you may send in one go.")),
    "not_found": Kind(404, _("There is no such thing here.")),
    "method_not_allowed": Kind(405, _("This address does not take the method.")),
    "not_acceptable": Kind(406, _("The answer exists only as JSON.")),
    "idempotency_in_progress": Kind(
        409, _("The same request is still being worked on."), retry_after_s=1
    ),
    "conflict": Kind(409, _("Somebody else was first.")),
    "stale_generation": Kind(409, _("It was asked for under another generation.")),
    "gone": Kind(410, _("It is too late for this.")),
    "too_large": Kind(413, _("The body is too large.")),
    "media_type_unsupported": Kind(415, _("The body must be plain JSON.")),
    "idempotency_mismatch": Kind(422, _("The key was used with another body.")),
    "transition_not_allowed": Kind(422, _("As it stands, this cannot be done.")),
    "rate_limited": Kind(429, _("Too many requests."), retry_after_s=60),
    "internal": Kind(500, _("Something broke on our side."), retry_after_s=30),
    "unavailable": Kind(503, _("The service is briefly unavailable."), retry_after_s=5),
}

# The framework's own exceptions, by their status.
OF_STATUS = {
    400: "invalid",
    401: "unauthenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "media_type_unsupported",
    429: "rate_limited",
}


class Problem(exceptions.APIException):
    """A refusal by its code; the message says what to do about it.

    ``extra`` becomes further members of the answer.
    """

    def __init__(
        self,
        code: str,
        detail: str | Promise = "",
        errors: Sequence[Mapping[str, object]] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.status_code = KINDS[code].status
        super().__init__(str(detail), code)
        self.code = code
        self.errors = errors
        self.extra = extra or {}


def of_parameter(name: str, code: str, detail: str | Promise) -> dict[str, object]:
    """Describe one fault of a query parameter."""
    return {"code": code, "detail": str(detail), "pointer": f"?{name}"}


def problem_response(
    request: HttpRequest, status: int, code: str, **extra: object
) -> HttpResponse:
    """Answer with problem+json outside the API framework.

    ``extra`` becomes further members; empty values are left out. ``status`` is that
    of the table for every known code.
    """
    kind = KINDS.get(code, KINDS["internal"])
    detail = ""
    if code == "scope_missing" and extra.get("scope"):
        detail = gettext("The key needs the scope “%(scope)s”.") % extra
    body = _body(request, code, detail, [])
    body.update({name: value for name, value in extra.items() if value})
    response = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    for name, value in (OF_EVERY_ANSWER | _headers(code, kind.retry_after_s)).items():
        response[name] = value
    return response


class ProblemHandler(ExceptionHandler):
    """Turns whatever a view of the API raised into one problem."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Translate what use cases and the database raise; the rest is a 500."""
        if isinstance(exc, idempotency.Mismatch):
            return Problem("idempotency_mismatch", str(exc))
        if isinstance(exc, idempotency.InProgress):
            return Problem("idempotency_in_progress", str(exc))
        if isinstance(exc, OperationalError | InterfaceError):
            log.warning("The database is away or too busy: %s", type(exc).__name__)
            return Problem("unavailable")
        known: Exception = super().convert_known_exceptions(exc)
        return known

    def get_response(self, exc: exceptions.APIException, data: Any) -> Response:
        """Answer with the media type of problems."""
        wait = getattr(exc, "wait", None) or KINDS[data["code"]].retry_after_s
        headers = _headers(data["code"], None if wait is None else int(wait))
        if "Allow" in (named := self.get_headers(exc)):
            headers["Allow"] = named["Allow"]
        return Response(
            data, status=exc.status_code, headers=headers, content_type=MEDIA_TYPE
        )

    def report_exception(
        self, exc: exceptions.APIException, response: Response
    ) -> None:
        """Log our own mistakes; a database that is away is none."""
        if exc.status_code == 500:
            super().report_exception(exc, response)


class ProblemFormatter(ExceptionFormatter):
    """Writes a problem as the body that clients read."""

    def run(self) -> dict[str, object]:
        """Return the members of RFC 9457 and ours."""
        request = self.context["request"]
        if isinstance(self.exc, exceptions.ValidationError):
            errors = list(faults(self.exc.detail))
            return _body(request, _code_of(errors), _summary(errors), errors)
        if isinstance(self.exc, Problem):
            detail = str(self.exc.detail)
            problem = self.exc
            body = _body(request, problem.code, detail, list(problem.errors))
            return {**body, **problem.extra}
        code = OF_STATUS.get(self.exc.status_code, "internal")
        return _body(request, code, "", [])


def faults(detail: Any, path: tuple[object, ...] = ()) -> Iterator[dict[str, object]]:
    """Flatten the framework's nested errors into one entry for each fault.

    Each has ``code``, ``detail`` and ``pointer``, a JSON pointer (RFC 6901) into the
    body: the empty one is the whole body.
    """
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from faults(inner, path if name == WHOLE_BODY else (*path, name))
    elif isinstance(detail, list | tuple):
        for inner in detail:
            yield from faults(inner, path)
    else:
        code = getattr(detail, "code", "invalid")
        yield {"code": code, "detail": str(detail), "pointer": _pointer(path)}


def _pointer(path: tuple[object, ...]) -> str:
    steps = (str(step)[:LONGEST_STEP] for step in path)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _code_of(errors: Sequence[Mapping[str, object]]) -> str:
    codes = {error["code"] for error in errors}
    return "unknown_field" if codes == {"unknown_field"} else "invalid"


def _summary(errors: Sequence[object]) -> str:
    count = len(errors)
    return ngettext(
        "%(count)d field needs attention.", "%(count)d fields need attention.", count
    ) % {"count": count}


def _body(request: Any, code: str, detail: str, errors: list[Any]) -> dict[str, object]:
    kind = KINDS.get(code, KINDS["internal"])
    body: dict[str, object] = {
        "type": TYPE_PREFIX + code,
        "title": str(kind.title),
        "status": kind.status,
        "code": code,
        "detail": detail or str(kind.title),
        "retryable": kind.retry_after_s is not None,
        "request_id": getattr(request, "request_id", ""),
    }
    if errors:
        body["errors"] = errors[:MOST_FAULTS]
    return body


def _headers(code: str, retry_after_s: int | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if code == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, retry_after_s))
    return headers
