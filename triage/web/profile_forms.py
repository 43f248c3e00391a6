"""How does a lead say what somebody is good at, and a person how they work?"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries import language, taxonomy
from deliveries.models import ChannelKind
from triage.models import Density, Spoken, Theme, Weekday
from triage.models.profile import MOST_CAPACITY

LONGEST_AWAY = timedelta(days=366)


def skill_choices() -> list[tuple[str, str]]:
    """Every skill with its name: channels, then families of causes."""
    reader = language.current()
    families = taxonomy.load().families
    return [
        *((f"channel:{value}", str(label)) for value, label in ChannelKind.choices),
        *((f"family:{each.slug}", each.name_in(reader)) for each in families),
    ]


def skills_in_words(skills: Sequence[str]) -> list[str]:
    """The names of skills, in their order; what is no longer known is left out."""
    return [name for value, name in skill_choices() if value in skills]


@cache
def zone_names() -> list[str]:
    """Zones of places, and UTC."""
    places = (each for each in available_timezones() if "/" in each)
    return ["UTC", *sorted(each for each in places if not each.startswith("Etc/"))]


def zone_choices() -> list[tuple[str, str]]:
    """Every zone, after that of the browser."""
    return [("", _("As the browser")), *((each, each) for each in zone_names())]


class ClockInput(forms.TimeInput):
    """A time of the day, to the minute."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class AwayForm(forms.Form):
    """Until when somebody is away; empty for being there."""

    away_until = forms.DateTimeField(
        label=gettext_lazy("Away until"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["away_until"].help_text = _(
            "Until then no ticket is offered. Empty: there. The time is in %(zone)s."
        ) % {"zone": zone}

    def clean_away_until(self) -> Any:
        """Refuse what is past, or so far that a leave of absence is meant."""
        until = self.cleaned_data["away_until"]
        if until is not None:
            ahead = until - timezone.now()
            if not timedelta(0) < ahead <= LONGEST_AWAY:
                raise ValidationError(_("Choose a time within the next year."))
        return until


class WorkForm(AwayForm):
    """When somebody works, and in which languages; days of a shift may be empty."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages spoken"),
        choices=Spoken.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Of two equal tickets the one in such a language is offered first. None:"
            " the language does not matter."
        ),
    )
    shift_starts = forms.TimeField(
        label=gettext_lazy("Shift begins"), required=False, widget=ClockInput
    )
    shift_ends = forms.TimeField(
        label=gettext_lazy("Shift ends"), required=False, widget=ClockInput
    )
    shift_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the shift"),
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("On which it begins. None: every day."),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shift_ends"].help_text = _(
            "Outside it no ticket is offered. Empty: always there. The clock is that"
            " of %(zone)s; an end before the beginning lies on the next day."
        ) % {"zone": zone.key}

    def clean(self) -> dict[str, Any]:
        """Refuse half a shift, and one without length."""
        found: dict[str, Any] = super().clean() or {}
        starts, ends = found.get("shift_starts"), found.get("shift_ends")
        if not self.errors and "shift_starts" in found:
            if (starts is None) != (ends is None):
                missing = "shift_starts" if starts is None else "shift_ends"
                self.add_error(missing, _("Say both when it begins and when it ends."))
            elif starts is not None and starts == ends:
                self.add_error("shift_ends", _("A shift ends after it has begun."))
        return found


class OwnForm(WorkForm):
    """What somebody says about themselves.

    Without ``works`` nothing about tickets is asked, without ``hears`` nothing about
    the inbox.
    """

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        required=False,
        help_text=gettext_lazy("Every time on the pages of the desk is shown in it."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"), choices=Theme.choices, required=False
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Density"),
        choices=Density.choices,
        required=False,
        help_text=gettext_lazy("Compact shows more rows of a list at once."),
    )
    keys_on = forms.BooleanField(
        label=gettext_lazy("Single letters work as keys"),
        required=False,
        help_text=gettext_lazy("The key ? lists them. Ctrl K works in any case."),
    )
    mails_inbox = forms.BooleanField(
        label=gettext_lazy("Send me e-mails about my inbox"),
        required=False,
        help_text=gettext_lazy(
            "About what you have not read after two minutes; at most one in ten"
            " minutes."
        ),
    )
    locale = forms.ChoiceField(
        label=gettext_lazy("Language of the e-mails"),
        choices=settings.LANGUAGES,
        required=False,
    )
    DESK = ("language", "zone", "theme", "density", "keys_on")
    WORK = ("away_until", "shift_starts", "shift_ends", "shift_days", "languages")
    INBOX = ("mails_inbox", "locale")

    def __init__(self, *args: Any, works: bool, hears: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = ((works, self.WORK), (hears, self.INBOX))
        for name in (each for wanted, names in asked if not wanted for each in names):
            del self.fields[name]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        found = (
            (_("The desk"), self.DESK),
            (_("My work"), self.WORK),
            (_("E-mails"), self.INBOX),
        )
        return [
            (heading, [self[name] for name in names if name in self.fields])
            for heading, names in found
            if names[0] in self.fields
        ]

    def clean(self) -> dict[str, Any]:
        """What is not answered stays as it is."""
        found = super().clean()
        for name in ("language", "theme", "density"):
            if name in found:
                found[name] = found[name] or self.initial.get(name, "")
        return found

    def clean_locale(self) -> str:
        """Without an answer the mails come in English."""
        return str(self.cleaned_data["locale"] or "en")


class WorkerForm(WorkForm):
    """How work is offered to somebody of the team."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Capacity"),
        min_value=0,
        max_value=MOST_CAPACITY,
        help_text=gettext_lazy("Open tickets at once; what waits does not count."),
    )
    skills = forms.MultipleChoiceField(
        label=gettext_lazy("Skills"),
        choices=skill_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = (
        "capacity",
        "away_until",
        "shift_starts",
        "shift_ends",
        "shift_days",
        "languages",
        "skills",
    )
