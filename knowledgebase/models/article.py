"""What do we know about a failure, in which language, and in which version?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory, append_only, known


class Audience(models.TextChoices):
    """Who may read an article."""

    INTERNAL = "internal", _("Staff")
    PUBLIC = "public", _("Everybody")
    TIP = "tip", _("End users, as a tip")


class Locale(models.TextChoices):
    """The languages of articles."""

    EN = "en", _("English")
    ZH_HANS = "zh-hans", _("Simplified Chinese")


class TranslationState(models.TextChoices):
    """Where one language of an article stands."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    STALE = "stale", _("Stale")
    ARCHIVED = "archived", _("Archived")


class ArticleQuerySet(models.QuerySet["Article"]):
    """Articles."""

    def about(self, category_id: int) -> "ArticleQuerySet":
        """Articles linked to a category, the newest first."""
        return self.filter(categories=category_id).distinct().order_by("-id")

    def with_versions_for_list(self) -> "ArticleQuerySet":
        """Everything a list of articles shows, in a fixed number of queries."""
        return self.prefetch_related("categories", "translations__current_version")


class Article(models.Model):
    """The unit that a resolution cites."""

    slug = models.SlugField(_("slug"), max_length=120)
    audience = models.CharField(
        _("audience"),
        max_length=10,
        choices=Audience.choices,
        default=Audience.INTERNAL,
    )
    categories = models.ManyToManyField(
        FailureCategory, related_name="articles", verbose_name=_("categories")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="article_slug"),
            known("audience", Audience, "article_audience_known"),
        ]

    def __str__(self) -> str:
        version = self.current_version()
        return version.title if version else self.slug

    def current_version(self, locale: str | None = None) -> "ArticleVersion | None":
        """The text to show a reader of ``locale``: theirs, else any there is."""
        wanted = (locale or get_language() or Locale.EN).lower()
        translations = list(self.translations.all())
        translations.sort(key=lambda each: (each.locale != wanted, each.locale))
        for translation in translations:
            if translation.current_version is not None:
                return translation.current_version
        return None


class ArticleTranslation(models.Model):
    """One language of an article, with a life of its own."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="translations", verbose_name=_("article")
    )
    locale = models.CharField(_("language"), max_length=10, choices=Locale.choices)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=TranslationState.choices,
        default=TranslationState.DRAFT,
    )
    current_version = models.ForeignKey(
        "knowledgebase.ArticleVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("current version"),
    )

    class Meta:
        ordering: ClassVar = ["article", "locale"]
        verbose_name = _("article translation")
        verbose_name_plural = _("article translations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["article", "locale"], name="articletranslation_locale"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(current_version__isnull=False),
                name="articletranslation_published_has_version",
            ),
            known("locale", Locale, "articletranslation_locale_known"),
            known("state", TranslationState, "articletranslation_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} ({self.locale})"


class ArticleVersion(models.Model):
    """One immutable text of a translation."""

    translation = models.ForeignKey(
        ArticleTranslation,
        models.CASCADE,
        related_name="versions",
        verbose_name=_("translation"),
    )
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("body, in Markdown"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewer"),
    )
    created_at = models.DateTimeField(
        _("created at"), db_default=models.functions.Now()
    )

    class Meta:
        ordering: ClassVar = ["translation", "-number"]
        verbose_name = _("article version")
        verbose_name_plural = _("article versions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["translation", "number"], name="articleversion_number"
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True) | ~Q(reviewer=F("author")),
                name="articleversion_reviewer_not_author",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            append_only("articleversion_append_only")
        ]

    def __str__(self) -> str:
        return f"{self.title} (v{self.number})"
