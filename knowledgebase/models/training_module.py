"""Which articles does a lead want people to read, in which order, and how often?"""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import language
from deliveries.leases import DueQuerySet, DueRow
from knowledgebase.models.article import Article

NAME_MAX = 80
DUE_IN_DAYS, MOST_DAYS = 14, 365


class TrainingModuleQuerySet(DueQuerySet):
    """Modules; ``due_at`` is when the next refresher begins."""

    def in_use(self) -> "TrainingModuleQuerySet":
        """Those that are not archived."""
        return self.filter(archived_at__isnull=True)


class TrainingModule(DueRow):
    """Articles in an order, for people who are to read them in so many days.

    ``round`` counts the runs: a refresher is a new one. ``version`` rises with each
    change, so that nobody saves over what they have not seen.
    """

    name = models.CharField(_("name"), max_length=NAME_MAX)
    name_zh_hans = models.CharField(
        _("name in Chinese"), max_length=NAME_MAX, blank=True
    )
    due_in_days = models.PositiveSmallIntegerField(
        _("days to read it"),
        default=DUE_IN_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )
    refreshed_quarterly = models.BooleanField(_("again each quarter"), default=False)
    round = models.PositiveIntegerField(_("run"), default=1, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    articles = models.ManyToManyField(
        Article, through="ModuleArticle", related_name="+", verbose_name=_("articles")
    )

    objects = TrainingModuleQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["name", "pk"]
        verbose_name = _("training module")
        verbose_name_plural = _("training modules")
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["name"],
                name="trainingmodule_name",
                condition=Q(archived_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=~Q(name=""), name="trainingmodule_has_name"
            ),
            models.CheckConstraint(
                condition=Q(due_in_days__range=(1, MOST_DAYS)),
                name="trainingmodule_days",
            ),
            models.CheckConstraint(
                condition=Q(round__gte=1), name="trainingmodule_round"
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True)
                | Q(refreshed_quarterly=True, archived_at__isnull=True),
                name="trainingmodule_due_is_refreshed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the reader's language, where there is one."""
        if language.reads_chinese() and self.name_zh_hans:
            return self.name_zh_hans
        return self.name


class ModuleArticle(models.Model):
    """The place of one article in a module."""

    module = models.ForeignKey(
        TrainingModule,
        models.CASCADE,
        related_name="places",
        verbose_name=_("module"),
    )
    article = models.ForeignKey(
        Article, models.CASCADE, related_name="+", verbose_name=_("article")
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering: ClassVar = ["module", "position"]
        verbose_name = _("article of a module")
        verbose_name_plural = _("articles of modules")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["module", "article"], name="modulearticle_once"
            ),
            models.UniqueConstraint(
                fields=["module", "position"], name="modulearticle_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module_id}: {self.position}"


class ModuleReader(models.Model):
    """One person who is to read a module."""

    module = models.ForeignKey(
        TrainingModule,
        models.CASCADE,
        related_name="readers",
        verbose_name=_("module"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned by"),
    )
    assigned_at = models.DateTimeField(_("assigned at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["module", "pk"]
        verbose_name = _("reader of a module")
        verbose_name_plural = _("readers of modules")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["module", "person"], name="modulereader_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module_id}: {self.person_id}"
