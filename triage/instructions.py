"""What is a source told when it is to send a message again?"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries.models import DelegatedCode, DelegatedSend, DelegatedState

SHOWN = (
    "source",
    "attempt__message__last_category",
    "attempt__route__provider",
)


class RouteHintSerializer(serializers.Serializer[Any]):
    """Over which provider the send was planned; the source may take another."""

    provider = serializers.CharField()
    region = serializers.CharField(allow_blank=True)


class ResendSerializer(serializers.Serializer[DelegatedSend]):
    """One send that the source is asked to make, under one generation and key."""

    item = serializers.CharField(source="public_id")
    state = serializers.ChoiceField(DelegatedState.choices)
    code = serializers.ChoiceField(DelegatedCode.choices, allow_blank=True)
    external_id = serializers.CharField(source="attempt.message.external_id")
    generation = serializers.IntegerField()
    idempotency_key = serializers.CharField(source="attempt.idempotency_key")
    reason = serializers.CharField(
        source="attempt.message.last_category.slug", allow_null=True, default=None
    )
    route_hint = serializers.SerializerMethodField()
    ack_by = serializers.DateTimeField()
    lease_until = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(
        source="attempt.message.expires_at", allow_null=True
    )

    @extend_schema_field(RouteHintSerializer)
    def get_route_hint(self, item: DelegatedSend) -> dict[str, str]:
        """Return the route over which the send was planned."""
        route = item.attempt.route
        return {"provider": route.provider.slug, "region": route.region}


class ResendPageSerializer(serializers.Serializer[Any]):
    """A part of the list of sends that the source is asked to make."""

    results = ResendSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


def shown(item: DelegatedSend) -> dict[str, Any]:
    """Return a send as its source sees it; load the row with ``SHOWN``."""
    return dict(ResendSerializer(item).data)
