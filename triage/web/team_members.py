"""How does a lead let people into a queue and out of it, and take that back?"""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from deliveries.request import KnownRequest
from triage import access, staffing
from triage.models import UNSOLVED, MemberRole, Membership, Queue, Ticket
from triage.tickets import Invalid
from triage.web.bulk import answered
from triage.web.rows import face_of
from triage.web.team_queues import MemberForm, NamesForm, page


@require_POST
@access.names("queue.manage")
@answered
def members(request: KnownRequest, slug: str) -> HttpResponse:
    """Let somebody work in a queue, or as something else."""
    row = staffing.led(slug, request.actor)
    form = MemberForm(request.POST, actor=request.actor)
    if form.is_valid():
        person = form.people[form.cleaned_data["person"]]
        role = MemberRole(form.cleaned_data["role"])
        try:
            return _enlisted(request, row, person, role)
        except Invalid as invalid:
            form.add_error("person", invalid.message)
    names = NamesForm(initial={"name": row.name, "name_zh_hans": row.name_zh_hans})
    return page(request, row, names, form)


@require_POST
@access.names("queue.manage")
@answered
def place(request: KnownRequest, slug: str, person: int, role: str) -> HttpResponse:
    """Give somebody back the place that they had."""
    row = staffing.led(slug, request.actor)
    found = {each.pk: each for each in staffing.candidates(request.actor)}.get(person)
    if found is None or role not in MemberRole.values:
        raise Http404
    try:
        return _enlisted(request, row, found, MemberRole(role))
    except Invalid as invalid:
        messages.error(request, invalid.message)
    return _back(slug)


def _enlisted(
    request: KnownRequest, queue: Queue, person: User, role: MemberRole
) -> HttpResponse:
    """Let them work there, and say how it is taken back."""
    rows = Membership.objects.filter(queue=queue, person=person)
    before = rows.values_list("role", flat=True).first()
    made = staffing.enlist(queue.slug, request.actor, person, role)
    undo = (
        reverse("team_place", args=[queue.slug, person.pk, before])
        if before
        else reverse("team_removal", args=[queue.slug, made.pk])
    )
    said = {"name": _name(person), "role": role.label, "queue": queue.title}
    text = _("%(name)s now works in %(queue)s. Role: %(role)s.") % said
    messages.success(request, text, extra_tags=undo if before != role else "")
    return _back(queue.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("queue.manage")
@answered
def removal(request: KnownRequest, slug: str, member: int) -> HttpResponse:
    """Ask whether somebody's work in a queue is to end, and end it."""
    queue = staffing.led(slug, request.actor)
    row = Membership.objects.filter(queue=queue, pk=member).select_related("person")
    found = row.first()
    if found is None:
        raise Http404
    if request.method != "POST":
        return _question(request, queue, found)
    person, role = found.person, found.role
    try:
        staffing.dismiss(slug, member, request.actor)
    except Invalid as invalid:
        messages.error(request, invalid.message)
        return _back(slug)
    said = {"name": _name(person), "queue": queue.title}
    text = _("%(name)s no longer works in %(queue)s.") % said
    undo = reverse("team_place", args=[slug, person.pk, role])
    messages.success(request, text, extra_tags=undo)
    return _back(slug)


def _question(request: KnownRequest, queue: Queue, row: Membership) -> HttpResponse:
    held = Ticket.objects.filter(
        queue=queue, assignee=row.person_id, state__in=UNSOLVED
    )
    context = {
        "person": face_of(row.person, request.actor),
        "role": row.get_role_display(),
        "queue": {"name": queue.title, "url": reverse("team_queue", args=[queue.slug])},
        "held": held.count(),
    }
    return render(request, "triage/team_removal.html", context)


def _name(person: User) -> str:
    return str(person.get_full_name() or person.get_username())


def _back(slug: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("team_queue", args=[slug]))
