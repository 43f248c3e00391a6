"""Why can a delivery fail? The one vocabulary, seeded from ``taxonomy.json``."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries import language
from deliveries.models.vocabulary import known


class RetryClass(models.TextChoices):
    """May the unchanged message be sent again on the same route?"""

    SAFE = "safe", _("Safe to resend")
    CONDITIONAL = "conditional", _("Resend only with a remedy")
    NEVER = "never", _("Never resend unchanged")


class RepairPolicy(models.TextChoices):
    """What the machine does first about a failure of this category."""

    RETRY_BACKOFF = "retry_backoff", _("Retry with back-off")
    FAILOVER = "failover", _("Try another route")
    SUPPRESS_RECIPIENT = "suppress_recipient", _("Suppress the recipient")
    FIX_TEMPLATE = "fix_template", _("Have the template fixed")
    ASK_USER = "ask_user", _("Ask the person")
    HUMAN = "human", _("Hand to an agent")
    WAIT = "wait", _("Wait for the provider")
    CLOSE = "close", _("Close: not a failure")


class FailureCategory(models.Model):
    """One leaf, named ``family.leaf``; never renamed, only succeeded."""

    slug = models.CharField(_("slug"), max_length=60)
    family = models.CharField(_("family"), max_length=30)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_zh_hans = models.CharField(_("name in Chinese"), max_length=120)
    handling_level = models.PositiveSmallIntegerField(_("handling level"))
    retry_class = models.CharField(
        _("retry class"), max_length=12, choices=RetryClass.choices
    )
    repair_policy = models.CharField(
        _("repair policy"), max_length=20, choices=RepairPolicy.choices
    )
    deprecated_at = models.DateTimeField(_("deprecated at"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )

    class Meta:
        ordering: ClassVar = ["slug"]
        verbose_name = _("failure category")
        verbose_name_plural = _("failure categories")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="failurecategory_slug"),
            models.CheckConstraint(
                condition=Q(slug__regex=r"^[a-z]+\.[a-z_]+$")
                & Q(
                    slug__startswith=models.functions.Concat(
                        F("family"), models.Value(".")
                    )
                ),
                name="failurecategory_slug_shape",
            ),
            models.CheckConstraint(
                condition=(
                    Q(deprecated_at__isnull=True, successor__isnull=True)
                    | Q(deprecated_at__isnull=False, successor__isnull=False)
                )
                & (Q(successor__isnull=True) | ~Q(successor=F("id"))),
                name="failurecategory_deprecated_has_successor",
            ),
            models.CheckConstraint(
                condition=Q(handling_level__range=(1, 4)),
                name="failurecategory_handling_level_range",
            ),
            known("retry_class", RetryClass, "failurecategory_retry_class_known"),
            known("repair_policy", RepairPolicy, "failurecategory_repair_policy_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The plain words for the cause, in the active language."""
        if language.reads_chinese():
            return self.name_zh_hans
        return self.name_en
