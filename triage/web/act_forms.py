"""What may be said when something is decided about one ticket, or about many?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage.models import Membership, Queue, Tier, Verb, WaitingOn
from triage.tickets import acts, staff_text
from triage.web.forms import category_choices
from triage.web.resend_forms import MomentInput

REASON_MIN = 10  # characters, as the database asks
REASON_MAX = 500
LONGEST = timedelta(days=90)
NOBODY = "nobody"


class ActForm(forms.Form):
    """What an act needs to be known; ``queues`` are those of the tickets.

    ``preview`` asks for nothing that does not decide which tickets change.
    """

    verb: ClassVar[Verb]

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        queues: Iterable[int],
        preview: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.queue_ids, self.preview = actor, sorted(set(queues)), preview
        self.begin()

    def begin(self) -> None:
        """Fill in the choices."""

    def offer(self, name: str, choices: list[Any]) -> None:
        """Fill in the choices of one field."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def act(self) -> acts.Act:
        """The act that a valid form means."""
        raise NotImplementedError


class AssignForm(ActForm):
    """To whom."""

    verb = Verb.ASSIGN
    to = forms.ChoiceField(label=gettext_lazy("To"))

    def begin(self) -> None:
        """Oneself, nobody, or a member of one of the queues."""
        members = Membership.objects.filter(queue__in=self.queue_ids)
        people = User.objects.filter(
            pk__in=members.values("person"), is_active=True
        ).exclude(pk=self.actor.person_id or 0)
        named = [
            (str(each.pk), str(each.get_full_name() or each.get_username()))
            for each in people.order_by("first_name", "username")
        ]
        mine = str(self.actor.person_id)
        self.offer("to", [(mine, _("Me")), (NOBODY, _("Nobody")), *named])
        self.fields["to"].initial = mine

    @property
    def act(self) -> acts.Act:
        """Give it to the person."""
        chosen = self.cleaned_data["to"]
        return acts.assign(None if chosen == NOBODY else int(chosen))


class TierForm(ActForm):
    """Which tier, and why."""

    verb = Verb.TIER
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"),
        choices=[*Tier.choices, ("", gettext_lazy("As it is judged"))],
        required=False,
        initial=Tier.S2,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=REASON_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The judged tier stays visible beside it."),
    )

    def clean(self) -> dict[str, Any]:
        """An override has a reason; its end needs none."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        reason = staff_text(found.get("reason", ""))
        if not self.preview and found.get("tier") and len(reason) < REASON_MIN:
            self.add_error(
                "reason",
                _("Give a reason of at least %(least)d characters.")
                % {"least": REASON_MIN},
            )
        found["reason"] = reason[:REASON_MAX]
        return found

    @property
    def act(self) -> acts.Act:
        """Set it."""
        return acts.SetTier(self.cleaned_data["tier"], self.cleaned_data["reason"])


class QueueForm(ActForm):
    """Into which queue."""

    verb = Verb.QUEUE
    queue = forms.ChoiceField(label=gettext_lazy("Queue"))

    def begin(self) -> None:
        """Every queue, but the one in which all of them lie."""
        rows = Queue.objects.order_by("slug")
        if len(self.queue_ids) == 1:
            rows = rows.exclude(pk=self.queue_ids[0])
        choices = [(str(each.pk), each.title) for each in rows]
        self.offer("queue", choices)
        self.fields["queue"].initial = choices[0][0] if choices else ""

    @property
    def act(self) -> acts.Act:
        """Move it there."""
        return acts.MoveTo(Queue.objects.get(pk=int(self.cleaned_data["queue"])))


class WaitForm(ActForm):
    """For whom, and until when at most."""

    verb = Verb.WAIT
    on = forms.ChoiceField(
        label=gettext_lazy("Waits for"),
        choices=[*WaitingOn.choices, ("", gettext_lazy("Nobody: it goes on"))],
        required=False,
        initial=WaitingOn.PROVIDER,
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until (UTC)"),
        required=False,
        widget=MomentInput,
        help_text=gettext_lazy("Then it opens by itself. Empty: until somebody acts."),
    )

    def clean_until(self) -> datetime | None:
        """A time that lies ahead, but not out of mind."""
        until: datetime | None = self.cleaned_data["until"]
        if until is not None and until <= timezone.now():
            raise forms.ValidationError(_("Choose a time that lies ahead."))
        if until is not None and until > timezone.now() + LONGEST:
            raise forms.ValidationError(
                _("A ticket waits at most %(days)d days.") % {"days": LONGEST.days}
            )
        return until

    @property
    def act(self) -> acts.Act:
        """Let it wait, or go on."""
        on = self.cleaned_data["on"]
        return acts.Wait(on, self.cleaned_data["until"] if on else None)


class CategoryForm(ActForm):
    """Which cause."""

    verb = Verb.CATEGORY
    category = forms.ChoiceField(label=gettext_lazy("Cause"), required=False)

    def begin(self) -> None:
        """Every cause, or the diagnosed one again."""
        self.offer("category", [("", _("As it is diagnosed")), *category_choices()])

    @property
    def act(self) -> acts.Act:
        """Name it."""
        slug = self.cleaned_data["category"]
        rows = FailureCategory.objects.filter(slug=slug)
        return acts.NameCause(rows.get() if slug else None)


FORMS: dict[str, type[ActForm]] = {
    form.verb.value: form
    for form in (AssignForm, QueueForm, TierForm, CategoryForm, WaitForm)
}
