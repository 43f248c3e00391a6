"""How does a source take part in sends that it makes on our instruction?"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from deliveries import sending
from deliveries.api import paging
from deliveries.api.fields import (
    MomentField,
    StrictSerializer,
    TextField,
    WholeField,
    WordField,
)
from deliveries.api.problems import Problem, of_parameter
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from deliveries.models import DelegatedSend, DelegatedState
from deliveries.sending import Result, Speaker, Told
from triage import instructions
from triage.api import queries
from triage.api.webhooks import read

CLAIMABLE = "claimable"
STATES = [CLAIMABLE, *DelegatedState.values]
KIB = 1024


class AckSerializer(StrictSerializer):
    """Under which generation the send is taken over."""

    generation = WholeField(required=True, min_value=0, max_value=2**31 - 1)


class ResultSerializer(AckSerializer):
    """What came of the send."""

    outcome = WordField([each.value for each in Told], required=True)
    at = MomentField(required=True)
    provider = TextField(max_length=64, allow_blank=True)
    code = TextField(max_length=64, allow_blank=True)
    answer = TextField(max_length=4 * KIB, allow_blank=True)


class RefusalSerializer(AckSerializer):
    """Why the source does not send."""

    reason = TextField(
        max_length=KIB,
        required=True,
        error_messages={"required": _("Say why you do not send.")},
    )


ACK, RESULT, REFUSAL = AckSerializer(), ResultSerializer(), RefusalSerializer()


class ResendsView(Endpoint):
    """Which sends is the source asked to make?"""

    action = "resend.ack"

    @extend_schema(
        operation_id="list_resends",
        parameters=[
            OpenApiParameter("state", {"type": "string", "enum": STATES}),
            *queries.PAGE_PARAMETERS,
        ],
        responses=instructions.ResendPageSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List sends of the source, newest first; ``claimable`` are to be taken."""
        queries.refuse_unknown(request, paging.PARAMETERS | {"state"})
        own = actor_of(request).source_id or 0
        rows = DelegatedSend.objects.filter(source_id=own)
        state = request.query_params.get("state")
        if state == CLAIMABLE:
            state = DelegatedState.REQUESTED
        if state is not None:
            if state not in STATES:
                message = _("Use one of the listed words.")
                fault = of_parameter("state", "invalid", message)
                raise Problem("invalid", errors=[fault])
            rows = rows.filter(state=state)
        part = paging.part(request, rows.select_related(*instructions.SHOWN), "resends")
        page = {"results": part.rows, "next": part.next, "previous": part.previous}
        return readable_answer(request, instructions.ResendPageSerializer(page).data)


class AckView(Endpoint):
    """Take a send over."""

    action = "resend.ack"
    also_refuses = ("410",)

    @extend_schema(
        operation_id="acknowledge_resend",
        request=AckSerializer,
        responses=instructions.ResendSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take the lease, or renew it; only who holds it may send."""
        said = read(request, ACK)
        with refusals():
            item = sending.acknowledge(
                path["id"], _speaker(request), said["generation"], timezone.now()
            )
        return _answer(item)


class ResultView(Endpoint):
    """Tell what came of a send."""

    action = "resend.ack"
    also_refuses = ("410",)

    @extend_schema(
        operation_id="report_resend_result",
        request=ResultSerializer,
        responses=instructions.ResendSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Write the result down; the same result again changes nothing."""
        said = read(request, RESULT)
        generation = said.pop("generation")
        result = Result(Told(said.pop("outcome")), **said)
        with refusals():
            item = sending.report(
                path["id"], _speaker(request), generation, result, timezone.now()
            )
        return _answer(item)


class RefusalView(Endpoint):
    """Decline a send."""

    action = "resend.ack"
    also_refuses = ("410",)

    @extend_schema(
        operation_id="decline_resend",
        request=RefusalSerializer,
        responses=instructions.ResendSerializer,
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Decline to send; people see the reason."""
        said = read(request, REFUSAL)
        with refusals():
            item = sending.refuse(
                path["id"],
                _speaker(request),
                said["generation"],
                said["reason"],
                timezone.now(),
            )
        return _answer(item)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a delegated send raises into problems."""
    try:
        yield
    except DelegatedSend.DoesNotExist as error:
        raise Http404 from error
    except sending.StaleGeneration as error:
        raise Problem("stale_generation", str(error)) from error
    except sending.Over as error:
        raise Problem("gone", str(error)) from error
    except sending.Taken as error:
        who = {"by": error.by, "at": error.at}
        raise Problem("conflict", str(error), extra=who) from error


def _speaker(request: Request) -> Speaker:
    actor = actor_of(request)
    if actor.source_id is None:
        raise Problem("not_allowed")
    return Speaker(actor.source_id, actor.key_id)


def _answer(item: DelegatedSend) -> HttpResponse:
    rows = DelegatedSend.objects.select_related(*instructions.SHOWN)
    return json_answer(instructions.shown(rows.get(pk=item.pk)))
