"""How does a source say afterwards what became of a report?"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from deliveries.api.fields import MomentField, StrictSerializer, TextField, WordField
from deliveries.api.problems import Problem
from deliveries.api.views import Endpoint, actor_of, json_answer
from triage import answers, reporters
from triage.api.reports import link_of
from triage.api.webhooks import read
from triage.models import FailureReport
from triage.reporters import Word

ARRIVED, STILL_FAILING = "arrived", "still_failing"
LONGEST_NOTE = 1024


class ConfirmationSerializer(StrictSerializer):
    """Whether the message has arrived by now, and when by the person's clock."""

    outcome = WordField([ARRIVED, STILL_FAILING], required=True)
    at = MomentField(required=False)
    note = TextField(max_length=LONGEST_NOTE, allow_blank=True)


class ReopeningSerializer(StrictSerializer):
    """Why a closed report is taken up again."""

    reason = TextField(
        max_length=LONGEST_NOTE,
        required=True,
        error_messages={"required": _("Say why the report is taken up again.")},
    )


class WithdrawalSerializer(StrictSerializer):
    """Why a report is taken back, if one wants to say."""

    reason = TextField(max_length=LONGEST_NOTE, allow_blank=True)


CONFIRMATION = ConfirmationSerializer()
REOPENING = ReopeningSerializer()
WITHDRAWAL = WithdrawalSerializer()


class ConfirmationView(Endpoint):
    """Say whether it arrived."""

    action = "report.answer"

    @extend_schema(
        operation_id="confirm_report",
        request=ConfirmationSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Say that the message arrived, or that it is still missing."""
        said = read(request, CONFIRMATION)
        word, now = _word(request, path, said.get("note", "")), timezone.now()
        with refusals():
            if said["outcome"] == ARRIVED:
                report = reporters.arrived(word, now, said.get("at"))
            else:
                report = reporters.still_failing(word, now)
        return _answer(request, report)


class ReopeningView(Endpoint):
    """Take a closed report up again."""

    action = "report.answer"

    @extend_schema(
        operation_id="reopen_report",
        request=ReopeningSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take a closed report up again, within 30 days of its last change."""
        said = read(request, REOPENING)
        with refusals():
            word = _word(request, path, said["reason"])
            report = reporters.reopen(word, timezone.now())
        return _answer(request, report)


class WithdrawalView(Endpoint):
    """Take a report back."""

    action = "report.answer"

    @extend_schema(
        operation_id="withdraw_report",
        request=WithdrawalSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take a report back; nobody works on it any more."""
        said = read(request, WITHDRAWAL)
        with refusals():
            word = _word(request, path, said.get("reason", ""))
            report = reporters.withdraw(word, timezone.now())
        return _answer(request, report)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a reporter cannot say now into problems."""
    try:
        yield
    except FailureReport.DoesNotExist as error:
        raise Http404 from error
    except reporters.NotNow as error:
        raise Problem("transition_not_allowed", str(error)) from error


def _word(request: Request, path: dict[str, str], note: str) -> Word:
    return Word(path["id"], actor_of(request), note)


def _answer(request: Request, report: FailureReport) -> HttpResponse:
    context = {"link": lambda public_id: link_of(request, public_id)}
    return json_answer(answers.ReportDetailSerializer(report, context=context).data)
