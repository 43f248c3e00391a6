"""What does a lead say when a macro or a canned text is kept?"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage import macros
from triage.models import Assignment, NoteKind, Queue, Tier, WaitingOn
from triage.models.macro import MOST_WAIT_H, TEXT_MAX
from triage.tickets import staff_text
from triage.web.act_forms import REASON_MAX, REASON_MIN
from triage.web.forms import category_choices

NAME_MAX = 60
NOT_AT_ALL = ("", gettext_lazy("– not a step –"))


class KeptForm(forms.Form):
    """The queue and the name of what is kept; ``version`` is the one that was seen."""

    queue = forms.ChoiceField(label=gettext_lazy("For the queue"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_MAX)
    name_zh_hans = forms.CharField(
        label=gettext_lazy("Name in Chinese"), max_length=NAME_MAX, required=False
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, initial=0, min_value=0, max_value=2**31 - 1
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        led = Queue.objects.filter(pk__in=actor.lead_queue_ids).order_by("slug")
        self.queues = {str(each.pk): each for each in led}
        self.offer("queue", [(pk, each.title) for pk, each in self.queues.items()])

    def offer(self, name: str, choices: list[Any]) -> None:
        """Fill in the choices of one field."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def in_queue(self) -> Queue:
        """The queue that was chosen."""
        return self.queues[self.cleaned_data["queue"]]

    @property
    def said(self) -> dict[str, Any]:
        """The columns that a valid form fills."""
        beside = ("queue", "version")
        return {k: v for k, v in self.cleaned_data.items() if k not in beside}


class MacroForm(KeptForm):
    """The steps, in the order in which they are taken."""

    diagnose = forms.BooleanField(label=gettext_lazy("Diagnose again"), required=False)
    assign = forms.ChoiceField(
        label=gettext_lazy("Give the ticket to"),
        choices=[NOT_AT_ALL, *Assignment.choices],
        required=False,
    )
    category = forms.ChoiceField(label=gettext_lazy("Name the cause"), required=False)
    tier = forms.ChoiceField(
        label=gettext_lazy("Set the tier"),
        choices=[NOT_AT_ALL, *Tier.choices],
        required=False,
    )
    tier_reason = forms.CharField(
        label=gettext_lazy("Why this tier?"), max_length=REASON_MAX, required=False
    )
    note_kind = forms.ChoiceField(
        label=gettext_lazy("Write a note"),
        choices=[NOT_AT_ALL, *NoteKind.choices],
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Words of the note"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    resend = forms.BooleanField(
        label=gettext_lazy("Send the message again"),
        required=False,
        help_text=gettext_lazy("Only where its cause and the gate allow it."),
    )
    solve_category = forms.ChoiceField(
        label=gettext_lazy("Solve with the cause"),
        required=False,
        help_text=gettext_lazy("Its reporters are told. It neither waits nor moves."),
    )
    solve_article = forms.ChoiceField(
        label=gettext_lazy("Article that helps"), required=False
    )
    solve_note = forms.CharField(
        label=gettext_lazy("Note of the resolution"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    waiting_on = forms.ChoiceField(
        label=gettext_lazy("Let it wait for"),
        choices=[NOT_AT_ALL, *WaitingOn.choices],
        required=False,
    )
    wait_h = forms.IntegerField(
        label=gettext_lazy("At most how many hours?"),
        min_value=1,
        max_value=MOST_WAIT_H,
        required=False,
    )
    queue_to = forms.ChoiceField(
        label=gettext_lazy("Move to the queue"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = category_choices()
        self.offer("category", [NOT_AT_ALL, *causes])
        self.offer("solve_category", [NOT_AT_ALL, *causes])
        chosen = self.initial.get("solve_article") or ""
        self.articles = {str(each.pk): each for each in macros.articles(chosen)}
        titles = [(pk, str(each)) for pk, each in self.articles.items()]
        self.offer("solve_article", [("", gettext_lazy("– none –")), *titles])
        self.targets = {str(each.pk): each for each in Queue.objects.order_by("slug")}
        targets = [(pk, each.title) for pk, each in self.targets.items()]
        self.offer("queue_to", [NOT_AT_ALL, *targets])
        self.fields["note"].help_text = names_in_words()

    def clean(self) -> dict[str, Any]:
        """Each step is whole, and there is at least one."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("tier_reason", "note", "solve_note"):
            found[name] = staff_text(found.get(name) or "")
        self._whole(found)
        self._solved(found)
        steps = ("diagnose", "assign", "category", "tier", "note", "resend")
        ends = ("solve_category", "waiting_on", "queue_to")
        taken = [found.get(name) for name in (*steps, *ends)]
        if not any(taken) and not self.errors:
            self.add_error(None, _("A macro has at least one step."))
        if found.get("queue_to") and found["queue_to"] == found.get("queue"):
            self.add_error("queue_to", _("Its tickets lie in this queue already."))
        return found

    def _whole(self, found: dict[str, Any]) -> None:
        found["tier_reason"] = found["tier_reason"][:REASON_MAX]
        if not found.get("tier"):
            found["tier_reason"] = ""
        elif len(found["tier_reason"]) < REASON_MIN:
            self.add_error(
                "tier_reason",
                _("Give a reason of at least %(least)d characters.")
                % {"least": REASON_MIN},
            )
        if found["note"] and not found.get("note_kind"):
            self.add_error("note_kind", _("Say what kind of note it is."))
        if found.get("note_kind") and not found["note"]:
            self.add_error("note", _("Write what you saw, guessed or decided."))
        if found.get("wait_h") and not found.get("waiting_on"):
            self.add_error("waiting_on", _("Say for whom it waits."))

    def _solved(self, found: dict[str, Any]) -> None:
        if not found.get("solve_category"):
            if found.get("solve_article") or found["solve_note"]:
                self.add_error(
                    "solve_category", _("Choose the cause it is solved with.")
                )
            return
        for name in ("waiting_on", "queue_to"):
            if found.get(name):
                self.add_error(name, _("What is solved neither waits nor moves."))

    @property
    def said(self) -> dict[str, Any]:
        """The columns, with rows in place of what was chosen by name."""
        columns = super().said
        slugs = {columns["category"], columns["solve_category"]}
        causes = {
            row.slug: row for row in FailureCategory.objects.filter(slug__in=slugs)
        }
        for name in ("category", "solve_category"):
            columns[name] = causes.get(columns[name])
        columns["queue_to"] = self.targets.get(columns["queue_to"])
        columns["solve_article"] = self.articles.get(columns["solve_article"])
        return columns


class TextForm(KeptForm):
    """Words in both languages."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    text_zh_hans = forms.CharField(
        label=gettext_lazy("Text in Chinese"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = names_in_words()

    def clean(self) -> dict[str, Any]:
        """Personal data is taken out, as of everything stored."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("text", "text_zh_hans"):
            if name in found:
                found[name] = staff_text(found[name])
        return found


def names_in_words() -> str:
    """Say what is filled in on a ticket."""
    names = ", ".join(f"{{{name}}} {words}" for name, words in macros.NAMES.items())
    return _("Filled in on the ticket: %(names)s.") % {"names": names}
