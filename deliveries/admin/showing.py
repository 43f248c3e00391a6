"""In which words does the admin site say what a form changes?"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from django.utils.formats import localize
from django.utils.translation import gettext as _

MOST = 200  # characters of a value
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, as it was and as it is to be."""

    name: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before} → {self.after}"


def differences(form: Any, secret: tuple[str, ...]) -> list[Difference]:
    """What a valid form changes; of a secret only that it is another one.

    What was typed and comes to the same is no difference.
    """
    found = []
    for name in form.changed_data:
        label = str(form[name].label)
        if name in secret:
            found.append(Difference(name, label, HIDDEN, HIDDEN))
            continue
        field, value = form.fields[name], form.cleaned_data.get(name)
        before, after = _shown(field, form[name].initial), _shown(field, value)
        if before != after:
            found.append(Difference(name, label, before, after))
    return found


def _shown(field: Any, value: Any) -> str:
    rows: Any = getattr(field, "queryset", None)
    if isinstance(field, ModelMultipleChoiceField):
        chosen = rows.filter(pk__in=[getattr(row, "pk", row) for row in value])
        return ", ".join(str(row) for row in chosen) or "–"
    if isinstance(field, ModelChoiceField):
        row = rows.filter(pk=getattr(value, "pk", value)).first()
        return str(row) if row is not None else "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        named = {str(key): label for key, label in choices}
        return str(named.get(str(value), value)) or "–"
    return str(localize(value))[:MOST] if value not in (None, "") else "–"
