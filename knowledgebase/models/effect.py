"""How often did an article get messages delivered, and does it still?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries.models import ChannelKind, FailureCategory, known
from knowledgebase.models.version import ArticleVersion


class ArticleEffectQuerySet(models.QuerySet["ArticleEffect"]):
    """Cells of measured effect."""

    def of_articles(self, article_ids: list[int]) -> "ArticleEffectQuerySet":
        """Every cell of some articles, whatever the version and the language."""
        return self.filter(version__translation__article__in=article_ids)


class ArticleEffect(models.Model):
    """What came of one version of an article, against one cause on one channel.

    ``applied`` counts the resolutions that cite it, ``delivered`` those whose reports
    were all verified, ``failed`` those that were taken up again before that, and
    ``regressed`` the delivered ones whose failure came back within 30 days, of which
    ``regressed_7d`` within 7. The ``recent`` figures are of the last 30 days.
    ``median_s`` is the median time from resolution to proof, in seconds. ``shown``
    and ``solved`` count end users who saw a tip, and who needed no report after it.
    """

    version = models.ForeignKey(
        ArticleVersion,
        models.CASCADE,
        related_name="effects",
        verbose_name=_("article version"),
    )
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    applied = models.PositiveIntegerField(_("applied"), default=0)
    delivered = models.PositiveIntegerField(_("delivered"), default=0)
    failed = models.PositiveIntegerField(_("did not help"), default=0)
    regressed = models.PositiveIntegerField(_("came back"), default=0)
    regressed_7d = models.PositiveIntegerField(_("came back in 7 days"), default=0)
    recent_held = models.PositiveIntegerField(_("held, last 30 days"), default=0)
    recent_decided = models.PositiveIntegerField(_("decided, last 30 days"), default=0)
    shown = models.PositiveIntegerField(_("shown as a tip"), default=0)
    solved = models.PositiveIntegerField(_("no report after the tip"), default=0)
    median_s = models.PositiveIntegerField(
        _("median time to delivery, in seconds"), null=True, blank=True
    )
    posterior_mean = models.FloatField(_("mean of the posterior"), default=0.5)
    posterior_low = models.FloatField(_("lower bound of the posterior"), default=0.05)
    computed_at = models.DateTimeField(_("counted at"), null=True, blank=True)

    objects = ArticleEffectQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-posterior_low", "pk"]
        verbose_name = _("article effect")
        verbose_name_plural = _("article effects")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "category", "channel"], name="articleeffect_cell"
            ),
            models.CheckConstraint(
                condition=Q(
                    regressed_7d__lte=F("regressed"),
                    regressed__lte=F("delivered"),
                    delivered__lte=F("applied") - F("failed"),
                    recent_held__lte=F("recent_decided"),
                    solved__lte=F("shown"),
                ),
                name="articleeffect_counts",
            ),
            models.CheckConstraint(
                condition=Q(
                    posterior_low__gte=0, posterior_mean__gt=0, posterior_mean__lt=1
                ),
                name="articleeffect_posterior",
            ),
            known("channel", ChannelKind, "articleeffect_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.category_id} {self.channel}"
