"""What do all endpoints have in common? The rate, the headers, and the ETag."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from deliveries.actor import Actor
from deliveries.api.problems import OF_EVERY_ANSWER, problem_response
from deliveries.api.throttles import KeyThrottle, Rate
from deliveries.request import as_known

ANYTHING, JSON = "*/*", "application/json"
RENDERER = JSONRenderer()


class Endpoint(APIView):
    """A view of the API; names its ``action`` like every view."""

    throttle_classes: Sequence[type[BaseThrottle]] = (KeyThrottle,)
    rate_of_writes = "reports"  # which limit counts what is not read
    of_people = False  # whether a key can never do it, only who is logged in
    rate: Rate | None = None  # where the caller stands, once that is counted

    def perform_content_negotiation(
        self, request: Request, *args: Any, **kwargs: Any
    ) -> tuple[BaseRenderer, str]:
        """Spare the many callers who take anything the parsing of what they take."""
        if request.META.get("HTTP_ACCEPT", ANYTHING) in {ANYTHING, JSON}:
            return RENDERER, JSON
        return super().perform_content_negotiation(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say which methods there are; there is nothing else to negotiate."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what every answer carries."""
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in OF_EVERY_ANSWER.items():
            final[name] = value
        if self.rate is not None:
            final["RateLimit-Limit"] = str(self.rate.limit)
            final["RateLimit-Remaining"] = str(self.rate.remaining)
            final["RateLimit-Reset"] = str(self.rate.reset_s)
        return final


def actor_of(request: Request) -> Actor:
    """Return who is asking, as the gatekeeper filled it in."""
    return as_known(request._request).actor


def json_answer(payload: object, status: int = 200) -> HttpResponse:
    """Answer with JSON."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json")


def readable_answer(request: Request, payload: object) -> HttpResponseBase:
    """Answer a GET with JSON and its ETag, or 304 to one who has it already."""
    response = json_answer(payload)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    found = get_conditional_response(request._request, etag=etag, response=response)
    return found or response


# It changes nothing, so nothing can be forged; the answer is a problem, not a page.
@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer for every path of the API that leads nowhere."""
    return problem_response(request, 404, "not_found")
