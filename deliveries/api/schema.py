"""How does the published schema come out of the code? (OpenAPI 3.1)

Every operation documents every refusal it can give; an object that refuses unknown
fields says so.
"""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from deliveries.api.fields import StrictSerializer
from deliveries.api.problems import KINDS, MEDIA_TYPE

ALWAYS = ("400", "401", "403", "404", "405", "406", "429", "500", "503")
WRITING = ("POST", "PATCH", "PUT")
WITH_BODY = ("409", "413", "415", "422")

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,128}$"},
    OpenApiParameter.HEADER,
    description="The same key with the same body gives the same answer, for 7 days.",
)


class FaultSerializer(serializers.Serializer[Any]):
    """One fault of a request."""

    code = serializers.CharField()
    detail = serializers.CharField()
    pointer = serializers.CharField(
        required=False,
        help_text="A JSON pointer into the body, or ?name for a parameter.",
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For machines; never translated.")
    detail = serializers.CharField()
    retryable = serializers.BooleanField()
    request_id = serializers.CharField()
    # The framework takes declared fields out of the class.
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]  # see above


class ApiSchema(AutoSchema):
    """Describes one operation."""

    def get_auth(self) -> Any:
        """Return how one enters: by a key, or logged in where no key may."""
        if getattr(self.view, "of_people", False):
            return [{"session": []}]
        inherited: Any = super()
        return inherited.get_auth()

    def _get_serializer_name(
        self,
        serializer: Any,
        direction: str,
        bypass_extensions: bool = False,  # noqa: FBT001, FBT002
    ) -> str:
        # A body and an answer are different classes here, so neither needs a suffix.
        name: str = super()._get_serializer_name(
            serializer, "response", bypass_extensions
        )
        return name

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        inherited: Any = super()
        schema = inherited._map_basic_serializer(serializer, direction)
        if isinstance(serializer, StrictSerializer) or (
            isinstance(serializer, type) and issubclass(serializer, StrictSerializer)
        ):
            schema["additionalProperties"] = False
        return schema

    def _get_response_bodies(self, direction: str = "response") -> Any:
        inherited: Any = super()
        responses = inherited._get_response_bodies(direction)
        statuses = ALWAYS + (WITH_BODY if self.method in WRITING else ())
        statuses += getattr(self.view, "also_refuses", ())
        for status in statuses:
            answer = inherited._get_response_for_code(
                ProblemSerializer, status, [MEDIA_TYPE], direction
            )
            codes = [code for code, kind in KINDS.items() if str(kind.status) == status]
            answer["description"] = ", ".join(codes)
            responses.setdefault(status, answer)
        return dict(sorted(responses.items()))


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped package
    """Documents the bearer key."""

    target_class = "deliveries.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme of the document."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "und_<8 characters>_<43 characters>",
        }


class TextFieldShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # untyped package
    """Documents the bounds of a text."""

    target_class = "deliveries.api.fields.TextField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the JSON Schema of the field."""
        field = self.target
        schema: dict[str, Any] = {"type": "string"}
        if not field.allow_blank:
            schema["minLength"] = 1
        if field.max_length is not None:
            schema["maxLength"] = field.max_length
        if field.pattern is not None:
            schema["pattern"] = f"^{field.pattern.pattern}$"
        return schema
