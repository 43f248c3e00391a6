"""How do articles look in the admin site? Readable; written on their own pages."""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from knowledgebase.models import Article, ArticleTranslation, ArticleVersion


@admin.register(Article)
class ArticleAdmin(FactAdmin):
    """Articles."""

    read_action = "article.read_internal"
    list_display = ("slug", "audience", "owner", "created_at")
    list_filter = ("audience",)
    list_select_related: ClassVar = ("owner",)


@admin.register(ArticleTranslation)
class ArticleTranslationAdmin(FactAdmin):
    """Languages of articles."""

    read_action = "article.read_internal"
    list_display = ("article", "locale", "state")
    list_filter = ("locale", "state")

    def get_queryset(self, request):  # type: ignore[no-untyped-def]  # stock signature
        """Fetch what the names of the articles need."""
        rows = super().get_queryset(request)
        return rows.prefetch_related("article__translations__current_version")


@admin.register(ArticleVersion)
class ArticleVersionAdmin(FactAdmin):
    """Texts, never changed."""

    read_action = "article.read_internal"
    list_display = ("title", "number", "translation", "author", "created_at")
    list_select_related: ClassVar = ("translation", "author")
