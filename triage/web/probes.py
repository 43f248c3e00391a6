"""Is this process alive, and is the product ready to serve?"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from triage import access, health


@access.names("site.open")
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer ``ok`` if the process serves; touches nothing."""
    return _fresh(HttpResponse("ok", content_type="text/plain"))


@access.names("site.open")
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if requests can be served, else 503, with the state as JSON.

    ``status`` is ready, degraded (200: something works late or not at all, and
    intake goes on) or unavailable (503). ``checks`` follows for whoever shows the
    token, and in development.
    """
    findings = health.readiness(timezone.now())
    blocked = any(finding.blocks for finding in findings)
    faulty = any(not finding.ok for finding in findings)
    answer: dict[str, object] = {
        "status": "unavailable" if blocked else "degraded" if faulty else "ready"
    }
    if settings.DEBUG or _shows_token(request):
        answer["checks"] = {
            finding.check: {"ok": finding.ok, "text": finding.text}
            for finding in findings
        }
    return _fresh(JsonResponse(answer, status=503 if blocked else 200))


def _shows_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.PROBE_TOKEN}"
    given = request.headers.get("Authorization", "")
    return bool(settings.PROBE_TOKEN) and secrets.compare_digest(
        expected.encode(), given.encode()
    )


def _fresh(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
