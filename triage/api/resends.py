"""How does a source take part in sends that it makes on our instruction?"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
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
from deliveries.api.problems import Problem
from deliveries.api.repeating import read
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from deliveries.models import DelegatedSend, DelegatedState
from deliveries.sending import Result, Speaker, Told
from triage import instructions
from triage.api import queries

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
        state = queries.word(request, "state", STATES)
        if state == CLAIMABLE:
            state = DelegatedState.REQUESTED
        if state is not None:
            rows = rows.filter(state=state)
        part = paging.part(request, rows.select_related(*instructions.SHOWN), "resends")
        page = {"results": part.rows, "next": part.next, "previous": part.previous}
        return readable_answer(request, instructions.ResendPageSerializer(page).data)


class TellingView(Endpoint, ABC):
    """Something that the source says about one send."""

    action = "resend.ack"
    also_refuses = ("410",)
    form: ClassVar[StrictSerializer]

    def post(self, request: Request, **path: str) -> HttpResponse:
        """Take down what the source says, and show the send as it is then."""
        said = read(request, self.form).fields
        generation = said.pop("generation")
        with refusals():
            item = self.take(path["id"], _speaker(request), generation, said)
        rows = DelegatedSend.objects.select_related(*instructions.SHOWN)
        return json_answer(instructions.shown(rows.get(pk=item.pk)))

    @abstractmethod
    def take(
        self, item: str, speaker: Speaker, generation: int, said: dict[str, Any]
    ) -> DelegatedSend:
        """Let what was said count."""


@extend_schema_view(
    post=extend_schema(
        operation_id="acknowledge_resend",
        request=AckSerializer,
        responses=instructions.ResendSerializer,
        description="Take the lease, or renew it; only who holds it may send.",
    )
)
class AckView(TellingView):
    """Take a send over."""

    form = AckSerializer()

    def take(
        self, item: str, speaker: Speaker, generation: int, said: dict[str, Any]
    ) -> DelegatedSend:
        """Take the lease, or renew it."""
        return sending.acknowledge(item, speaker, generation, timezone.now())


@extend_schema_view(
    post=extend_schema(
        operation_id="report_resend_result",
        request=ResultSerializer,
        responses=instructions.ResendSerializer,
        description="Write the result down; the same result again changes nothing.",
    )
)
class ResultView(TellingView):
    """Tell what came of a send."""

    form = ResultSerializer()

    def take(
        self, item: str, speaker: Speaker, generation: int, said: dict[str, Any]
    ) -> DelegatedSend:
        """Write the result down."""
        result = Result(Told(said.pop("outcome")), **said)
        return sending.report(item, speaker, generation, result, timezone.now())


@extend_schema_view(
    post=extend_schema(
        operation_id="decline_resend",
        request=RefusalSerializer,
        responses=instructions.ResendSerializer,
        description="Decline to send; people see the reason.",
    )
)
class RefusalView(TellingView):
    """Decline a send."""

    form = RefusalSerializer()

    def take(
        self, item: str, speaker: Speaker, generation: int, said: dict[str, Any]
    ) -> DelegatedSend:
        """Decline to send."""
        reason = said["reason"]
        return sending.refuse(item, speaker, generation, reason, timezone.now())


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
