"""How does a source tell of its messages, hand over what they say, and read them?"""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from deliveries import contents, registering
from deliveries.actor import Actor
from deliveries.api.problems import Problem
from deliveries.api.repeating import once, read
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from deliveries.contents import Content
from deliveries.models import DeliveryAttempt, Message
from triage.api import message_serializers as shapes
from triage.api import queries
from triage.api.serializers import REFERENCE
from triage.models import FailureReport

BODY_BYTES = 256 * 1024
WRITE, EVENT = shapes.MessageWriteSerializer(), shapes.EventWriteSerializer()
SHOWN = ("recipient", "address", "provider", "supersedes", "last_category")
NAME = OpenApiParameter(
    "name",
    {"type": "string", "pattern": f"^{REFERENCE}$"},
    OpenApiParameter.PATH,
    description="The source's own id of the message; for people, ours (msg_…).",
)


class MessageView(Endpoint):
    """Tell of a message, or read it."""

    action = "message.read"
    action_by_method: ClassVar = {"PUT": "message.write"}
    rate_of_writes = "messages"

    @extend_schema(
        operation_id="read_message",
        parameters=[NAME],
        responses=shapes.MessageSerializer,
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """Read how far a message got, and what was tried; addresses are masked."""
        queries.refuse_unknown(request, frozenset())
        message = _found(actor_of(request), path["name"])
        return readable_answer(request, shapes.MessageSerializer(message).data)

    @extend_schema(
        operation_id="register_message",
        parameters=[NAME],
        request=shapes.MessageWriteSerializer,
        responses={
            200: shapes.RegisteredSerializer,
            201: shapes.RegisteredSerializer,
        },
    )
    def put(self, request: Request, **path: str) -> HttpResponse:
        """Tell of a message; addresses and content are sealed and never shown."""
        given = read(request, WRITE, BODY_BYTES)
        source_id = _source_of(actor_of(request))
        try:
            done = registering.register(source_id, path["name"], _told(given.fields))
        except (registering.AnotherMessage, registering.NotKnownYet) as error:
            fault = {
                "code": "transition_not_allowed",
                "detail": str(error),
                "pointer": f"/{error.field}",
            }
            raise Problem("transition_not_allowed", str(error), [fault]) from error
        except contents.Unfit as error:
            raise ValidationError({"content": [str(error)]}, "unfit") from error
        message = _found(actor_of(request), path["name"])
        body = {
            **shapes.MessageSerializer(message).data,
            "warnings": list(done.warnings),
            "sanitized": given.sanitized,
        }
        return json_answer(body, 201 if done.created else 200)


class EventsView(Endpoint):
    """Tell what became of a message."""

    action = "event.write"
    rate_of_writes = "events"

    @extend_schema(
        operation_id="tell_event",
        parameters=[NAME, IDEMPOTENCY_KEY],
        request=shapes.EventWriteSerializer,
        responses={200: shapes.HeardSerializer, 202: shapes.HeardSerializer},
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Tell of one event; one that is known changes nothing and is answered 200."""
        given = read(request, EVENT)
        rows = Message.objects.filter(source=_source_of(actor_of(request)))
        message = get_object_or_404(rows, external_id=path["name"])
        happened = registering.Happened(**given.fields)

        def effect() -> tuple[object, int]:
            news = registering.hear(message, happened, timezone.now())
            message.refresh_from_db()
            body = {
                "external_id": message.external_id,
                "state": message.state,
                "evidence_level": message.evidence_level,
                "needed_level": message.needed_level,
                "known": not news,
            }
            return body, 202 if news else 200

        return once(request, given.raw, effect)


def _told(fields: dict[str, Any]) -> registering.Told:
    said = dict(fields)
    content = said.pop("content", None)
    return registering.Told(
        **said, content=None if content is None else Content(**content)
    )


def _source_of(actor: Actor) -> int:
    if actor.source_id is None:
        raise Problem("not_allowed")
    return actor.source_id


def _found(actor: Actor, name: str) -> Message:
    """Fetch a message: a source's by its own id, for people by ours."""
    attempts = DeliveryAttempt.objects.select_related("route__provider").order_by("n")
    rows = Message.objects.select_related(*SHOWN)
    rows = rows.prefetch_related(Prefetch("attempts", attempts))
    if actor.source_id is not None:
        return get_object_or_404(rows, source=actor.source_id, external_id=name)
    if actor.sees_everything:
        return get_object_or_404(rows, public_id=name)
    seen = FailureReport.objects.visible_to(actor).filter(message__public_id=name)
    if not seen.exists():
        raise Http404
    return get_object_or_404(rows, public_id=name)
