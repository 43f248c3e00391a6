"""Where does one language of an article stand, and which text do readers get?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known
from knowledgebase.models.vocabulary import Locale, TranslationState


class TranslationQuerySet(DueQuerySet):
    """Languages of articles; those with ``due_at`` wait to be published."""

    def for_readers(self) -> "TranslationQuerySet":
        """Those of which readers get a text."""
        return self.filter(published_version__isnull=False).exclude(
            state=TranslationState.ARCHIVED
        )


class ArticleTranslation(DueRow):
    """One language of an article, with a life of its own.

    ``current_version`` is the newest text and what ``state`` is about;
    ``published_version`` is what readers get meanwhile. ``stale_at`` stays while a
    better text is in work and ends when one is published.
    """

    article = models.ForeignKey(
        "knowledgebase.Article",
        models.CASCADE,
        related_name="translations",
        verbose_name=_("article"),
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
    published_version = models.ForeignKey(
        "knowledgebase.ArticleVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published version"),
    )
    stale_at = models.DateTimeField(_("stale since"), null=True, blank=True)
    publish_at = models.DateTimeField(
        _("to be published at"),
        null=True,
        blank=True,
        help_text=_("Approved; the machine publishes it then."),
    )

    objects = TranslationQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["article", "locale"]
        verbose_name = _("article translation")
        verbose_name_plural = _("article translations")
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["article", "locale"], name="articletranslation_locale"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "stale"])
                | Q(published_version__isnull=False)
                & Q(current_version=F("published_version")),
                name="articletranslation_published_has_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_review") | Q(current_version__isnull=False),
                name="articletranslation_review_has_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="stale") | Q(stale_at__isnull=False),
                name="articletranslation_stale_since",
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=True) | Q(state="in_review"),
                name="articletranslation_scheduled_in_review",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(publish_at__isnull=False),
                name="articletranslation_due_is_scheduled",
            ),
            known("locale", Locale, "articletranslation_locale_known"),
            known("state", TranslationState, "articletranslation_state_known"),
        ]
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["state"], name="articletranslation_state"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} ({self.locale})"

    @property
    def is_readable(self) -> bool:
        """Whether readers get a text."""
        archived = self.state == TranslationState.ARCHIVED
        return self.published_version_id is not None and not archived
