"""What is one person good at, how much do they take, and are they there?"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from triage.models.calendar import Weekday
from triage.models.ticket import Ticket

CAPACITY = 10  # open tickets that one person can hold in mind
MOST_CAPACITY = 200


class Theme(models.TextChoices):
    """Light or dark; empty where nobody has said it."""

    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    """How much of a list is seen at once."""

    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class Spoken(models.TextChoices):
    """Languages in which people write to the desk, by their primary tag."""

    AR = "ar", _("Arabic")
    DE = "de", _("German")
    EN = "en", _("English")
    ES = "es", _("Spanish")
    FR = "fr", _("French")
    HI = "hi", _("Hindi")
    ID = "id", _("Indonesian")
    IT = "it", _("Italian")
    JA = "ja", _("Japanese")
    KO = "ko", _("Korean")
    NL = "nl", _("Dutch")
    PL = "pl", _("Polish")
    PT = "pt", _("Portuguese")
    RU = "ru", _("Russian")
    TH = "th", _("Thai")
    TR = "tr", _("Turkish")
    UK = "uk", _("Ukrainian")
    VI = "vi", _("Vietnamese")
    ZH = "zh", _("Chinese")


@lru_cache(maxsize=128)
def zone_named(name: str) -> ZoneInfo:
    """A time zone by its name; UTC for one that is empty or no longer known."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


class AgentProfile(models.Model):
    """How work is offered to a person, and how they see the desk.

    Without a row, as anybody. Skills are ``channel:…`` and ``family:…``: ways to
    deliver and families of causes. A shift is a stretch of the wall clock of ``zone``
    on the days in which it begins; it may end on the next. No days: every day.
    ``language``, ``zone`` and ``theme`` are empty until somebody says them.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="agent_profile",
        verbose_name=_("person"),
    )
    skills = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("skills"),
    )
    capacity = models.PositiveSmallIntegerField(_("capacity"), default=CAPACITY)
    away_until = models.DateTimeField(_("away until"), null=True, blank=True)
    mails_inbox = models.BooleanField(
        _("inbox by e-mail"), default=True, db_default=True
    )
    locale = models.CharField(
        _("language of e-mails"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="en",
        db_default="en",
    )
    mailed_at = models.DateTimeField(
        _("last e-mail"), null=True, blank=True, editable=False
    )
    languages = ArrayField(
        models.CharField(max_length=8, choices=Spoken.choices),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("languages spoken"),
    )
    shift_starts = models.TimeField(_("shift begins"), null=True, blank=True)
    shift_ends = models.TimeField(_("shift ends"), null=True, blank=True)
    shift_days = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("days of the shift"),
    )
    language = models.CharField(
        _("language of the desk"),
        max_length=10,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
    )
    zone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", db_default=""
    )
    theme = models.CharField(
        _("theme"),
        max_length=6,
        choices=Theme.choices,
        blank=True,
        default="",
        db_default="",
    )
    density = models.CharField(
        _("density"),
        max_length=11,
        choices=Density.choices,
        default=Density.COMFORTABLE,
        db_default=Density.COMFORTABLE,
    )
    keys_on = models.BooleanField(_("single keys"), default=True, db_default=True)

    class Meta:
        ordering: ClassVar = ["person"]
        verbose_name = _("agent profile")
        verbose_name_plural = _("agent profiles")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(capacity__lte=MOST_CAPACITY), name="agentprofile_capacity"
            ),
            models.CheckConstraint(
                condition=Q(locale__in=[code for code, _name in settings.LANGUAGES]),
                name="agentprofile_locale_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    language__in=["", *(code for code, _name in settings.LANGUAGES)]
                ),
                name="agentprofile_language_known",
            ),
            models.CheckConstraint(
                condition=Q(theme__in=["", *Theme.values]),
                name="agentprofile_theme_known",
            ),
            known("density", Density, "agentprofile_density_known"),
            models.CheckConstraint(
                condition=Q(languages__contained_by=Spoken.values),
                name="agentprofile_languages_known",
            ),
            models.CheckConstraint(
                condition=Q(shift_days__contained_by=Weekday.values),
                name="agentprofile_shift_days_known",
            ),
            models.CheckConstraint(
                condition=Q(shift_starts=None, shift_ends=None)
                | (
                    Q(shift_starts__isnull=False, shift_ends__isnull=False)
                    & ~Q(shift_starts=F("shift_ends"))
                ),
                name="agentprofile_shift_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def is_away(self, now: datetime) -> bool:
        """Whether nothing is offered to them at present."""
        return self.away_until is not None and self.away_until > now

    @property
    def zone_info(self) -> ZoneInfo:
        """The time zone of their clock."""
        return zone_named(self.zone)

    def is_on_shift(self, now: datetime) -> bool:
        """Whether this is a time at which they work; always, without a shift."""
        if self.shift_starts is None or self.shift_ends is None:
            return True
        here = now.astimezone(self.zone_info)
        yesterday = here - timedelta(days=1)
        starts, ends, at = self.shift_starts, self.shift_ends, here.time()
        if starts < ends:
            return starts <= at < ends and self._works_on(here)
        return (at >= starts and self._works_on(here)) or (
            at < ends and self._works_on(yesterday)
        )

    def next_shift(self, now: datetime) -> datetime | None:
        """When the next shift begins, in UTC; nothing without a shift."""
        if self.shift_starts is None:
            return None
        here = now.astimezone(self.zone_info)
        days = (here + timedelta(days=ahead) for ahead in range(8))
        begins = (
            datetime.combine(day, self.shift_starts, here.tzinfo).astimezone(UTC)
            for day in days
            if self._works_on(day)
        )
        return next(each for each in begins if each > now)

    def _works_on(self, day: datetime) -> bool:
        return not self.shift_days or day.weekday() in self.shift_days

    def skilled_in(self, kind: str) -> list[str]:
        """Their skills of a kind: channels or families."""
        prefix = f"{kind}:"
        return [
            each.removeprefix(prefix) for each in self.skills if each.startswith(prefix)
        ]


class DeclineReason(models.TextChoices):
    """Why somebody leaves a ticket that was offered to others."""

    SKILL = "skill", _("I do not know this well enough")
    TIME = "time", _("I have no time for it now")
    TRIED = "tried", _("I have tried and could not help")
    INVOLVED = "involved", _("I know the people involved")


class Decline(models.Model):
    """A ticket that a person was offered and left, and why: the newest time counts."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="declines", verbose_name=_("ticket")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    reason = models.CharField(_("reason"), max_length=10, choices=DeclineReason.choices)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-at"]
        verbose_name = _("declined offer")
        verbose_name_plural = _("declined offers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "person"], name="decline_once"),
            known("reason", DeclineReason, "decline_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.person} {self.reason}"
