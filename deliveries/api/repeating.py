"""How does a POST that comes twice act once, and give the same answer again?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from deliveries import idempotency
from deliveries.api.body import read_json
from deliveries.api.fields import StrictSerializer
from deliveries.api.problems import Problem
from deliveries.api.views import actor_of, json_answer

BODY_BYTES = 16 * 1024
PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Given:
    """A body as it came, and its fields once they were found sound."""

    raw: Any
    fields: dict[str, Any]
    sanitized: bool = False


def read(request: Request, form: StrictSerializer, limit: int = BODY_BYTES) -> Given:
    """Read a body by a form; raises :class:`Problem` or ``ValidationError``."""
    body = read_json(request._request, limit)
    return Given(body.value, form.run_validation(body.value), body.sanitized)


def key_of(request: Request) -> str | None:
    """Return the ``Idempotency-Key`` of a request, if it has one."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or idempotency.is_key(key):
        return key
    message = _("Use 1 to 128 visible ASCII characters as Idempotency-Key.")
    raise Problem("invalid", message)


def once(
    request: Request,
    raw: Any,
    effect: Callable[[], tuple[object, int]],
    *,
    required: bool = False,
    secret: bool = False,
) -> HttpResponse:
    """Act, or give the answer that the request's key was given before.

    ``effect`` returns what is answered and its status; ``raw`` is the body by which a
    repetition is known. Without a key it simply acts, unless one is ``required``.
    """
    key = key_of(request)
    if key is None:
        if required:
            raise Problem("invalid", _("Send an Idempotency-Key with this request."))
        return json_answer(*effect())
    actor = actor_of(request)
    path = request._request.path.removeprefix(PREFIX).strip("/")
    asked = idempotency.Asked(
        source_id=actor.source_id,
        person_id=actor.person_id,
        route=idempotency.route_of(path),
        key=key,
        digest=idempotency.digest_of_body(raw),
    )

    def said() -> idempotency.Said:
        body, status = effect()
        return idempotency.Said(status, body)

    answer = idempotency.once(asked, said, secret=secret)
    response = json_answer(answer.body, answer.status)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
