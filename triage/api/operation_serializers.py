"""What may a person ask for when they plan a bulk resend, and what is shown of one?"""

from math import ceil
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries import resend, stopping
from deliveries.api.fields import (
    FlagField,
    ListField,
    MomentField,
    NumberField,
    StrictSerializer,
    TextField,
    WholeField,
    WordField,
)
from deliveries.models import (
    CANARY,
    MOST_RATE,
    MOST_STEP,
    RAMP,
    RATE_PER_S,
    ChannelKind,
    Exclusion,
    Fault,
    ItemState,
    ResendEvent,
    ResendOperation,
    ResendState,
)
from triage import resend_report, resending

MESSAGES_MOST = 1_000  # named one by one
STEPS_MOST = 20
MESSAGE_ID = "msg_[0-9A-Za-z]{26}"


class QuerySerializer(StrictSerializer):
    """Which failed messages are meant; the filters of the page."""

    ticket = WholeField(required=False, min_value=1, max_value=10**12)
    group = WholeField(required=False, min_value=1, max_value=10**12)
    channel = WordField(ChannelKind.values)
    provider = TextField(max_length=64)
    region = TextField(max_length=32)
    category = TextField(max_length=64)
    since = MomentField(required=False)
    until = MomentField(required=False)


class PatchSerializer(StrictSerializer):
    """What is edited before the send; it needs a second person."""

    region = TextField(max_length=32)
    expires_at = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn the time into what is stored; it has to lie ahead."""
        at = attrs.get("expires_at")
        if at is None:
            return attrs
        if at <= timezone.now():
            words = _("Choose a time that lies ahead.")
            raise serializers.ValidationError({"expires_at": [words]})
        return {**attrs, "expires_at": at.isoformat()}


class AbortSerializer(StrictSerializer):
    """When it stops by itself: above so many percent of the last messages."""

    percent = WholeField(required=False, min_value=0, max_value=stopping.MOST_PERCENT)
    window = WholeField(
        required=False,
        min_value=stopping.LEAST_WINDOW,
        max_value=stopping.MOST_WINDOW,
    )


class OperationCreateSerializer(StrictSerializer):
    """A bulk resend, as it is planned; one of query and message_ids is needed."""

    query = QuerySerializer(required=False)
    message_ids = ListField(
        child=TextField(pattern=MESSAGE_ID),
        min_length=1,
        max_length=MESSAGES_MOST,
        required=False,
    )
    remedy = WordField([each.value for each in resend.OFFERED])
    patch = PatchSerializer(required=False)
    with_unclear = FlagField(required=False)
    canary = WholeField(required=False, min_value=1, max_value=MOST_STEP)
    ramp = ListField(
        child=WholeField(min_value=1, max_value=MOST_STEP),
        min_length=1,
        max_length=STEPS_MOST,
        required=False,
    )
    rate_per_s = NumberField(required=False, min_value=0.01, max_value=MOST_RATE)
    abort = AbortSerializer(required=False)


def asked(said: dict[str, Any]) -> tuple[resending.Query, resending.Pace]:
    """Return which messages are meant, and how they are sent."""
    messages = tuple(dict.fromkeys(said.get("message_ids", ())))
    query = resending.Query(**said.get("query", {}), messages=messages)
    pace = resending.Pace(
        remedy=said.get("remedy", ""),
        patch=dict(said.get("patch", {})),
        with_unclear=said.get("with_unclear", False),
        canary_size=said.get("canary", CANARY),
        ramp=said.get("ramp", RAMP),
        rate_per_s=said.get("rate_per_s", RATE_PER_S),
        abort=stopping.Rule(**said.get("abort", {})),
    )
    return query, pace


# --- what is shown --------------------------------------------------------------------


class EstimateSerializer(serializers.Serializer[Any]):
    """How many messages it is about, and how long it takes at least."""

    messages = serializers.IntegerField()
    seconds = serializers.IntegerField()


class AbortShownSerializer(serializers.Serializer[Any]):
    """When it stops by itself."""

    percent = serializers.IntegerField()
    window = serializers.IntegerField()


class CountersSerializer(serializers.Serializer[ResendOperation]):
    """How many messages stand where; the sum is ``judged``."""

    planned = serializers.IntegerField(source="n_planned")
    claimed = serializers.IntegerField(source="n_claimed")
    sent = serializers.IntegerField(source="n_sent")
    delivered = serializers.IntegerField(source="n_delivered")
    failed = serializers.IntegerField(source="n_failed")
    unknown = serializers.IntegerField(source="n_unknown")
    cancelled = serializers.IntegerField(source="n_cancelled")
    excluded = serializers.IntegerField(source="n_excluded")


class OperationSerializer(serializers.Serializer[ResendOperation]):
    """A bulk resend: what was asked, what it came to, and how far it is."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(ResendState.choices)
    fault = serializers.ChoiceField(Fault.choices, allow_blank=True)
    created_by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    query = serializers.JSONField()
    remedy = serializers.CharField(allow_blank=True)
    patch = serializers.JSONField()
    with_unclear = serializers.BooleanField()
    canary = serializers.IntegerField(source="canary_size")
    ramp = serializers.ListField(child=serializers.IntegerField())
    rate_per_s = serializers.FloatField()
    abort = AbortShownSerializer(source="rule")
    estimate = serializers.SerializerMethodField()
    matched = serializers.IntegerField()
    judged = serializers.IntegerField(source="frozen_count")
    will_send = serializers.IntegerField()
    needs_second_person = serializers.BooleanField()
    approved_by = serializers.SerializerMethodField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    step = serializers.IntegerField()
    counters = CountersSerializer(source="*")

    def get_created_by(self, row: ResendOperation) -> str:
        """Return the name of who planned it."""
        return name_of(row.created_by)

    def get_approved_by(self, row: ResendOperation) -> str | None:
        """Return the name of who agreed, if somebody had to and did."""
        return name_of(row.approved_by) if row.approved_by else None

    @extend_schema_field(EstimateSerializer)
    def get_estimate(self, row: ResendOperation) -> dict[str, int]:
        """Return how many messages it is about, and the least time they take."""
        messages = row.will_send if row.frozen_at else row.matched
        return {"messages": messages, "seconds": ceil(messages / row.rate_per_s)}


class RiskSerializer(serializers.Serializer[Any]):
    """Could anybody get a message twice? Of the messages that will be sent."""

    causes = serializers.DictField(child=serializers.IntegerField(), default=dict)
    unclear = serializers.IntegerField(default=0)
    unclear_known = serializers.IntegerField(default=0)
    unclear_left_out = serializers.IntegerField(default=0)
    expected_twice = serializers.FloatField(default=0.0)


class StepSerializer(serializers.Serializer[ResendEvent]):
    """Who did what, and when; nobody is the machine."""

    state = serializers.ChoiceField(ResendState.choices)
    by = serializers.SerializerMethodField()
    at = serializers.DateTimeField()

    def get_by(self, event: ResendEvent) -> str | None:
        """Return the name of who did it."""
        return name_of(event.person) if event.person else None


class OperationDetailSerializer(OperationSerializer):
    """A bulk resend with why messages are left out, and who did what."""

    exclusions = serializers.SerializerMethodField()
    risk = RiskSerializer(source="plan")
    history = StepSerializer(source="events", many=True)

    @extend_schema_field(
        {"type": "object", "additionalProperties": {"type": "integer"}}
    )
    def get_exclusions(self, row: ResendOperation) -> dict[str, int]:
        """Count what is left out by the code of the reason."""
        return resend_report.exclusions(row)


class OperationPageSerializer(serializers.Serializer[Any]):
    """A part of the bulk resends, the newest first."""

    results = OperationSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ItemSerializer(serializers.Serializer[Any]):
    """What became of one message; ``exclusion`` says why it is left out."""

    message = serializers.CharField(source="public_id")
    external_id = serializers.CharField(source="reference")
    recipient = serializers.CharField(allow_blank=True, help_text="Masked.")
    channel = serializers.ChoiceField(ChannelKind.choices)
    cause = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(ItemState.choices)
    exclusion = serializers.ChoiceField(Exclusion.choices, allow_blank=True)
    attempt = serializers.IntegerField(allow_null=True)
    provider = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    finished_at = serializers.DateTimeField(source="at", allow_null=True)


class ItemPageSerializer(serializers.Serializer[Any]):
    """A part of the messages of a bulk resend, the newest first."""

    results = ItemSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


def name_of(user: User) -> str:
    """Return the full name of a person, or the name of the account."""
    return user.get_full_name() or user.get_username()
