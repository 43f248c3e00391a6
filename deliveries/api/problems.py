"""How is a refusal told to a program? (RFC 9457)"""

from django.http import HttpRequest, HttpResponse, JsonResponse


def problem_response(
    request: HttpRequest, status: int, code: str, **extra: object
) -> HttpResponse:
    """Answer with problem+json outside the API framework."""
    return JsonResponse(
        {"status": status, "code": code},
        status=status,
        content_type="application/problem+json",
    )
