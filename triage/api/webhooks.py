"""How does a source manage over REST who is told what?"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from deliveries.actor import Actor
from deliveries.api import paging
from deliveries.api.problems import Problem
from deliveries.api.repeating import once, read
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of, json_answer, readable_answer
from deliveries.models import Source
from triage import webhooks
from triage.api import hook_serializers as shapes
from triage.api import queries
from triage.models import HookDeliveryState, WebhookDelivery, WebhookEndpoint

CREATE = shapes.EndpointCreateSerializer()
CHANGE = shapes.EndpointChangeSerializer()
RECOVERY = shapes.RecoverySerializer()
FAILED = "failed"
STATES = [*HookDeliveryState.values, FAILED]


class Managed(Endpoint):
    """Whatever is done with webhooks."""

    action = "webhook.manage"


class EndpointsView(Managed):
    """List endpoints, or make one."""

    @extend_schema(
        operation_id="list_webhook_endpoints", responses=shapes.EndpointListSerializer
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the endpoints of one's scope."""
        queries.refuse_unknown(request, frozenset())
        rows = WebhookEndpoint.objects.visible_to(actor_of(request)).order_by("pk")
        body = shapes.EndpointListSerializer({"results": rows}).data
        return readable_answer(request, body)

    @extend_schema(
        operation_id="create_webhook_endpoint",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.EndpointCreateSerializer,
        responses={201: shapes.NewEndpointSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make an endpoint; its secret is in this answer and never again."""
        given = read(request, CREATE)
        actor = actor_of(request)
        source = _source(actor)

        def effect() -> tuple[object, int]:
            endpoint, secret = webhooks.create(
                source, created_by_id=actor.person_id, **given.fields
            )
            endpoint.refresh_from_db()
            shown = shapes.EndpointSerializer(endpoint).data
            return {**shown, "secret": secret}, 201

        with refusals():
            return once(request, given.raw, effect, secret=True)


class EndpointView(Managed):
    """Read, change or delete one endpoint."""

    @extend_schema(
        operation_id="read_webhook_endpoint", responses=shapes.EndpointSerializer
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """Read an endpoint; its secret is not shown."""
        queries.refuse_unknown(request, frozenset())
        return readable_answer(
            request, shapes.EndpointSerializer(_endpoint(request, path)).data
        )

    @extend_schema(
        operation_id="change_webhook_endpoint",
        request=shapes.EndpointChangeSerializer,
        responses=shapes.EndpointSerializer,
    )
    def patch(self, request: Request, **path: str) -> HttpResponse:
        """Change what the body names."""
        endpoint = _endpoint(request, path)
        said = read(request, CHANGE).fields
        with refusals():
            endpoint = webhooks.change(endpoint, timezone.now(), **said)
        return json_answer(shapes.EndpointSerializer(endpoint).data)

    @extend_schema(operation_id="delete_webhook_endpoint", responses={204: None})
    def delete(self, request: Request, **path: str) -> HttpResponse:
        """Delete an endpoint with its deliveries."""
        webhooks.remove(_endpoint(request, path))
        return HttpResponse(status=204)


class TestView(Managed):
    """Try an endpoint out."""

    @extend_schema(
        operation_id="test_webhook_endpoint",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: shapes.DeliverySerializer},
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Send the endpoint a test event."""
        endpoint = _endpoint(request, path)

        def effect() -> tuple[object, int]:
            delivery = webhooks.try_out(endpoint)
            return shapes.DeliverySerializer(delivery).data, 202

        with refusals():
            return once(request, None, effect)


class SecretView(Managed):
    """Give an endpoint another secret."""

    @extend_schema(
        operation_id="rotate_webhook_secret",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: shapes.SecretSerializer},
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Show a new secret this once; the old one signs too for 24 hours."""
        endpoint = _endpoint(request, path)

        def effect() -> tuple[object, int]:
            secret = webhooks.rotate(endpoint, timezone.now())
            endpoint.refresh_from_db()
            body = {"secret": secret, "old_secret_until": endpoint.old_secret_until}
            return shapes.SecretSerializer(body).data, 201

        return once(request, None, effect, secret=True)


class DeliveriesView(Managed):
    """What was sent to an endpoint, and what became of it?"""

    @extend_schema(
        operation_id="list_webhook_deliveries",
        parameters=[
            OpenApiParameter("state", {"type": "string", "enum": STATES}),
            *queries.PAGE_PARAMETERS,
        ],
        responses=shapes.DeliveryPageSerializer,
    )
    def get(self, request: Request, **path: str) -> HttpResponseBase:
        """List the deliveries to an endpoint, newest first."""
        queries.refuse_unknown(request, paging.PARAMETERS | {"state"})
        rows = _endpoint(request, path).deliveries.all()
        state = queries.word(request, "state", STATES)
        if state == FAILED:
            rows = rows.failed()
        elif state is not None:
            rows = rows.filter(state=state)
        part = paging.part(request, rows, f"deliveries-{path['id']}")
        page = {"results": part.rows, "next": part.next, "previous": part.previous}
        return readable_answer(request, shapes.DeliveryPageSerializer(page).data)


class RecoveryView(Managed):
    """Send again what an endpoint missed."""

    @extend_schema(
        operation_id="recover_webhook_deliveries",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.RecoverySerializer,
        responses={202: shapes.RecoveredSerializer},
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Send every delivery again that was given up in a time."""
        endpoint = _endpoint(request, path)
        given = read(request, RECOVERY)
        since, until = given.fields["since"], given.fields.get("until")

        def effect() -> tuple[object, int]:
            count = webhooks.recover(
                endpoint, since=since, until=until, now=timezone.now()
            )
            return {"count": count}, 202

        with refusals():
            return once(request, given.raw, effect)


class RedeliveryView(Managed):
    """Send one delivery again."""

    @extend_schema(
        operation_id="redeliver_webhook",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: shapes.DeliverySerializer},
    )
    def post(self, request: Request, **path: str) -> HttpResponse:
        """Send a delivery again with the same id and body."""
        rows = WebhookDelivery.objects.visible_to(actor_of(request))
        found = get_object_or_404(rows.select_related("endpoint"), public_id=path["id"])

        def effect() -> tuple[object, int]:
            delivery = webhooks.redeliver(found, timezone.now())
            return shapes.DeliverySerializer(delivery).data, 202

        with refusals():
            return once(request, None, effect)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a decision about an endpoint raises into problems."""
    try:
        yield
    except webhooks.BadAddress as error:
        raise ValidationError({"url": [str(error)]}, "address") from error
    except (webhooks.TooMany, webhooks.AlreadyDisabled) as error:
        raise Problem("transition_not_allowed", str(error)) from error


def _endpoint(request: Request, path: dict[str, str]) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(actor_of(request))
    return get_object_or_404(rows, public_id=path["id"])


def _source(actor: Actor) -> Source:
    """Return the one source for which the actor can make an endpoint."""
    own = {actor.source_id} if actor.source_id is not None else actor.source_ids
    if len(own) != 1:
        raise Problem("not_allowed")
    return Source.objects.get(pk__in=own)
