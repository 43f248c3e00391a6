"""How are bulk resends planned, watched, held and stopped over REST?

For people who are logged in: a source's key never starts, pauses or cancels one. The
page calls the same use cases (``triage/resending``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request

from deliveries import jobs
from deliveries.api import paging
from deliveries.api.problems import Problem
from deliveries.api.repeating import once, read
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from deliveries.models import Exclusion, ItemState, ResendOperation, ResendState
from deliveries.models.resend import ResendQuerySet
from triage import answers, resend_report, resending, tickets
from triage.api import operation_serializers as shapes
from triage.api import queries

BODY_BYTES = 64 * 1024
CREATE = shapes.OperationCreateSerializer()
STATE = OpenApiParameter("state", {"type": "string", "enum": ResendState.values})
KEY = OpenApiParameter(
    "Idempotency-Key",
    IDEMPOTENCY_KEY.type,
    OpenApiParameter.HEADER,
    required=True,
    description=IDEMPOTENCY_KEY.description,
)


class OfPeople(Endpoint):
    """Whatever people do with bulk resends; a key can do none of it."""

    of_people = True


class OperationsView(OfPeople):
    """List bulk resends, or plan one."""

    action = "resend.read"
    action_by_method: ClassVar = {"POST": "resend.plan"}

    @extend_schema(
        operation_id="list_resend_operations",
        parameters=[STATE, *queries.PAGE_PARAMETERS],
        responses=shapes.OperationPageSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the bulk resends of one's scope, the newest first."""
        queries.refuse_unknown(request, paging.PARAMETERS | {"state"})
        rows = _filtered(request).select_related("created_by", "approved_by")
        part = paging.part(request, rows.defer("selection"), "resend-operations")
        page = {"results": part.rows, "next": part.next, "previous": part.previous}
        return readable_answer(request, shapes.OperationPageSerializer(page).data)

    @extend_schema(
        operation_id="plan_resend_operation",
        parameters=[KEY],
        request=shapes.OperationCreateSerializer,
        responses={201: shapes.OperationDetailSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Plan a bulk resend; a job judges each message, and nothing is sent yet."""
        given = read(request, CREATE, BODY_BYTES)
        query, pace = shapes.asked(given.fields)
        actor = actor_of(request)

        def effect() -> tuple[object, int]:
            operation = resending.draft(actor, query, pace)
            _ring(operation)
            return _shown(operation.pk), 201

        with refusals():
            return once(request, given.raw, effect, required=True)


class OperationCountView(OfPeople):
    """Count bulk resends."""

    action = "resend.read"

    @extend_schema(
        operation_id="count_resend_operations",
        parameters=[STATE],
        responses=answers.CountSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Count the bulk resends of one's scope, up to 10,000."""
        queries.refuse_unknown(request, frozenset({"state"}))
        number, exact = paging.count(_filtered(request))
        body = {"count": number, "exact": exact, "as_of": timezone.now()}
        return json_answer(answers.CountSerializer(body).data)


class OperationView(OfPeople):
    """Read one bulk resend."""

    action = "resend.read"

    @extend_schema(
        operation_id="read_resend_operation",
        responses=shapes.OperationDetailSerializer,
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """Read a bulk resend: its plan, its counters and who did what."""
        queries.refuse_unknown(request, frozenset())
        with refusals():
            operation = resending.find(int(path["number"]), actor_of(request))
        return readable_answer(request, _shown(operation.pk))


class ItemsView(OfPeople):
    """What became of each message?"""

    action = "resend.read"

    @extend_schema(
        operation_id="list_resend_items",
        parameters=[
            OpenApiParameter("state", {"type": "string", "enum": ItemState.values}),
            OpenApiParameter("exclusion", {"type": "string", "enum": Exclusion.values}),
            *queries.PAGE_PARAMETERS,
        ],
        responses=shapes.ItemPageSerializer,
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """List the messages of a bulk resend; ``exclusion`` says why one stays out."""
        queries.refuse_unknown(request, paging.PARAMETERS | {"state", "exclusion"})
        with refusals():
            operation = resending.find(int(path["number"]), actor_of(request))
        wanted = {
            "state": queries.word(request, "state", ItemState.values),
            "exclusion": queries.word(request, "exclusion", Exclusion.values),
        }
        rows = resend_report.fetched(operation).filter(
            **{name: value for name, value in wanted.items() if value is not None}
        )
        part = paging.part(request, rows, f"resend-items-{operation.number}")
        listed = resend_report.rows_of(part.rows)
        page = {"results": listed, "next": part.next, "previous": part.previous}
        return readable_answer(request, shapes.ItemPageSerializer(page).data)


class PlanView(OfPeople):
    """Have a plan judged."""

    action = "resend.plan"

    @extend_schema(
        operation_id="judge_resend_operation",
        parameters=[KEY],
        request=None,
        responses=shapes.OperationDetailSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Ring again for who judges the plan; one that is judged stays as it is."""
        actor, number = actor_of(request), int(path["number"])

        def effect() -> tuple[object, int]:
            operation = resending.to_be_planned(number, actor)
            if operation.state == ResendState.DRAFT:
                _ring(operation)
            return _shown(operation.pk), 200

        with refusals():
            return once(request, None, effect, required=True)


class DecisionView(OfPeople):
    """Something that a person decides about a bulk resend."""

    verb: ClassVar[str]

    def post(self, request: Request, **path: str) -> HttpResponse:
        """Decide, and show the bulk resend as it is then."""
        actor, number = actor_of(request), int(path["number"])

        def effect() -> tuple[object, int]:
            before = resending.decide(number, actor, self.verb, timezone.now())
            return _shown(before.pk), 200

        with refusals():
            return once(request, None, effect, required=True)


def _documented(name: str, words: str) -> Any:
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{name}_resend_operation",
            parameters=[KEY],
            request=None,
            responses=shapes.OperationDetailSerializer,
            description=words,
        )
    )


@_documented("approve", "Agree to a plan as the second person, who did not plan it.")
class ApprovalView(DecisionView):
    """Agree to a plan."""

    action, verb = "resend.approve", "approve"


@_documented("start", "Begin with the canary, or go on after a pause.")
class StartView(DecisionView):
    """Begin, or go on."""

    action, verb = "resend.run", "start"


@_documented("pause", "Send nothing more until it is started again.")
class PauseView(DecisionView):
    """Hold it."""

    action, verb = "resend.pause", "pause"


@_documented("cancel", "Send nothing more for good.")
class CancellationView(DecisionView):
    """Stop it for good."""

    action, verb = "resend.cancel", "cancel"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the use cases raise into problems."""
    try:
        yield
    except tickets.NotFound as error:
        raise Http404 from error
    except tickets.Forbidden as error:
        raise Problem("not_allowed") from error
    except resending.NotNow as error:
        raise Problem(error.code, error.message) from error
    except tickets.Invalid as error:
        pointer = f"/{error.field or 'query'}"
        fault = {"code": "invalid", "detail": error.message, "pointer": pointer}
        raise Problem("invalid", error.message, [fault]) from error


def _filtered(request: Request) -> ResendQuerySet:
    rows = ResendOperation.objects.visible_to(actor_of(request))
    state = queries.word(request, "state", ResendState.values)
    return rows if state is None else rows.filter(state=state)


def _ring(operation: ResendOperation) -> None:
    # A broker that does not answer costs delay: the sweeper rings again.
    ring = partial(jobs.plan_resend.delay, operation.pk)
    transaction.on_commit(ring, robust=True)


def _shown(pk: int) -> dict[str, Any]:
    rows = ResendOperation.objects.select_related("created_by", "approved_by")
    row = rows.prefetch_related("events__person").get(pk=pk)
    return dict(shapes.OperationDetailSerializer(row).data)
