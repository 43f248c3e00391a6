"""How does a lead keep queues and say who works in them?"""

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, staffing
from triage.models import BusinessCalendar, Membership, Queue
from triage.staffing import Names
from triage.web.bulk import answered
from triage.web.forms import posted
from triage.web.naming import list_url
from triage.web.rows import face_of
from triage.web.team_people import offered_to


class NamesForm(forms.Form):
    """What a queue is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    name_zh_hans = forms.CharField(
        label=gettext_lazy("Name in Chinese"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: readers of Chinese see the other name."),
    )

    @property
    def names(self) -> Names:
        """Both names."""
        said = self.cleaned_data
        return Names(said["name"], said["name_zh_hans"])


class NewQueueForm(NamesForm):
    """A queue that is not there yet."""

    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Business calendar"),
        queryset=BusinessCalendar.objects.all(),
        required=False,
        empty_label=gettext_lazy("Every hour is a working hour"),
    )


class MemberForm(forms.Form):
    """Who works in a queue, as what."""

    person = forms.ChoiceField(label=gettext_lazy("Person"))
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(each.pk): each for each in staffing.candidates(actor)}
        named = [
            (key, str(each.get_full_name() or each.get_username()))
            for key, each in self.people.items()
        ]
        roles = [(role.value, role.label) for role in staffing.grantable(actor)]
        for name, choices in (("person", [("", "—"), *named]), ("role", roles)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("queue.manage")
@answered
def queues(request: KnownRequest) -> HttpResponse:
    """Show the queues that I keep and who works in them; make one."""
    form = NewQueueForm(posted(request))
    if form.is_valid():
        calendar = form.cleaned_data["calendar"]
        made = staffing.create(request.actor, form.names, calendar)
        messages.success(request, _("The queue is there. Add who works in it."))
        return HttpResponseRedirect(reverse("team_queue", args=[made.slug]))
    rows = Queue.objects.led_by(request.actor).select_related("calendar")
    people: dict[int | None, list[Any]] = defaultdict(list)
    members = Membership.objects.filter(queue__in=rows).select_related("person")
    for each in members.order_by("person__first_name", "person__username"):
        people[each.queue_id].append(face_of(each.person, request.actor))
    context = {
        "form": form,
        "queues": [
            {
                "name": row.title,
                "url": reverse("team_queue", args=[row.slug]),
                "calendar": row.calendar.title if row.calendar else "",
                "people": people[row.pk],
            }
            for row in rows
        ],
        "team_url": reverse("team"),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/team_queues.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("queue.manage")
@answered
def queue(request: KnownRequest, slug: str) -> HttpResponse:
    """Show one queue and its members; call it something else."""
    row = staffing.led(slug, request.actor)
    initial = {"name": row.name, "name_zh_hans": row.name_zh_hans}
    form = NamesForm(posted(request), initial=initial)
    if form.is_valid():
        staffing.rename(slug, request.actor, form.names)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("team_queue", args=[slug]))
    return page(request, row, form, MemberForm(actor=request.actor))


def page(
    request: KnownRequest, row: Queue, names: NamesForm, member: MemberForm
) -> HttpResponse:
    """Show a queue with its members; both forms may carry what is wrong."""
    actor = request.actor
    grantable = staffing.grantable(actor)
    rows = Membership.objects.filter(queue=row).select_related("person__agent_profile")
    context = {
        "queue": {"name": row.title, "list_url": list_url(row)},
        "names": names,
        "member": member,
        "members": [
            {
                "person": face_of(each.person, actor),
                "role": each.get_role_display(),
                **offered_to(each.person),
                "edit_url": reverse("worker", args=[each.person_id])
                if actor.may("team.manage")
                else "",
                "tickets_url": list_url(row, assignee=each.person.username),
                "removal_url": reverse("team_removal", args=[row.slug, each.pk])
                if each.role in grantable and each.person_id != actor.person_id
                else "",
            }
            for each in rows.order_by("person__first_name", "person__username", "role")
        ],
        "members_url": reverse("team_members", args=[row.slug]),
        "queues_url": reverse("team_queues"),
    }
    status = 400 if names.errors or member.errors else 200
    return render(request, "triage/team_queue.html", context, status=status)
