"""What does the least that Django can do cost? JSON in, one ORM insert, 201.

No key, no validation, no idempotency, no redaction: the yardstick beside which the
intake is measured, on the same server and database.
"""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.models import BareReport


@csrf_exempt
def file(request: HttpRequest) -> JsonResponse:
    """Store the body."""
    body = json.loads(request.body)
    row = BareReport.objects.create(
        client_report_id=body["client_report_id"], channel=body["channel"], body=body
    )
    return JsonResponse({"id": row.pk}, status=201)


def alive(request: HttpRequest) -> HttpResponse:
    """Say that the server answers."""
    return HttpResponse("ok")


urlpatterns = [path("reports/", file), path("healthz", alive)]
