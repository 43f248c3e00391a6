"""What may be said when something is decided about one ticket, or about many?"""

from abc import abstractmethod
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
from triage import incidents, macros
from triage.models import (
    UNSOLVED,
    Macro,
    Membership,
    Queue,
    Ticket,
    Tier,
    Verb,
    WaitingOn,
)
from triage.models.ticket import TicketQuerySet
from triage.tickets import Invalid, acts, staff_text
from triage.web.forms import category_choices
from triage.web.incident_forms import ticket_number
from triage.web.moments import MomentInput, with_zone
from triage.web.offered import Offered

REASON_MIN, REASON_MAX = 10, 500  # characters, as the database asks
LONGEST = timedelta(days=90)
NOBODY = "nobody"


class ActForm(forms.Form):
    """What an act needs to be known.

    ``queues`` are those of the tickets, ``rows`` themselves where there are many;
    ``preview`` asks for nothing that does not decide which tickets change, ``offered``
    are choices that were fetched before.
    """

    verb: ClassVar[Verb]

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        queues: Iterable[int],
        preview: bool = False,
        rows: TicketQuerySet | None = None,
        offered: Offered | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.offered = offered or Offered()
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
    @abstractmethod
    def act(self) -> acts.Act:
        """The act that a valid form means."""


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
        only = self.queue_ids[0] if len(self.queue_ids) == 1 else None
        rows = [each for each in self.offered.queues if each.pk != only]
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
        label=with_zone(gettext_lazy("Until (%(zone)s)")),
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
        causes = category_choices(self.offered.causes)
        self.offer("category", [("", _("As it is diagnosed")), *causes])

    @property
    def act(self) -> acts.Act:
        """Name it."""
        slug = self.cleaned_data["category"]
        rows = FailureCategory.objects.filter(slug=slug)
        return acts.NameCause(rows.get() if slug else None)


class MacroForm(ActForm):
    """Which macro."""

    verb = Verb.MACRO
    macro = forms.ChoiceField(
        label=gettext_lazy("Macro"),
        help_text=gettext_lazy(
            "Each ticket gets all steps or none. The steps that can be undone are"
            " undone on their tickets."
        ),
        error_messages={"required": gettext_lazy("Your queues have no macro yet.")},
    )

    def begin(self) -> None:
        """Those of the queues in which the tickets lie and the actor works."""
        rows = Macro.objects.visible_to(self.actor).filter(queue__in=self.queue_ids)
        named = [
            (str(each.pk), f"{each.title} · {each.queue.title}")
            for each in rows.select_related("queue").order_by("name", "pk")
        ]
        self.offer("macro", named)
        self.fields["macro"].initial = named[0][0] if named else ""

    @property
    def act(self) -> acts.Act:
        """Run it, as it is now."""
        rows = Macro.objects.with_steps()
        return macros.RunMacro(rows.get(pk=int(self.cleaned_data["macro"])))


class MergeForm(ActForm):
    """Into which ticket."""

    verb = Verb.MERGE
    into = forms.CharField(
        label=gettext_lazy("Into ticket"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy(
            "It takes the reports of the others and goes on. Incidents of theirs that"
            " differ become one."
        ),
    )

    def begin(self) -> None:
        """Propose the most urgent of those selected."""
        rows = self.rows.filter(state__in=UNSOLVED) if self.rows is not None else None
        first = rows.most_urgent_first().first() if rows is not None else None
        self.fields["into"].initial = f"#{first.number}" if first else ""

    def clean_into(self) -> Ticket:
        """A ticket that one sees and that is not solved."""
        try:
            number = ticket_number(self.cleaned_data["into"])
        except Invalid as invalid:
            raise forms.ValidationError(invalid.message) from invalid
        rows = Ticket.objects.visible_to(self.actor)
        found = rows.select_related("group__category", "queue")
        ticket: Ticket | None = found.filter(number=number).first()
        if ticket is None:
            raise forms.ValidationError(_("You see no ticket with this number."))
        if ticket.state not in UNSOLVED:
            raise forms.ValidationError(_("That ticket is solved. Reopen it first."))
        return ticket

    @property
    def act(self) -> acts.Act:
        """Merge the others into it."""
        return incidents.MergeInto(self.cleaned_data["into"])


FORMS: dict[str, type[ActForm]] = {
    form.verb.value: form
    for form in (
        AssignForm,
        QueueForm,
        TierForm,
        CategoryForm,
        WaitForm,
        MacroForm,
        MergeForm,
    )
}
