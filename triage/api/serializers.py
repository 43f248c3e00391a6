"""What may a reporter say?

``ReportCreateSerializer`` is the one place where a filed report is checked; the
published schema is generated from it.
"""

import json
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries import addresses
from deliveries.api.fields import (
    FlagField,
    ListField,
    MomentField,
    StrictSerializer,
    TextField,
    WholeField,
    WordField,
)
from deliveries.models import ChannelKind, Purpose
from triage.intake import Contact, Log, SourceAttempt
from triage.models import LogKind, Symptom

REFERENCE = r"[A-Za-z0-9._~:@=+-]{1,200}"
TEMPLATE_KEY = r"[A-Za-z0-9._~:@=+-]{1,120}"
SLUG = r"[A-Za-z0-9_-]{1,32}"
LANGUAGE = r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*"  # the shape of BCP 47 tags
# No list, no header, no name. What readers of patterns disagree about, whether it is
# white space (U+0085, U+FEFF), is named, so that the document refuses what we refuse.
ONE_ADDRESS = r"[^\s,;<>\"\x00-\x1f\x7f-\x9f\ufeff]{3,320}"
KIB = 1024
LONGEST_WAIT_S = 366 * 24 * 3600
META_KEYS = 20
META_BYTES = 4 * KIB


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": f"^{REFERENCE}$",
        "not": {"pattern": r"^([^@]+@[^@]+\.[^@.]{2,}|\+[0-9]{7,15})$"},
    }
)
class RecipientRefField(TextField):
    """The source's id of a person, which must not be the person's address."""

    default_error_messages: ClassVar = {
        "address": _("Send your own id of the person, never an address."),
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse mail addresses and phone numbers."""
        value = super().run_validation(data)
        if addresses.is_address(value):
            self.fail("address")
        return value


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1, "maxLength": 40},
            {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        ]
    }
)
class VersionField(serializers.Field[str, Any, str, Any]):
    """A version of a template, which some systems number and others name."""

    default_error_messages: ClassVar = {
        "invalid": _("Use a text of 1 to 40 characters, or a whole number from 0 on."),
    }

    def to_internal_value(self, data: Any) -> str:
        """Return the version as text."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, int) and not isinstance(data, bool):
            data = str(data) if 0 <= data < 2**31 else ""
        if not isinstance(data, str) or not 1 <= len(data) <= 40:
            self.fail("invalid")
        return data

    def to_representation(self, value: str) -> str:
        """Show the version."""
        return value


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": True,
        "maxProperties": META_KEYS,
        "description": "Free data, at most 4 KB as JSON; stored, never interpreted.",
    }
)
class MetaField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """Free data of the reporter, bounded in keys and bytes."""

    default_error_messages: ClassVar = {
        "invalid": _("This must be an object."),
        "max_keys": _("Use at most %(count)d keys."),
        "max_bytes": _("Use at most %(count)d bytes of JSON."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object as it is."""
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > META_KEYS:
            self._refuse("max_keys", META_KEYS)
        if len(json.dumps(data, ensure_ascii=False).encode()) > META_BYTES:
            self._refuse("max_bytes", META_BYTES)
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """Show the object."""
        return value

    def _refuse(self, code: str, count: int) -> None:
        message = str(self.error_messages[code]) % {"count": count}
        raise serializers.ValidationError([message], code=code)


class TemplateSerializer(StrictSerializer):
    """Which template the message was made from."""

    key = TextField(required=True, pattern=TEMPLATE_KEY, max_length=120)
    version = VersionField(required=False)
    locale = TextField(pattern=LANGUAGE, max_length=20)


class ClientSerializer(StrictSerializer):
    """The program in which the person saw the failure."""

    app = TextField(max_length=60, allow_blank=True)
    version = TextField(max_length=40, allow_blank=True)
    os = TextField(max_length=60, allow_blank=True)
    network = TextField(max_length=30, allow_blank=True)


class AttemptSerializer(StrictSerializer):
    """One try that the source has made itself."""

    at = MomentField(required=True)
    provider = TextField(max_length=64, allow_blank=True)
    code = TextField(max_length=64, allow_blank=True)
    answer = TextField(max_length=4 * KIB, allow_blank=True)
    retry_after_s = WholeField(required=False, min_value=0, max_value=LONGEST_WAIT_S)

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Return the try as a value."""
        return SourceAttempt(**attrs)


class LogSerializer(StrictSerializer):
    """One log; personal values are taken out before it is stored."""

    kind = WordField(LogKind.values, required=True)
    text = TextField(required=True, max_length=256 * KIB, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Return the log as a value."""
        return Log(kind=LogKind(attrs["kind"]), text=attrs["text"])


class ContactSerializer(StrictSerializer):
    """Where to answer the person; sealed, shown to nobody in full."""

    channel = WordField(ChannelKind.values, aliases={"im": "chat"}, required=True)
    address = TextField(required=True, pattern=ONE_ADDRESS, max_length=320)

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Return the contact as a value."""
        return Contact(ChannelKind(attrs["channel"]), attrs["address"])


class ReportCreateSerializer(StrictSerializer):
    """A delivery failure, as it is filed."""

    channel = WordField(
        ChannelKind.values,
        aliases={"im": "chat"},
        required=True,
        error_messages={"required": _("Say which channel failed.")},
    )
    symptom = WordField(
        Symptom.values,
        required=True,
        error_messages={"required": _("Say what the person sees.")},
    )
    occurred_at = MomentField(
        required=True, error_messages={"required": _("Say when it happened.")}
    )
    client_report_id = TextField(max_length=128)
    message_ref = TextField(pattern=REFERENCE, max_length=200)
    recipient_ref = RecipientRefField(pattern=REFERENCE, max_length=200)
    purpose = WordField(Purpose.values)
    provider = TextField(max_length=64, allow_blank=True)
    provider_code = TextField(max_length=64, allow_blank=True)
    enhanced_code = TextField(max_length=64, allow_blank=True)
    provider_answer = TextField(max_length=16 * KIB, allow_blank=True)
    template = TemplateSerializer(required=False)
    region = TextField(pattern=SLUG, max_length=32)
    locale = TextField(pattern=LANGUAGE, max_length=20)
    expires_at = MomentField(required=False)
    client = ClientSerializer(required=False)
    attempts = ListField(child=AttemptSerializer(), max_length=20, required=False)
    logs = ListField(child=LogSerializer(), max_length=10, required=False)
    consent_to_logs = FlagField(required=False)
    contact = ContactSerializer(required=False)
    detail = TextField(max_length=4 * KIB, allow_blank=True)
    meta = MetaField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn words and lists into the types of a submission."""
        attrs["channel"] = ChannelKind(attrs["channel"])
        attrs["symptom"] = Symptom(attrs["symptom"])
        if "purpose" in attrs:
            attrs["purpose"] = Purpose(attrs["purpose"])
        for name in ("attempts", "logs"):
            if name in attrs:
                attrs[name] = tuple(attrs[name])
        return attrs
