"""How do articles look in the admin site? Readable; written on their own pages."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from deliveries.admin import FactAdmin, ReadableAdmin
from knowledgebase.models import (
    Answer,
    Article,
    ArticleEffect,
    ArticleEvent,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    Follower,
    MissedSearch,
    ModuleArticle,
    ModuleReader,
    PostBudget,
    Publication,
    Question,
    SearchWord,
    TrainingItem,
    TrainingModule,
    Vote,
    WritingTask,
)


@admin.register(Article)
class ArticleAdmin(ReadableAdmin):
    """Articles."""

    read_action = "article.read_internal"
    list_display = ("slug", "audience", "owner", "review_by", "created_at")
    list_filter = ("audience", "source_locale")
    search_fields = ("slug",)
    list_select_related: ClassVar = ("owner",)


@admin.register(ArticleTranslation)
class ArticleTranslationAdmin(ReadableAdmin):
    """Languages of articles."""

    read_action = "article.read_internal"
    list_display = ("article", "locale", "state", "stale_at", "publish_at")
    list_filter = ("locale", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArticleTranslation]:
        """Fetch what the names of the articles need."""
        rows: QuerySet[ArticleTranslation] = super().get_queryset(request)
        texts = "article__translations__current_version"
        return rows.prefetch_related(texts, "article__translations__published_version")


@admin.register(ArticleVersion)
class ArticleVersionAdmin(ReadableAdmin):
    """Texts, never changed."""

    read_action = "article.read_internal"
    list_display = (
        "title",
        "number",
        "translation",
        "author",
        "reviewer",
        "published_at",
    )
    list_filter = ("translation__locale",)
    search_fields = ("title",)
    list_select_related: ClassVar = ("translation", "author", "reviewer")


@admin.register(ArticleEvent)
class ArticleEventAdmin(ReadableAdmin):
    """What was done to articles."""

    read_action = "article.read_internal"
    list_display = ("article_id", "locale", "act", "actor", "at")
    list_filter = ("act", "locale")
    search_fields = ("article__slug",)
    list_select_related: ClassVar = ("actor",)


@admin.register(ArticleFeedback)
class ArticleFeedbackAdmin(ReadableAdmin):
    """What readers say about texts."""

    read_action = "article.read_internal"
    list_display = ("version", "kind", "actor_kind", "comment", "created_at")
    list_filter = ("kind", "actor_kind")
    list_select_related: ClassVar = ("version",)


@admin.register(MissedSearch)
class MissedSearchAdmin(FactAdmin):
    """What was searched for in vain."""

    list_display = ("words", "locale", "reader", "count", "found", "last_at")
    list_filter = ("locale", "reader", "found")
    search_fields = ("words",)


@admin.register(SearchWord)
class SearchWordAdmin(FactAdmin):
    """Words of the published texts."""

    list_display = ("word", "texts")
    search_fields = ("word",)


@admin.register(ArticleEffect)
class ArticleEffectAdmin(ReadableAdmin):
    """What came of articles, counted by the machine."""

    read_action = "article.read_internal"
    list_display = (
        "version",
        "category",
        "channel",
        "applied",
        "delivered",
        "regressed",
        "posterior_low",
        "computed_at",
    )
    list_filter = ("channel", "category__family")
    search_fields = ("version__title", "category__slug")
    list_select_related: ClassVar = ("version", "category")


@admin.register(WritingTask)
class WritingTaskAdmin(ReadableAdmin):
    """Articles that are asked for."""

    read_action = "article.read_internal"
    list_display = ("category", "resolutions", "opened_at", "closed_at", "article")
    list_filter = ("closed_at", "category__family")
    search_fields = ("category__slug", "reason")
    list_select_related: ClassVar = ("category", "article", "closed_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WritingTask]:
        """Fetch what the names of the articles need."""
        rows: QuerySet[WritingTask] = super().get_queryset(request)
        return rows.prefetch_related("article__translations__current_version")


@admin.register(Publication)
class PublicationAdmin(FactAdmin):
    """Texts whose earlier readers are told."""

    list_display = ("version", "at", "due_at", "parked_at")
    list_filter = ("parked_at",)
    search_fields = ("version__title",)
    list_select_related: ClassVar = ("version",)


@admin.register(TrainingModule)
class TrainingModuleAdmin(FactAdmin):
    """Modules; kept by leads and editors on their own page."""

    list_display = (
        "name",
        "due_in_days",
        "refreshed_quarterly",
        "round",
        "archived_at",
    )
    list_filter = ("refreshed_quarterly", "archived_at")
    search_fields = ("name", "name_zh_hans")


@admin.register(ModuleArticle)
class ModuleArticleAdmin(FactAdmin):
    """The articles of modules, in their order."""

    list_display = ("module", "position", "article_id")
    search_fields = ("module__name", "article__slug")
    list_select_related: ClassVar = ("module",)


@admin.register(ModuleReader)
class ModuleReaderAdmin(FactAdmin):
    """Who is to read which module."""

    list_display = ("module", "person", "assigned_by", "assigned_at")
    search_fields = ("module__name", "person__username")
    list_select_related: ClassVar = ("module", "person", "assigned_by")


@admin.register(TrainingItem)
class TrainingItemAdmin(FactAdmin):
    """What people have to read, and have understood."""

    list_display = (
        "person", "cause", "article_version", "category", "module", "read_by",
        "understood_at",
    )  # fmt: skip
    list_filter = ("cause", "understood_at")
    search_fields = ("person__username", "article_version__title", "category__slug")
    list_select_related: ClassVar = (
        "person", "article_version", "category", "module",
    )  # fmt: skip


@admin.register(Question)
class QuestionAdmin(FactAdmin):
    """What the community asks."""

    list_display = ("title", "state", "moderation", "held_for", "locale", "created_at")
    list_filter = ("state", "moderation", "held_for", "locale")
    search_fields = ("title", "public_id")


@admin.register(Answer)
class AnswerAdmin(FactAdmin):
    """What the community answers."""

    list_display = ("public_id", "question", "by_staff", "moderation", "accepted_at")
    list_filter = ("moderation", "held_for", "by_staff")
    search_fields = ("public_id", "question__title")
    list_select_related: ClassVar = ("question",)


@admin.register(Vote)
class VoteAdmin(FactAdmin):
    """Which answers helped."""

    list_display = ("answer", "created_at")
    search_fields = ("answer__public_id",)
    list_select_related: ClassVar = ("answer",)


@admin.register(Follower)
class FollowerAdmin(FactAdmin):
    """Which addresses, masked, hear of new answers to which questions."""

    list_display = (
        "masked", "question", "locale", "confirmed_at", "mailed_at", "parked_at",
    )  # fmt: skip
    list_filter = ("locale", "parked_at")
    search_fields = ("public_id", "question__title")
    list_select_related: ClassVar = ("question",)


@admin.register(PostBudget)
class PostBudgetAdmin(FactAdmin):
    """How often authors and networks wrote."""

    list_display = ("key", "hour", "used")
    search_fields = ("key",)
