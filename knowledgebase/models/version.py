"""Which texts has an article had, by whom, and who approved them?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import append_only
from knowledgebase.models.translation import ArticleTranslation

TITLE_MAX = 200
ASKED_MAX = 4_000  # characters


class ArticleVersion(models.Model):
    """One immutable text of a translation.

    ``source_version`` is the text of the source language that it follows; nothing for
    the source language itself. ``reviewer`` and ``published_at`` are filled in once.
    An article without an author was written by the machine, out of files.
    """

    translation = models.ForeignKey(
        ArticleTranslation,
        models.CASCADE,
        related_name="versions",
        verbose_name=_("translation"),
    )
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=TITLE_MAX)
    body = models.TextField(_("body, in Markdown"))
    asked_as = models.TextField(
        _("asked as"),
        blank=True,
        default="",
        help_text=_("What people type who need it, one a line; searched, not shown."),
    )
    source_version = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("follows the version"),
    )
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
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

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
            # A person's text reaches readers through the hands of another person.
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(author__isnull=True)
                | Q(reviewer__isnull=False),
                name="articleversion_published_is_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(source_version__isnull=True) | ~Q(source_version=F("id")),
                name="articleversion_follows_another",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(
                fields=["title"],
                name="articleversion_title_alike",
                opclasses=["gin_trgm_ops"],
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            append_only(
                "articleversion_append_only",
                once=("reviewer_id", "published_at"),
                made=("search", "titled", "headed", "said", "asked", "size"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} (v{self.number})"
