"""What may a source tell of a message, and what is shown of one?"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries import addresses, contents
from deliveries.api.fields import (
    MomentField,
    StrictSerializer,
    TextField,
    WordField,
)
from deliveries.models import (
    AttemptCause,
    ChannelKind,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Purpose,
)
from triage.api.serializers import REFERENCE, SLUG, RecipientRefField

KIB = 1024
LONGEST_ADDRESS = 4 * KIB  # the address of a browser is a whole object of JSON
LONGEST_SUBJECT = 998  # of a line of a mail (RFC 5322, 2.1.1)
LONGEST_NAME = 64
ONE_LINE = r"[^\r\n]*"
# As in ``addresses``, in words that mean the same in a schema: no flag, and white
# space and control characters written out.
_IN_MAIL = r"[^@\s,;<>\"\x00-\x20\x7f-\xa0]"
MAIL = rf"{_IN_MAIL}{{1,64}}@{_IN_MAIL}{{1,189}}\.[A-Za-z0-9-]{{2,63}}"
WEB = r"[Hh][Tt][Tt][Pp][Ss]?://[^\s<>\"\x00-\x20\x7f-\xa0]+"


class AddressField(TextField):
    """A plain address; it is sealed and never shown again."""

    default_error_messages: ClassVar = {
        "shape": _("Nobody could be reached at this over the channel.")
    }

    def __init__(self, pattern: str = "") -> None:
        super().__init__(max_length=LONGEST_ADDRESS, pattern=pattern)


class AddressesSerializer(StrictSerializer):
    """Where the person is reached, by channel."""

    push = AddressField()
    email = AddressField(MAIL)
    sms = AddressField(addresses.PHONE.pattern)
    chat = AddressField()
    social = AddressField()
    webhook = AddressField(WEB)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "propertyNames": {"minLength": 1, "maxLength": LONGEST_NAME},
        "maxProperties": contents.MOST_VARIABLES,
    }
)
class VariablesField(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """The values that a provider puts into its text, in their order."""

    default_error_messages: ClassVar = {
        "invalid": _("This must be an object whose values are texts."),
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the values by their names."""
        if not isinstance(data, dict):
            self.fail("invalid")
        if not all(
            isinstance(value, str) and 0 < len(name) <= LONGEST_NAME
            for name, value in data.items()
        ):
            self.fail("invalid")
        return data


class ContentSerializer(StrictSerializer):
    """What the message says, at most 64 KB together; sealed and never shown again."""

    subject = TextField(max_length=LONGEST_SUBJECT, pattern=ONE_LINE, allow_blank=True)
    text = TextField(max_length=contents.LONGEST, allow_blank=True)
    html = TextField(max_length=contents.LONGEST, allow_blank=True)
    link = TextField(max_length=2 * KIB, allow_blank=True)
    template = TextField(max_length=200, allow_blank=True)
    variables = VariablesField(required=False)


class MessageWriteSerializer(StrictSerializer):
    """A message, as its source tells of it; what is left out stays as it is."""

    channel = WordField(
        ChannelKind.values,
        aliases={"im": "chat"},
        required=True,
        error_messages={"required": _("Say over which channel it goes.")},
    )
    purpose = WordField(
        Purpose.values,
        required=True,
        error_messages={"required": _("Say what the message is for.")},
    )
    recipient_ref = RecipientRefField(
        pattern=REFERENCE,
        max_length=200,
        required=True,
        error_messages={"required": _("Say for whom it is, by your own id.")},
    )
    addresses = AddressesSerializer(required=False)
    content = ContentSerializer(required=False)
    region = TextField(pattern=SLUG, max_length=32)
    provider = TextField(max_length=64)
    expires_at = MomentField(required=False)
    supersedes = TextField(pattern=REFERENCE, max_length=200)
    sent_at = MomentField(required=False)


class EventWriteSerializer(StrictSerializer):
    """Something that happened to a message; event_ref is the source's id of it."""

    kind = WordField(EventKind.values, required=True)
    occurred_at = MomentField(required=True)
    provider = TextField(max_length=64)
    event_ref = TextField(max_length=200)
    code = TextField(max_length=64, allow_blank=True)
    answer = TextField(max_length=4 * KIB, allow_blank=True)


# --- what is shown --------------------------------------------------------------------


class MessageAttemptSerializer(serializers.Serializer[DeliveryAttempt]):
    """One try; the answer is redacted."""

    n = serializers.IntegerField()
    cause = serializers.ChoiceField(AttemptCause.choices)
    outcome = serializers.ChoiceField(Outcome.choices)
    provider = serializers.CharField(source="route.provider.slug")
    planned_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(source="reply_code", allow_blank=True)
    enhanced_code = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(source="raw_answer", allow_blank=True)


class MessageSerializer(serializers.Serializer[Message]):
    """A message: how far it got, and what was tried. Nothing personal is shown."""

    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField()
    channel = serializers.ChoiceField(ChannelKind.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    recipient_ref = serializers.CharField(
        source="recipient.external_ref", allow_null=True, default=None
    )
    address = serializers.CharField(
        source="address.masked", allow_null=True, default=None, help_text="Masked."
    )
    has_content = serializers.SerializerMethodField()
    region = serializers.CharField(allow_blank=True)
    provider = serializers.CharField(
        source="provider.slug", allow_null=True, default=None
    )
    expires_at = serializers.DateTimeField(allow_null=True)
    supersedes = serializers.CharField(
        source="supersedes.external_id", allow_null=True, default=None
    )
    state = serializers.ChoiceField(MessageState.choices)
    hold = serializers.CharField(allow_blank=True)
    evidence_level = serializers.ChoiceField(EvidenceLevel.choices)
    needed_level = serializers.ChoiceField(EvidenceLevel.choices)
    recovered_late = serializers.BooleanField()
    contradicted_at = serializers.DateTimeField(allow_null=True)
    complained_at = serializers.DateTimeField(allow_null=True)
    category = serializers.CharField(
        source="last_category.slug", allow_null=True, default=None
    )
    created_at = serializers.DateTimeField()
    attempts = MessageAttemptSerializer(many=True)

    def get_has_content(self, message: Message) -> bool:
        """Say whether what it says was handed over, so that we can send it."""
        return message.sealed_content is not None


class RegisteredSerializer(MessageSerializer):
    """A message as it is after it was told of."""

    warnings = serializers.ListField(
        child=serializers.ChoiceField(["provider_unknown", "person_forgotten"])
    )
    sanitized = serializers.BooleanField()


class HeardSerializer(serializers.Serializer[Any]):
    """Where the message stands after an event; known says that it was no news."""

    external_id = serializers.CharField()
    state = serializers.ChoiceField(MessageState.choices)
    evidence_level = serializers.ChoiceField(EvidenceLevel.choices)
    needed_level = serializers.ChoiceField(EvidenceLevel.choices)
    known = serializers.BooleanField()
