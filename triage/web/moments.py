"""On whose clock is a moment typed and said? On that of the reader's profile."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.timezone import get_current_timezone_name, localtime


class MomentInput(forms.DateTimeInput):
    """A day and a time, on the reader's clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _named(label: Any) -> str:
    return str(label) % {"zone": get_current_timezone_name()}


# A label with a place for ``zone``, filled in for whoever reads it.
with_zone = lazy(_named, str)


def in_words(at: datetime | None) -> str:
    """A moment to the minute with its zone; empty without one."""
    if at is None:
        return ""
    return f"{localtime(at):%Y-%m-%d %H:%M} {get_current_timezone_name()}"
