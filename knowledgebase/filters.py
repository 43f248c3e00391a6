"""By what can articles be narrowed?"""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory
from knowledgebase.models import Article


class ArticleFilter(django_filters.FilterSet):
    """Articles by cause, and by words of their title or text."""

    category = django_filters.ModelChoiceFilter(
        label=_("Cause"),
        queryset=FailureCategory.objects.all(),
        field_name="categories",
        to_field_name="slug",
    )
    q = django_filters.CharFilter(label=_("Words"), method="by_words", max_length=200)

    class Meta:
        model = Article
        fields: ClassVar = ["category", "q"]

    def by_words(
        self, rows: QuerySet[Article], name: str, value: str
    ) -> QuerySet[Article]:
        """Articles whose current text, in any language, holds the words in a row."""
        current = "translations__current_version__"
        holds = Q(**{f"{current}title__icontains": value}) | Q(
            **{f"{current}body__icontains": value}
        )
        return rows.filter(holds).distinct()
