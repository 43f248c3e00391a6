"""How does a lead say what somebody is good at, and a person that they are away?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries import language, taxonomy
from deliveries.models import ChannelKind
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


class WorkerForm(AwayForm):
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
    field_order = ("capacity", "away_until", "skills")
