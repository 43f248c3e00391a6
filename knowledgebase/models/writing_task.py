"""Which article does the desk lack?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory
from knowledgebase.models.article import Article


class WritingTaskQuerySet(models.QuerySet["WritingTask"]):
    """Requests for an article."""

    def live(self) -> "WritingTaskQuerySet":
        """Those that nobody has answered yet."""
        return self.filter(closed_at__isnull=True)

    def with_everything_for_list(self) -> "WritingTaskQuerySet":
        """What a line of the list says, in one query."""
        return self.select_related("category", "article", "closed_by")


class WritingTask(models.Model):
    """An article that is wanted about a cause, since people resolve it without one.

    ``resolutions`` is how many had no article when last counted. It is closed by an
    article, or by a person who says why none is needed.
    """

    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        related_name="writing_tasks",
        verbose_name=_("category"),
    )
    resolutions = models.PositiveIntegerField(_("resolutions without an article"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    article = models.ForeignKey(
        Article,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article"),
    )
    reason = models.CharField(_("why none is needed"), max_length=200, blank=True)

    objects = WritingTaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-resolutions", "-pk"]
        verbose_name = _("writing task")
        verbose_name_plural = _("writing tasks")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["category"],
                name="writingtask_one_live",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False)
                | Q(article__isnull=True, reason="", closed_by__isnull=True),
                name="writingtask_open_is_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} ({self.resolutions})"
