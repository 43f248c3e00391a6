"""What may the owner of a webhook say, and what is shown of one?"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from deliveries.api.fields import (
    ListField,
    MomentField,
    StrictSerializer,
    TextField,
    WordField,
)
from triage.models import (
    DisabledReason,
    EndpointState,
    HookDeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
)
from triage.models.webhook import LONGEST_DESCRIPTION, LONGEST_URL


class EndpointFieldsSerializer(StrictSerializer):
    """What an owner says about an endpoint."""

    url = TextField(max_length=LONGEST_URL)
    events = ListField(
        child=WordField(WebhookKind.values),
        min_length=1,
        max_length=len(WebhookKind),
        required=False,
    )
    description = TextField(max_length=LONGEST_DESCRIPTION, allow_blank=True)


class EndpointChangeSerializer(EndpointFieldsSerializer):
    """What is to be different about an endpoint; enabling it starts afresh."""

    state = WordField(EndpointState.values)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn the state into its type."""
        if "state" in attrs:
            attrs["state"] = EndpointState(attrs["state"])
        return attrs


class EndpointCreateSerializer(EndpointFieldsSerializer):
    """An endpoint, as it is made."""

    url = TextField(
        max_length=LONGEST_URL,
        required=True,
        error_messages={"required": _("Say which address is to be called.")},
    )
    events = ListField(
        child=WordField(WebhookKind.values),
        min_length=1,
        max_length=len(WebhookKind),
        required=True,
    )


class RecoverySerializer(StrictSerializer):
    """Of which time failed deliveries are to be sent again."""

    since = MomentField(required=True)
    until = MomentField(required=False)


class EndpointSerializer(serializers.Serializer[WebhookEndpoint]):
    """An endpoint as its owner sees it."""

    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(WebhookKind.choices))
    description = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(EndpointState.choices)
    disabled_reason = serializers.ChoiceField(DisabledReason.choices, allow_blank=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SecretSerializer(serializers.Serializer[Any]):
    """A secret, shown this once."""

    secret = serializers.CharField(help_text="whsec_ and base64 of 32 bytes.")
    old_secret_until = serializers.DateTimeField(allow_null=True)


class NewEndpointSerializer(EndpointSerializer):
    """A new endpoint with its secret, shown this once."""

    secret = serializers.CharField(help_text="whsec_ and base64 of 32 bytes.")


class EndpointListSerializer(serializers.Serializer[Any]):
    """All endpoints of the source; there are never many."""

    results = EndpointSerializer(many=True)


class TrySerializer(serializers.Serializer[Any]):
    """One call of the endpoint; ``code`` says what broke before a whole answer."""

    at = serializers.DateTimeField()
    ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True)


class DeliverySerializer(serializers.Serializer[WebhookDelivery]):
    """One event for one endpoint, with every try."""

    id = serializers.CharField(source="public_id")
    event_id = serializers.CharField(help_text="The header webhook-id of every try.")
    type = serializers.ChoiceField(WebhookKind.choices, source="kind")
    object = serializers.CharField(source="subject")
    sequence = serializers.IntegerField()
    state = serializers.ChoiceField(HookDeliveryState.choices)
    next_try_at = serializers.DateTimeField(source="due_at", allow_null=True)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    tries = TrySerializer(source="log", many=True)


class DeliveryPageSerializer(serializers.Serializer[Any]):
    """A part of the deliveries, newest first."""

    results = DeliverySerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class RecoveredSerializer(serializers.Serializer[Any]):
    """How many deliveries are sent again."""

    count = serializers.IntegerField()
