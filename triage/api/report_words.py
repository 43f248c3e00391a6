"""How does a source say afterwards what became of a report?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from deliveries.api.fields import MomentField, StrictSerializer, TextField, WordField
from deliveries.api.problems import Problem
from deliveries.api.repeating import Given, once, read
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of
from triage import answers, reporters
from triage.api.reports import link_of
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
        parameters=[IDEMPOTENCY_KEY],
        request=ConfirmationSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Say that the message arrived, or that it is still missing."""
        given = read(request, CONFIRMATION)
        said = given.fields
        word, now = _word(request, path, said.get("note", "")), timezone.now()

        def effect() -> FailureReport:
            if said["outcome"] == ARRIVED:
                return reporters.arrived(word, now, said.get("at"))
            return reporters.still_failing(word, now)

        return _answer(request, given, effect)


class ReopeningView(Endpoint):
    """Take a closed report up again."""

    action = "report.answer"

    @extend_schema(
        operation_id="reopen_report",
        parameters=[IDEMPOTENCY_KEY],
        request=ReopeningSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take a closed report up again, within 30 days of its last change."""
        given = read(request, REOPENING)
        word = _word(request, path, given.fields["reason"])
        return _answer(request, given, lambda: reporters.reopen(word, timezone.now()))


class WithdrawalView(Endpoint):
    """Take a report back."""

    action = "report.answer"

    @extend_schema(
        operation_id="withdraw_report",
        parameters=[IDEMPOTENCY_KEY],
        request=WithdrawalSerializer,
        responses=answers.ReportDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take a report back; nobody works on it any more."""
        given = read(request, WITHDRAWAL)
        word = _word(request, path, given.fields.get("reason", ""))
        return _answer(request, given, lambda: reporters.withdraw(word, timezone.now()))


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


def _answer(
    request: Request, given: Given, effect: Callable[[], FailureReport]
) -> HttpResponse:
    context = {"link": lambda public_id: link_of(request, public_id)}

    def said() -> tuple[object, int]:
        report = effect()
        return answers.ReportDetailSerializer(report, context=context).data, 200

    with refusals():
        return once(request, given.raw, said)
