"""How does a source say that it showed a tip to somebody, before they reported?

So it can be told how many reports a tip spared: an hour later we look whether one came.
"""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from deliveries import taxonomy
from deliveries.api.fields import FlagField, StrictSerializer, TextField, WordField
from deliveries.api.repeating import once, read
from deliveries.api.schema import IDEMPOTENCY_KEY
from deliveries.api.views import Endpoint, actor_of
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase import guidance
from knowledgebase.models import ArticleVersion, Audience, Locale
from triage import guiding
from triage.api.serializers import REFERENCE, RecipientRefField
from triage.guiding import Shown


class ShowingSerializer(StrictSerializer):
    """Which tip somebody saw, and whether they said that it helped."""

    tip = TextField(pattern=r"[a-zA-Z0-9_-]+", max_length=120, required=True)
    locale = WordField(Locale.values, required=True)
    channel = WordField(ChannelKind.values, required=True)
    category = TextField(pattern=r"[a-z]+\.[a-z_]+", max_length=60)
    recipient_ref = RecipientRefField(pattern=REFERENCE, max_length=200, required=True)
    helped = FlagField(required=False)


class ShowingReadSerializer(serializers.Serializer[Any]):
    """What is counted: once a day for each person and text."""

    tip = serializers.CharField()
    version = serializers.IntegerField(min_value=1)
    day = serializers.DateField(help_text="UTC.")
    helped = serializers.BooleanField()


SHOWING = ShowingSerializer()


class ShowingsView(Endpoint):
    """Say that a tip was shown."""

    action = "report.file"

    @extend_schema(
        operation_id="note_showing",
        parameters=[IDEMPOTENCY_KEY],
        request=ShowingSerializer,
        responses=ShowingReadSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Note that one person saw a tip; saying it again that day changes nothing."""
        given = read(request, SHOWING)
        said = given.fields
        version = _version(said["tip"], said["locale"])
        cause = said.get("category", taxonomy.UNKNOWN)
        if not FailureCategory.objects.filter(slug=cause).exists():
            text = _("There is no such category.")
            raise ValidationError({"category": [ErrorDetail(text, "does_not_exist")]})
        shown = Shown(
            version_id=version.pk,
            source_id=actor_of(request).source_id or 0,
            recipient_ref=said["recipient_ref"],
            channel=said["channel"],
            category=cause,
            helped=said.get("helped", False),
        )

        def effect() -> tuple[object, int]:
            row = guiding.show_before(shown, timezone.now())
            return {
                "tip": said["tip"],
                "version": version.number,
                "day": row.day.isoformat(),
                "helped": shown.helped,
            }, 200

        return once(request, given.raw, effect)


def _version(slug: str, locale: str) -> ArticleVersion:
    rows = guidance.for_everybody(locale).filter(
        translation__article__slug=slug,
        translation__article__audience=Audience.TIP,
        translation__locale=locale,
    )
    found = rows.first()
    if found is None:
        text = _("There is no such tip in this language.")
        raise ValidationError({"tip": [ErrorDetail(text, "does_not_exist")]})
    return found
