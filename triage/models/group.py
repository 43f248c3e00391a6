"""Which failures have one cause, and how many people does it leave unserved?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from deliveries.actor import Actor, Role
from deliveries.models import ChannelKind, FailureCategory, Source, known
from triage.recent_reports import STRETCHES


def next_number(sequence: str) -> Func:
    """The next short number for people; sequences are made by the first migration."""
    return Func(
        Value(sequence), function="nextval", output_field=models.BigIntegerField()
    )


class GroupState(models.TextChoices):
    """Where an incident stands."""

    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    MITIGATED = "mitigated", _("Mitigated")
    RESOLVED = "resolved", _("Resolved")
    REGRESSED = "regressed", _("Regressed")


class GroupQuerySet(models.QuerySet["FailureGroup"]):
    """Incidents."""

    def visible_to(self, actor: Actor) -> "GroupQuerySet":
        """Those with a ticket in the actor's scope."""
        if actor.sees_everything:
            return self.all()
        scope = Q(pk__in=[])
        if actor.queue_ids:
            scope |= Q(tickets__queue_id__in=actor.queue_ids)
        if Role.EDITOR in actor.roles:
            scope |= Q(tickets__resolutions__isnull=False)
        seen = self.model.objects.filter(scope).filter(pk=OuterRef("pk"))
        return self.filter(Exists(seen))

    def standing(self) -> "GroupQuerySet":
        """Those that are an incident of their own: with reports, and not merged."""
        merged = GroupAlias.objects.live().filter(digest=OuterRef("digest"))
        return self.filter(~Exists(merged), reports__gt=0)


class FailureGroup(models.Model):
    """One cause, many reports. Counters are exact and raised once per batch."""

    number = models.BigIntegerField(
        _("number"), unique=True, db_default=next_number("group_number"), editable=False
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    fingerprint = models.JSONField(_("fingerprint"), editable=False)
    category = models.ForeignKey(
        FailureCategory, models.PROTECT, related_name="+", verbose_name=_("cause")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    provider = models.CharField(_("provider"), max_length=64, blank=True)
    region = models.CharField(_("region"), max_length=32, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, verbose_name=_("source")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=GroupState.choices, default=GroupState.NEW
    )
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    reports = models.PositiveIntegerField(_("reports"), default=0)
    recipients = models.PositiveIntegerField(_("people"), default=0)
    unserved = models.PositiveIntegerField(_("people unserved"), default=0)
    recent_reports = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("reports of the last hours"),
        default=list,
        blank=True,
        editable=False,
    )
    recent_at = models.DateTimeField(
        _("last stretch of these hours"), null=True, blank=True, editable=False
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    muted_at = models.DateTimeField(_("muted at"), null=True, blank=True)
    muted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("muted by"),
    )
    mute_until = models.DateTimeField(_("muted until"), null=True, blank=True)
    mute_reports = models.PositiveIntegerField(
        _("muted until that many reports"), null=True, blank=True
    )
    mute_rate = models.PositiveIntegerField(
        _("muted up to that many reports an hour"), null=True, blank=True
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="splits",
        verbose_name=_("split off from"),
        editable=False,
    )

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name = _("failure group")
        verbose_name_plural = _("failure groups")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest"], name="group_digest"),
            known("channel", ChannelKind, "group_channel_known"),
            known("state", GroupState, "group_state_known"),
            models.CheckConstraint(
                condition=Q(recent_reports__len=0, recent_at__isnull=True)
                | Q(recent_reports__len=STRETCHES, recent_at__isnull=False),
                name="group_recent_whole",
            ),
            models.CheckConstraint(
                condition=Q(unserved__lte=models.F("recipients")),
                name="group_unserved_within_people",
            ),
            models.CheckConstraint(
                condition=Q(
                    muted_at__isnull=True,
                    mute_until__isnull=True,
                    mute_reports__isnull=True,
                    mute_rate__isnull=True,
                )
                | (
                    Q(muted_at__isnull=False)
                    & (
                        Q(mute_until__isnull=False)
                        | Q(mute_reports__isnull=False)
                        | Q(mute_rate__isnull=False)
                    )
                ),
                name="group_mute_ends",
            ),
            models.CheckConstraint(
                condition=Q(split_from__isnull=True) | ~Q(split_from=models.F("id")),
                name="group_split_from_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["muted_at"],
                name="group_muted",
                condition=Q(muted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class GroupAliasQuerySet(models.QuerySet["GroupAlias"]):
    """Merges of incidents."""

    def live(self) -> "GroupAliasQuerySet":
        """Those that are not undone."""
        return self.filter(retired_at=None)


# A deferred look at the whole: while a merge is written, aliases may point on.
NO_CHAIN = """
IF EXISTS (
    SELECT 1
    FROM triage_groupalias AS alias
    JOIN triage_failuregroup AS made ON made.id = alias.group_id
    JOIN triage_groupalias AS further ON further.digest = made.digest
    WHERE alias.retired_at IS NULL AND further.retired_at IS NULL
      AND (alias.digest = NEW.digest OR further.digest = NEW.digest)
) THEN
    RAISE EXCEPTION 'groupalias_no_chain' USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


class GroupAlias(models.Model):
    """A merge: what has this digest belongs to another group until it is undone.

    ``into`` is the group that a person named, ``group`` the end of the way there:
    where the reports are. They differ once ``into`` is merged itself.
    """

    digest = models.CharField(_("digest"), max_length=64, editable=False)
    into = models.ForeignKey(
        FailureGroup, models.PROTECT, related_name="+", verbose_name=_("merged into")
    )
    group = models.ForeignKey(
        FailureGroup,
        models.PROTECT,
        related_name="aliases",
        verbose_name=_("leads to"),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merged by"),
    )
    made_at = models.DateTimeField(_("merged at"), db_default=models.functions.Now())
    brought_mute = models.BooleanField(_("brought its mute along"), default=False)
    retired_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )

    objects = GroupAliasQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("merge of incidents")
        verbose_name_plural = _("merges of incidents")
        indexes: ClassVar = [
            models.Index(
                fields=["group"],
                name="groupalias_live_group",
                condition=Q(retired_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest"],
                name="groupalias_digest",
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True)
                | Q(retired_at__gte=models.F("made_at")),
                name="groupalias_retired_later",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="groupalias_no_chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                level=pgtrigger.Row,
                func=NO_CHAIN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:8]} -> {self.group_id}"


class GroupRecipient(models.Model):
    """A person counted once in a group, which its digest names; served or not."""

    digest = models.CharField(_("digest"), max_length=64)
    pseudonym = models.CharField(_("pseudonym"), max_length=32)
    served_at = models.DateTimeField(_("served at"), null=True, blank=True)

    class Meta:
        verbose_name = _("person in a group")
        verbose_name_plural = _("people in groups")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest", "pseudonym"], name="grouprecipient_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.pseudonym[:8]}"
