"""How is a failure filed over REST, and how is it read again?"""

from functools import cache
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from deliveries import bell, idempotency
from deliveries.api import paging
from deliveries.api.body import read_json
from deliveries.api.problems import Problem
from deliveries.api.repeating import key_of
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from triage import answers, intake
from triage.api import queries
from triage.api.serializers import ReportCreateSerializer
from triage.models import FailureReport

BODY_BYTES = 1024 * 1024
# Declared once and shared: it keeps nothing of a request.
FORM = ReportCreateSerializer()
SHOWN = ("message", "duplicate_of")
SHOWN_ALONE = ("group__category", "duplicate_of__group__category")
DIAGNOSE = "triage.tasks.diagnose_due"
NEXT_POLL_S = 5


class ReportsView(Endpoint):
    """File a report, or list one's own."""

    action = "report.status"
    action_by_method: ClassVar = {"POST": "report.file"}

    @extend_schema(
        operation_id="file_report",
        parameters=[IDEMPOTENCY_KEY],
        request=ReportCreateSerializer,
        responses={
            202: answers.ReportAnswerSerializer,
            200: answers.ReportAnswerSerializer,
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """File one delivery failure; it is stored when the answer comes."""
        submission, key = _submission(request), key_of(request)
        source_id = actor_of(request).source_id
        if source_id is None:
            raise Problem("not_allowed")
        try:
            filed = intake.file(
                submission, source_id=source_id, key=key, now=timezone.now()
            )
        except intake.SameAddress as error:
            fault = {"contact": {"address": [str(error)]}}
            raise ValidationError(fault, "same_address") from error
        if not filed.replayed:
            transaction.on_commit(lambda: bell.ring(DIAGNOSE), robust=True)
        link = link_of(request, filed.answer.id)
        response = json_answer(_filed_answer(filed.answer, link), filed.status)
        if filed.replayed:
            response["Idempotent-Replayed"] = "true"
        return response

    @extend_schema(
        operation_id="list_reports",
        parameters=queries.LIST_PARAMETERS,
        responses=answers.ReportPageSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the reports of one's scope, newest first."""
        rows = queries.filtered(request, also=paging.PARAMETERS)
        part = paging.part(request, rows.select_related(*SHOWN), "reports")
        context = {"link": lambda public_id: link_of(request, public_id)}
        shown = answers.ReportSerializer(context=context)
        listed = [shown.to_representation(row) for row in part.rows]
        body = {"results": listed, "next": part.next, "previous": part.previous}
        return readable_answer(request, body)


class ReportCountView(Endpoint):
    """Count one's own reports."""

    action = "report.status"

    @extend_schema(
        operation_id="count_reports",
        parameters=queries.FILTER_PARAMETERS,
        responses=answers.CountSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Count the reports of one's scope, up to 10,000."""
        number, exact = paging.count(queries.filtered(request))
        body = {"count": number, "exact": exact, "as_of": timezone.now()}
        return json_answer(answers.CountSerializer(body).data)


class ReportView(Endpoint):
    """Read one report."""

    action = "report.status"

    @extend_schema(operation_id="read_report", responses=answers.ReportDetailSerializer)
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """Read a report with what became of it."""
        queries.refuse_unknown(request, frozenset())
        rows = FailureReport.objects.visible_to(actor_of(request))
        whole = rows.select_related(*SHOWN, *SHOWN_ALONE)
        report = get_object_or_404(whole, public_id=path["id"])
        context = {"link": lambda public_id: link_of(request, public_id)}
        shown = answers.ReportDetailSerializer(report, context=context).data
        return readable_answer(request, shown)


def _filed_answer(answer: intake.Answer, link: str) -> dict[str, object]:
    """Return what filing a report is answered."""
    return {
        "id": answer.id,
        "client_report_id": answer.client_report_id,
        "state": answer.state,
        "dedup": answer.dedup,
        "status_url": link,
        "warnings": answer.warnings,
        "next_poll_s": NEXT_POLL_S,
        "received_at": answer.received_at,
        "sanitized": answer.sanitized,
    }


def _submission(request: Request) -> intake.Submission:
    body = read_json(request._request, BODY_BYTES)
    values: dict[str, Any] = FORM.run_validation(body.value)
    return intake.Submission(
        body_digest=idempotency.digest_of_body(body.value),
        sanitized=body.sanitized,
        **values,
    )


def link_of(request: Request, public_id: str) -> str:
    """Return the address of a report, as its reader calls it."""
    return f"{request.scheme}://{request.get_host()}{_path()}{public_id}/"


@cache
def _path() -> str:
    return reverse("api_reports")
