"""What does the least that Django can do cost? JSON in, one ORM insert, 201.

No authentication, no validation, no idempotency, no redaction, no middleware: the
yardstick beside which the intake is measured, on the same server and database.
"""

import json

from django.db import models
from django.http import HttpRequest, JsonResponse
from django.urls import path


class BareReport(models.Model):
    """A row with three indexes, like a report has at least."""

    client_report_id = models.CharField(max_length=128, unique=True)
    channel = models.CharField(max_length=10)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "benchmark_bare_report"

    def __str__(self) -> str:
        return self.client_report_id


def file(request: HttpRequest) -> JsonResponse:
    """Store the body."""
    body = json.loads(request.body)
    row = BareReport(
        client_report_id=body["client_report_id"], channel=body["channel"], body=body
    )
    row.save(force_insert=True)
    return JsonResponse({"id": row.pk}, status=201)


urlpatterns = [path("reports/", file)]
