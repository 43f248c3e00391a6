"""What can an end user do before they report anything?

Public, without a key, and the same for everybody: caches may keep it.
"""

import re
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries import language
from deliveries.api.problems import Problem, of_parameter
from deliveries.api.throttles import TipThrottle
from deliveries.api.views import Endpoint, readable_answer
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase import guidance
from knowledgebase.guidance import Fit, Tip
from knowledgebase.models import Locale
from triage import advice, guiding
from triage.api import queries
from triage.notices import words

KEPT_S = 300  # by caches
SHAPES = {
    "category": r"[a-z]{1,30}\.[a-z_]{1,60}",
    "code": r"[ -~]{1,64}",
    "provider": r"[ -~]{1,64}",
    "locale": r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}",
}
PARAMETERS = [
    OpenApiParameter("channel", {"type": "string", "enum": ChannelKind.values}),
    OpenApiParameter(
        "category",
        {"type": "string", "pattern": f"^{SHAPES['category']}$"},
        description="A cause, as in categories/; it comes before the code.",
    ),
    OpenApiParameter(
        "code",
        {"type": "string", "pattern": f"^{SHAPES['code']}$"},
        description="An enhanced or SMTP status, or the provider’s own code.",
    ),
    OpenApiParameter(
        "provider",
        {"type": "string", "pattern": f"^{SHAPES['provider']}$"},
        description="Whose code it is; numbers mean nothing without.",
    ),
    OpenApiParameter(
        "locale",
        {"type": "string", "pattern": f"^{SHAPES['locale']}$", "default": "en"},
        description="BCP 47; Chinese gets Chinese, anybody else English.",
    ),
]


class PublishedTipSerializer(serializers.Serializer[Any]):
    """What to tell an end user."""

    id = serializers.SlugField(help_text="Stays when the words change.")
    version = serializers.IntegerField(
        min_value=1, help_text="Of this language; rises when the words change."
    )
    locale = serializers.ChoiceField(
        choices=Locale.values, help_text="Another than asked if there is none."
    )
    fits = serializers.ChoiceField(
        choices=Fit.values,
        help_text="Whether it is about the cause, its family, or only the channel.",
    )
    title = serializers.CharField()
    text = serializers.CharField(help_text="Plain words without markup.")
    article_url = serializers.URLField(help_text="The same, as a page for people.")


class TipListSerializer(serializers.Serializer[Any]):
    """The cause that was understood, and at most one tip."""

    category = serializers.CharField(
        allow_null=True, help_text="Null if neither category nor code told."
    )
    results = PublishedTipSerializer(many=True)


class TipsView(Endpoint):
    """Say what helps."""

    action = "site.open"
    authentication_classes = ()
    throttle_classes = (TipThrottle,)

    @extend_schema(
        operation_id="list_tips",
        parameters=PARAMETERS,
        auth=[],
        responses=TipListSerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Find the closest published tip for a channel and a cause, or a code."""
        asked = _asked(request)
        category = asked["category"] or guiding.category_of(
            asked["channel"], asked["code"], asked["provider"]
        )
        locale = words.read_as(asked["locale"] or language.EN)
        found = guidance.tip(category, asked["channel"], locale)
        results = [_written(found)] if found else []
        return readable_answer(
            request, {"category": category or None, "results": results}
        )

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Let caches keep what is no refusal."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if final.status_code in (200, 304):
            del final["Cache-Control"]
            patch_cache_control(final, public=True, max_age=KEPT_S)
        return final


def _asked(request: Request) -> dict[str, str]:
    """Return every parameter, empty without a value; raises :class:`Problem`."""
    queries.refuse_unknown(request, frozenset({"channel", *SHAPES}))
    channel = queries.word(request, "channel", ChannelKind.values)
    asked = {"channel": channel or ""}
    faults = []
    for name, shape in SHAPES.items():
        value = request.query_params.get(name)
        if value is not None and not re.fullmatch(shape, value):
            said = _("This is not what the parameter may look like.")
            faults.append(of_parameter(name, "invalid", said))
        asked[name] = value or ""
    known = FailureCategory.objects.filter(slug=asked["category"])
    if asked["category"] and not faults and not known.exists():
        said = _("There is no such category.")
        faults.append(of_parameter("category", "unknown_category", said))
    if faults:
        raise Problem("invalid", errors=faults)
    return asked


def _written(tip: Tip) -> dict[str, object]:
    return {
        "id": tip.slug,
        "version": tip.number,
        "locale": tip.locale,
        "fits": tip.fit,
        "title": tip.title,
        "text": tip.text,
        "article_url": advice.url_of(tip),
    }
