"""Which causes of failure are there?"""

from django.db.models import Case, Value, When
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from deliveries.api.views import Endpoint, readable_answer
from deliveries.models import FailureCategory
from triage.answers import CategoryListSerializer
from triage.api import queries


class CategoriesView(Endpoint):
    """Read the vocabulary; the same for everybody."""

    action = "schema.read"

    @extend_schema(operation_id="list_categories", responses=CategoryListSerializer)
    def get(self, request: Request) -> HttpResponseBase:
        """List every category, in both languages."""
        queries.refuse_unknown(request, frozenset())
        rows = FailureCategory.objects.select_related("successor").annotate(
            deprecated=Case(
                When(deprecated_at=None, then=Value(False)), default=Value(True)
            )
        )
        return readable_answer(request, CategoryListSerializer({"results": rows}).data)
