"""When do the people of a queue work?"""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deliveries import language
from deliveries.models.vocabulary import Named
from triage import clocks


class Weekday(models.IntegerChoices):
    """Days of the week, as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class BusinessCalendar(Named):
    """Working hours of each weekday in one zone, and the days without any."""

    name_zh_hans = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    class Meta(Named.Meta):
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="businesscalendar_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the active language, where there is one."""
        if language.reads_chinese() and self.name_zh_hans:
            return self.name_zh_hans
        return self.name

    def as_calendar(self) -> clocks.Calendar:
        """The value that deadlines are counted with; reads hours and holidays."""
        return clocks.Calendar(
            ZoneInfo(self.zone),
            tuple(each.as_opening() for each in self.hours.all()),
            frozenset(each.day for each in self.holidays.all()),
        )


class BusinessHours(models.Model):
    """One opening of one weekday, in minutes of its wall clock."""

    calendar = models.ForeignKey(
        BusinessCalendar,
        models.CASCADE,
        related_name="hours",
        verbose_name=_("calendar"),
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens_min = models.PositiveSmallIntegerField(_("opens, minute of the day"))
    closes_min = models.PositiveSmallIntegerField(_("closes, minute of the day"))

    class Meta:
        ordering: ClassVar = ["calendar", "weekday", "opens_min"]
        verbose_name = _("business hours")
        verbose_name_plural = _("business hours")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["calendar", "weekday", "opens_min"],
                name="businesshours_opening",
            ),
            models.CheckConstraint(
                condition=Q(opens_min__lt=F("closes_min"))
                & Q(closes_min__lte=clocks.DAY_MIN),
                name="businesshours_ordered",
            ),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values),
                name="businesshours_weekday_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_min}–{self.closes_min}"

    def as_opening(self) -> clocks.Opening:
        """The value that deadlines are counted with."""
        return clocks.Opening(self.weekday, self.opens_min, self.closes_min)


class Holiday(models.Model):
    """A day on which nobody works by a calendar."""

    calendar = models.ForeignKey(
        BusinessCalendar,
        models.CASCADE,
        related_name="holidays",
        verbose_name=_("calendar"),
    )
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["calendar", "day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()
