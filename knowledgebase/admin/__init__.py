"""How do articles look in the admin site? Readable; written on their own pages."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from deliveries.admin import ReadableAdmin
from knowledgebase.models import Article, ArticleTranslation, ArticleVersion


@admin.register(Article)
class ArticleAdmin(ReadableAdmin):
    """Articles."""

    read_action = "article.read_internal"
    list_display = ("slug", "audience", "owner", "created_at")
    list_filter = ("audience",)
    list_select_related: ClassVar = ("owner",)


@admin.register(ArticleTranslation)
class ArticleTranslationAdmin(ReadableAdmin):
    """Languages of articles."""

    read_action = "article.read_internal"
    list_display = ("article", "locale", "state")
    list_filter = ("locale", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArticleTranslation]:
        """Fetch what the names of the articles need."""
        rows: QuerySet[ArticleTranslation] = super().get_queryset(request)
        return rows.prefetch_related("article__translations__current_version")


@admin.register(ArticleVersion)
class ArticleVersionAdmin(ReadableAdmin):
    """Texts, never changed."""

    read_action = "article.read_internal"
    list_display = ("title", "number", "translation", "author", "created_at")
    list_select_related: ClassVar = ("translation", "author")
