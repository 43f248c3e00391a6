"""How do people write down what is promised, and when they work?"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage import clocks
from triage.clocks import DAY_MIN, Kind, Opening, Targets
from triage.models import (
    MOST_MINUTES,
    BusinessCalendar,
    ClockKind,
    Promises,
    Queue,
    Tier,
    Weekday,
)
from triage.promising import Hours, Terms

# "90", "15 min", "4 h", "1 h 30 min", "4小时", "30分钟".
SPAN = re.compile(
    r"(?:(?P<h>\d{1,4})\s*(?:h|小时))?\s*(?:(?P<min>\d{1,6})\s*(?:min|m|分钟|分)?)?",
    re.IGNORECASE,
)
OPENING = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~至]\s*(\d{1,2})[:：](\d{2})")
MOST_HOLIDAYS = 400
MOST_BURN = 1_000_000_000


def minutes_in_words(minutes: int | None) -> str:
    """Write a target as the form reads it; nothing for no promise."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


class SpanField(forms.CharField):
    """Minutes of working time, in words; empty for no promise."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return minutes, or None; raises ``ValidationError``."""
        text = super().clean(value)
        if not text:
            return None
        found = SPAN.fullmatch(text)
        if found is None:
            raise ValidationError(_("Write a time such as “15 min” or “4 h”."))
        minutes = 60 * int(found["h"] or 0) + int(found["min"] or 0)
        if not 1 <= minutes <= MOST_MINUTES:
            raise ValidationError(_("From a minute to 90 days can be promised."))
        return minutes

    def prepare_value(self, value: Any) -> Any:
        """Write minutes in words; what was typed stays as it is."""
        return minutes_in_words(value) if isinstance(value, int) else value


class TermsForm(forms.Form):
    """What one queue promises: three targets for each tier, its hours, its limits."""

    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Working hours"),
        queryset=BusinessCalendar.objects.all(),
        required=False,
        empty_label=gettext_lazy("Around the clock"),
    )
    escalate_at = forms.IntegerField(
        label=gettext_lazy("Escalate at"),
        min_value=1,
        max_value=MOST_BURN,
        required=False,
        help_text=gettext_lazy("People unserved × minutes; empty for never."),
    )
    escalate_again_at = forms.IntegerField(
        label=gettext_lazy("Escalate again at"),
        min_value=1,
        max_value=MOST_BURN,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for tier in Tier.values:
            for kind in ClockKind:
                self.fields[f"{tier}_{kind}"] = SpanField(label=f"{tier} {kind.label}")
            label = _("%(tier)s around the clock") % {"tier": tier}
            self.fields[f"{tier}_always"] = forms.BooleanField(
                label=label, required=False
            )

    @staticmethod
    def stored(queue: Queue) -> dict[str, Any]:
        """What holds for a queue, as the form shows it."""
        promises = Promises.of([queue.pk])
        values: dict[str, Any] = {
            "calendar": queue.calendar_id,
            "escalate_at": queue.escalate_at,
            "escalate_again_at": queue.escalate_again_at,
        }
        for tier in Tier.values:
            targets = promises.targets(queue.pk, tier)
            values[f"{tier}_always"] = targets.around_the_clock
            for kind in Kind:
                values[f"{tier}_{kind}"] = targets.minutes.get(kind)
        return values

    def rows(self) -> list[dict[str, Any]]:
        """The table of the form: one line a tier."""
        return [
            {
                "tier": tier,
                "fields": [self[f"{tier}_{kind}"] for kind in ClockKind.values],
                "always": self[f"{tier}_always"],
            }
            for tier in Tier.values
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a second threshold that is not above the first."""
        values: dict[str, Any] = super().clean() or {}
        first, again = values.get("escalate_at"), values.get("escalate_again_at")
        if again is not None and (first is None or again <= first):
            self.add_error(
                "escalate_again_at", _("This has to be more than the first threshold.")
            )
        return values

    def terms(self) -> Terms:
        """What was written, once it is valid."""
        values = self.cleaned_data
        targets = {
            tier: Targets(
                {kind: values[f"{tier}_{kind}"] for kind in Kind},
                around_the_clock=values[f"{tier}_always"],
            )
            for tier in Tier.values
        }
        return Terms(
            targets,
            values["calendar"],
            values["escalate_at"],
            values["escalate_again_at"],
        )


def clock_in_words(minute: int) -> str:
    """A minute of the day as a wall clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def openings_in_words(openings: Sequence[Opening]) -> str:
    """The openings of one day as the form reads them."""
    return ", ".join(
        f"{clock_in_words(each.opens_min)}–{clock_in_words(each.closes_min)}"
        for each in openings
    )


class OpeningsField(forms.CharField):
    """The openings of one weekday: 09:00–12:00, 13:00–17:00."""

    def __init__(self, weekday: int) -> None:
        label = str(Weekday(weekday).label)
        super().__init__(label=label, required=False, max_length=200)
        self.weekday = weekday

    def clean(self, value: Any) -> Any:
        """Return openings; raises ``ValidationError``."""
        openings = []
        text = super().clean(value)
        for part in re.split(r"[,，;；、]", text):
            if not part.strip():
                continue
            found = OPENING.fullmatch(part.strip())
            if found is None:
                raise ValidationError(_("Write openings such as “09:00–17:00”."))
            openings.append(self._opening(*map(int, found.groups())))
        if clocks.overlap(openings):
            raise ValidationError(_("These openings overlap."))
        return openings

    def _opening(self, hour: int, minute: int, to_hour: int, to_minute: int) -> Opening:
        opens, closes = 60 * hour + minute, 60 * to_hour + to_minute
        sound = minute < 60 and to_minute < 60 and opens < closes <= DAY_MIN
        if not sound:
            raise ValidationError(
                _("An opening ends after it begins, at 24:00 at the latest.")
            )
        return Opening(self.weekday, opens, closes)

    def prepare_value(self, value: Any) -> Any:
        """Write openings in words; what was typed stays as it is."""
        return openings_in_words(value) if isinstance(value, list) else value


class CalendarForm(forms.Form):
    """A calendar as a whole: its zone, seven days, and the days without work."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    name_zh_hans = forms.CharField(
        label=gettext_lazy("Name in Chinese"), max_length=120, required=False
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), initial="UTC")
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One a line: 2026-12-25 Christmas."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        if isinstance(zone, forms.ChoiceField):
            zone.choices = [(each, each) for each in sorted(available_timezones())]
        for day in Weekday.values:
            self.fields[f"day_{day}"] = OpeningsField(day)

    def days(self) -> list[Any]:
        """The seven fields of a week."""
        return [self[f"day_{day}"] for day in Weekday.values]

    @staticmethod
    def stored(calendar: BusinessCalendar) -> dict[str, Any]:
        """What a calendar says, as the form shows it."""
        by_day = calendar.as_calendar().by_weekday
        lines = (f"{each.day} {each.name}".strip() for each in calendar.holidays.all())
        return {
            "name": calendar.name,
            "name_zh_hans": calendar.name_zh_hans,
            "zone": calendar.zone,
            "holidays": "\n".join(lines),
            **{f"day_{day}": list(by_day[day]) for day in Weekday.values},
        }

    def clean_holidays(self) -> dict[date, str]:
        """Return the days with their names; raises ``ValidationError``."""
        found: dict[date, str] = {}
        for line in self.cleaned_data["holidays"].splitlines():
            if not line.strip():
                continue
            day, _space, name = line.strip().partition(" ")
            try:
                found[date.fromisoformat(day)] = name.strip()[:80]
            except ValueError as error:
                raise ValidationError(
                    _("“%(line)s” does not begin with a day such as 2026-12-25.")
                    % {"line": line.strip()[:40]}
                ) from error
        if len(found) > MOST_HOLIDAYS:
            raise ValidationError(
                _("A calendar may have %(max)d holidays.") % {"max": MOST_HOLIDAYS}
            )
        return found

    def hours(self) -> Hours:
        """What was written, once it is valid."""
        values = self.cleaned_data
        openings = [each for day in Weekday.values for each in values[f"day_{day}"]]
        return Hours(
            values["name"],
            values["name_zh_hans"],
            values["zone"],
            openings,
            values["holidays"],
        )
