"""What have operators taught the diagnosis, and what came of it?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor
from deliveries.models import ChannelKind, FailureCategory, append_only, known
from triage.models.diagnosis import Diagnosis
from triage.models.group import next_number
from triage.models.resolution import Resolution

PATTERN_MAX = 200  # characters
REASON_MAX = 500


class RuleKind(models.TextChoices):
    """What a pattern is compared with."""

    CODE = "code", _("Code")
    PHRASE = "phrase", _("Wording")


class RuleMode(models.TextChoices):
    """Whether a rule votes, or only says what it would have said."""

    SHADOW = "shadow", _("Shadow")
    LIVE = "live", _("Live")


class DiagnosisRuleQuerySet(models.QuerySet["DiagnosisRule"]):
    """Taught rules; each row is one version."""

    def visible_to(self, actor: Actor) -> "DiagnosisRuleQuerySet":
        """Every rule for who may read them: a rule belongs to no queue."""
        return self.all() if actor.may("rule.read") else self.none()

    def standing(self) -> "DiagnosisRuleQuerySet":
        """Versions that are heard: live ones and those in the shadow."""
        return self.filter(retired_at=None)

    def of(self, reference: int) -> "DiagnosisRuleQuerySet":
        """Every version of one rule, the newest first."""
        return self.filter(reference=reference).order_by("-number")

    def with_everything_for_list(self) -> "DiagnosisRuleQuerySet":
        """What a line of the list or of the history shows, in one query."""
        return self.select_related("category", "author", "mode_by", "retired_by")


class DiagnosisRule(models.Model):
    """One version of a rule. A change is a new row; its text is never changed."""

    reference = models.BigIntegerField(
        _("rule"), db_default=next_number("rule_number"), editable=False
    )
    number = models.PositiveIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    provider = models.CharField(_("provider"), max_length=64, null=True, blank=True)
    channel = models.CharField(
        _("channel"), max_length=10, choices=ChannelKind.choices, blank=True
    )
    kind = models.CharField(_("kind"), max_length=6, choices=RuleKind.choices)
    pattern = models.CharField(_("pattern"), max_length=PATTERN_MAX)
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    # Whether the category could be sent again at once when the rule was written or
    # switched on; a constraint cannot look into the other table.
    resends = models.BooleanField(_("resends at once"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("author"),
    )
    reason = models.CharField(_("reason"), max_length=REASON_MAX)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    mode = models.CharField(
        _("mode"), max_length=6, choices=RuleMode.choices, default=RuleMode.SHADOW
    )
    mode_since = models.DateTimeField(_("in this mode since"), db_default=Now())
    mode_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("switched by"),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("retired by"),
    )

    objects = DiagnosisRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("diagnosis rule")
        verbose_name_plural = _("diagnosis rules")
        indexes: ClassVar = [
            models.Index(
                fields=["mode"],
                name="diagnosisrule_standing",
                condition=Q(retired_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reference", "number"], name="diagnosisrule_version"
            ),
            models.UniqueConstraint(
                fields=["provider", "channel", "kind", "pattern"],
                name="diagnosisrule_live",
                condition=Q(mode="live", retired_at__isnull=True),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["reference", "mode"],
                name="diagnosisrule_one_standing",
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(number=1, replaces__isnull=True)
                | Q(number__gt=1, replaces__isnull=False),
                name="diagnosisrule_replaces",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, retired_by__isnull=True)
                | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="diagnosisrule_retired_complete",
            ),
            models.CheckConstraint(
                condition=~Q(mode="live") | Q(mode_by__isnull=False),
                name="diagnosisrule_live_has_person",
            ),
            models.CheckConstraint(
                condition=~Q(mode="live", resends=True, mode_by=F("author")),
                name="diagnosisrule_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(pattern=""), name="diagnosisrule_pattern"
            ),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=ChannelKind.values),
                name="diagnosisrule_channel_known",
            ),
            known("kind", RuleKind, "diagnosisrule_kind_known"),
            known("mode", RuleMode, "diagnosisrule_mode_known"),
        ]
        triggers: ClassVar = [
            # What a version says is final: history tells which version spoke.
            pgtrigger.Trigger(
                name="diagnosisrule_text_final",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "reference",
                    "number",
                    "provider",
                    "channel",
                    "kind",
                    "pattern",
                    "category_id",
                ),
                func="RAISE EXCEPTION 'the text of a rule is final'"
                " USING ERRCODE = 'check_violation';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} v{self.number}"

    @property
    def is_live(self) -> bool:
        """Whether this version votes."""
        return self.mode == RuleMode.LIVE and self.retired_at is None


class RuleAct(models.TextChoices):
    """What somebody did with a rule."""

    TAUGHT = "taught", _("Taught")
    CHANGED = "changed", _("Changed")
    SWITCHED_ON = "switched_on", _("Switched on")
    TO_SHADOW = "to_shadow", _("Back to the shadow")
    RETIRED = "retired", _("Retired")


class RuleEvent(models.Model):
    """Who did what with which version; the audit of the rules."""

    rule = models.ForeignKey(
        DiagnosisRule, models.PROTECT, related_name="events", verbose_name=_("rule")
    )
    act = models.CharField(_("act"), max_length=12, choices=RuleAct.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("actor"),
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("rule event")
        verbose_name_plural = _("rule events")
        constraints: ClassVar = [known("act", RuleAct, "ruleevent_act_known")]
        triggers: ClassVar = [append_only("ruleevent_append_only")]

    def __str__(self) -> str:
        return f"{self.rule} {self.act}"


class ShadowVerdictQuerySet(models.QuerySet["ShadowVerdict"]):
    """What rules in the shadow would have said."""

    def figures(self, rule: DiagnosisRule) -> dict[str, int]:
        """Count since the rule entered its mode, in one query.

        ``heard`` failures it spoke to, of which it would have ``changed`` some; of
        these ``agreed`` or ``differed`` with the cause that a person chose later.
        """
        chosen = Resolution.objects.filter(
            ticket=OuterRef("diagnosis__report__ticket"),
            superseded_at=None,
            resolved_by__isnull=False,
        )
        changed = ~Q(said=F("would"))
        rows = self.filter(rule=rule, diagnosis__at__gte=rule.mode_since)
        return rows.annotate(chosen=Subquery(chosen.values("category")[:1])).aggregate(
            heard=Count("pk"),
            changed=Count("pk", filter=changed),
            agreed=Count("pk", filter=changed & Q(chosen=F("would"))),
            differed=Count(
                "pk", filter=changed & Q(chosen__isnull=False) & ~Q(chosen=F("would"))
            ),
        )


class ShadowVerdict(models.Model):
    """What a rule would have made of one diagnosis, had it voted."""

    rule = models.ForeignKey(
        DiagnosisRule, models.PROTECT, related_name="shadow", verbose_name=_("rule")
    )
    diagnosis = models.ForeignKey(
        Diagnosis, models.CASCADE, related_name="+", verbose_name=_("diagnosis")
    )
    said = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("it said")
    )
    would = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        related_name="+",
        verbose_name=_("it would have said"),
    )

    objects = ShadowVerdictQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("shadow verdict")
        verbose_name_plural = _("shadow verdicts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "diagnosis"], name="shadowverdict_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.would}"
