"""What must a person of the desk read by when, and have they understood it?"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import FailureCategory, known
from knowledgebase.models.training_module import TrainingModule
from knowledgebase.models.translation import ArticleTranslation
from knowledgebase.models.version import ArticleVersion
from knowledgebase.models.vocabulary import TrainingCause


class TrainingItemQuerySet(models.QuerySet["TrainingItem"]):
    """Things to read."""

    def of(self, person_id: int | None) -> "TrainingItemQuerySet":
        """One's own; nothing for who is nobody."""
        return self.filter(person=person_id or 0)

    def open(self) -> "TrainingItemQuerySet":
        """Those that wait: not understood, and there is something to read.

        What readers no longer get, and what an archived module asks, rests until it
        is restored.
        """
        readable = ArticleTranslation.objects.for_readers().values("pk")
        return self.filter(
            Q(category__isnull=False) | Q(article_version__translation__in=readable),
            understood_at__isnull=True,
            module__archived_at__isnull=True,
        )

    def understood(self) -> "TrainingItemQuerySet":
        """Those that are done."""
        return self.filter(understood_at__isnull=False)

    def with_everything_for_list(self) -> "TrainingItemQuerySet":
        """What a line about an item says, in one query."""
        return self.select_related(
            "article_version__translation__published_version", "category", "module"
        )


class TrainingItem(models.Model):
    """One text, or what is known about one cause, for one person.

    ``known_version`` is the text that the person knew; what changed since is marked.
    ``occasion`` names why it was made, so that it is never made twice. ``round`` is
    the run of the module, which a refresher begins anew.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="training_items",
        verbose_name=_("person"),
    )
    cause = models.CharField(_("reason"), max_length=16, choices=TrainingCause.choices)
    article_version = models.ForeignKey(
        ArticleVersion,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="training_items",
        verbose_name=_("article version"),
    )
    known_version = models.ForeignKey(
        ArticleVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("the version that was known"),
    )
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    module = models.ForeignKey(
        TrainingModule,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("module"),
    )
    round = models.PositiveIntegerField(_("run of the module"), default=0)
    occasion = models.CharField(_("occasion"), max_length=80)
    read_by = models.DateField(_("to be read by"))
    made_at = models.DateTimeField(_("made at"), db_default=Now())
    understood_at = models.DateTimeField(_("understood at"), null=True, blank=True)

    objects = TrainingItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["read_by", "pk"]
        verbose_name = _("training item")
        verbose_name_plural = _("training items")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "article_version", "category", "cause", "module"],
                name="trainingitem_once",
                condition=Q(understood_at__isnull=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["person", "occasion"], name="trainingitem_occasion"
            ),
            models.CheckConstraint(
                condition=Q(
                    cause="article_changed",
                    article_version__isnull=False,
                    category=None,
                    module=None,
                )
                | Q(
                    cause="own_reopened",
                    article_version=None,
                    category__isnull=False,
                    module=None,
                )
                | Q(
                    cause="module",
                    article_version__isnull=False,
                    category=None,
                    module__isnull=False,
                ),
                name="trainingitem_subject_fits_cause",
            ),
            models.CheckConstraint(
                condition=(Q(module=None) & Q(round=0))
                | (Q(module__isnull=False) & Q(round__gte=1)),
                name="trainingitem_round_of_module",
            ),
            models.CheckConstraint(
                condition=~Q(occasion=""), name="trainingitem_has_occasion"
            ),
            known("cause", TrainingCause, "trainingitem_cause_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["read_by"],
                name="trainingitem_open",
                condition=Q(understood_at__isnull=True),
            ),
            models.Index(
                fields=["person", "-understood_at"],
                name="trainingitem_done",
                condition=Q(understood_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.occasion}"

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been read before today."""
        return self.understood_at is None and self.read_by < today
