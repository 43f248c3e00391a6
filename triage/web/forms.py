"""What may people type on the desk, and what is wrong with it?"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from deliveries import language, taxonomy
from deliveries.models import ChannelKind, FailureCategory
from knowledgebase.articles import TITLE_MAX
from triage import queues
from triage.models import NoteKind, Queue, RuleKind, Ticket
from triage.models.rule import PATTERN_MAX, REASON_MAX
from triage.teaching import Lesson
from triage.tickets import NOTE_MAX, Invalid

BODY_MAX = 50_000  # characters of a draft


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was posted, were it nothing at all."""
    return request.POST if request.method == "POST" else None


def mark(form: forms.Form, invalid: Invalid) -> None:
    """Put what a use case refused beside the field that it is about."""
    field = invalid.field if invalid.field in form.fields else None
    form.add_error(field, invalid.message)


class NoteForm(forms.Form):
    """A note and its kind, a file, or both; the use case asks for one of them."""

    kind = forms.ChoiceField(
        label=_("Kind of note"),
        choices=NoteKind.choices,
        initial=NoteKind.OBSERVATION,
        widget=forms.RadioSelect,
    )
    body = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(label=_("File"), required=False, allow_empty_file=True)


class HandOverForm(forms.Form):
    """To whom a ticket goes, and a word along with it.

    ``people`` of its queue and the ``piles`` are fetched where they are not known.
    """

    to = forms.ChoiceField(label=_("To"))
    note = forms.CharField(
        label=_("What should they know?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        ticket: Ticket,
        people: Iterable[User] | None = None,
        piles: Iterable[Queue] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {
            f"person:{person.pk}": person
            for person in (queues.people_of(ticket.queue) if people is None else people)
            if person.pk != ticket.assignee_id
        }
        self.queues = {
            f"queue:{queue.pk}": queue
            for queue in (Queue.objects.all() if piles is None else piles)
            if queue.pk != ticket.queue_id
        }
        field = self.fields["to"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (
                    _("People"),
                    [(k, str(p.first_name or p)) for k, p in self.people.items()],
                ),
                (_("Queues"), [(k, q.title) for k, q in self.queues.items()]),
            ]

    @property
    def target(self) -> User | Queue:
        """The chosen person or queue."""
        chosen: str = self.cleaned_data["to"]
        return self.people.get(chosen) or self.queues[chosen]


class ReopeningForm(forms.Form):
    """Why a solved ticket is taken up again."""

    reason = forms.CharField(
        label=_("Why?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class SettlementForm(forms.Form):
    """What became of a message that was unknown, and how one knows."""

    ARRIVED, NOT_ARRIVED = "arrived", "not_arrived"

    outcome = forms.ChoiceField(
        label=_("What became of it?"),
        choices=[
            (ARRIVED, _("It arrived")),
            (NOT_ARRIVED, _("It did not arrive")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say how you found out.")},
    )


def category_choices(
    known: Iterable[FailureCategory] | None = None,
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every category under its family, in the reader's language.

    ``known`` are all categories, where they were fetched before.
    """
    known = FailureCategory.objects.all() if known is None else known
    names = {each.slug: each.name for each in known}
    loaded = taxonomy.load()
    return [
        (
            family.name_in(language.current()),
            [
                (each.slug, names.get(each.slug, each.slug))
                for each in loaded.categories
                if each.family == family.slug and each.slug != taxonomy.UNKNOWN
            ],
        )
        for family in loaded.families
        if family.slug != "unknown"
    ]


class ResolutionForm(forms.Form):
    """What it was, and what helped."""

    category = forms.ChoiceField(
        label=_("What was the cause?"),
        error_messages={"required": _("Choose the cause: it teaches the desk.")},
    )
    article = forms.CharField(required=False)
    draft_title = forms.CharField(
        label=_("Title"), max_length=TITLE_MAX, required=False
    )
    draft_body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Markdown works: lists, links, code."),
    )
    note = forms.CharField(
        label=_("What was done?"),
        max_length=NOTE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choose…")), *category_choices()]


class RuleForm(forms.Form):
    """What a person teaches the diagnosis."""

    kind = forms.ChoiceField(
        label=_("What is recognised?"),
        choices=RuleKind.choices,
        initial=RuleKind.PHRASE,
        widget=forms.RadioSelect,
    )
    pattern = forms.CharField(
        label=_("Code or wording"),
        max_length=PATTERN_MAX,
        help_text=_(
            "A code as it stands, or words of the answer; * stands for any run of"
            " characters."
        ),
    )
    provider = forms.CharField(
        label=_("Provider"),
        max_length=64,
        required=False,
        help_text=_("Empty means every provider."),
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    category = forms.ChoiceField(label=_("What is the cause then?"))
    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("channel", [("", _("Every channel")), *ChannelKind.choices]),
            ("category", [("", _("Choose…")), *category_choices()]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    @property
    def lesson(self) -> Lesson:
        """What a valid form says."""
        said = self.cleaned_data
        return Lesson(
            kind=RuleKind(said["kind"]),
            pattern=said["pattern"],
            category=FailureCategory.objects.get(slug=said["category"]),
            reason=said["reason"],
            provider=said["provider"],
            channel=said["channel"],
        )
