"""How is a module put together, given to people, and archived?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from knowledgebase import training_modules
from knowledgebase.models import TrainingModule
from knowledgebase.refusals import Conflict, Forbidden, Invalid
from triage import access
from triage.web.forms import posted
from triage.web.rows import face_of
from triage.web.training_forms import QUERY_MAX, ModuleForm, Places, ReadersForm
from triage.web.training_team import queues_of, trainees

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the page of a module holds: as it is kept, or as it was typed."""

    form: ModuleForm
    places: Places
    readers: ReadersForm | None = None


def answered(view: View) -> View:
    """Turn refusals into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except TrainingModule.DoesNotExist as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied from error
        except Invalid as invalid:
            messages.error(request, invalid.message)
            return HttpResponseRedirect(reverse("team_training"))

    return wrapper


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("training.manage")
@answered
def module_new(request: KnownRequest) -> HttpResponse:
    """Put a new module together."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("training.manage")
@answered
def module(request: KnownRequest, module: int) -> HttpResponse:
    """Show a module and who reads it; change it."""
    return _edit(request, get_object_or_404(TrainingModule, pk=module))


def _edit(request: KnownRequest, row: TrainingModule | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, row, _kept(row))
    places = Places.posted(request.POST.getlist("article"))
    act = _asked(request)
    if act != "save":  # put together further, nothing is kept yet
        places.do(act)
        typed = {name: request.POST.get(name, "") for name in ModuleForm.base_fields}
        return _page(request, row, Typed(ModuleForm(initial=typed), places))
    form = ModuleForm(request.POST)
    typed_now = Typed(form, places)
    if not form.is_valid():
        return _page(request, row, typed_now)
    try:
        saved = _save(request.actor, row, form, places)
    except Invalid as invalid:
        field = invalid.field if invalid.field in form.fields else None
        form.add_error(field, invalid.message)
        return _page(request, row, typed_now)
    except Conflict:
        form.add_error(None, _conflict(row))
        return _page(request, row, typed_now, status=409)
    messages.success(request, _("Saved."))
    return _back(saved.pk)


def _asked(request: KnownRequest) -> str:
    """Which button was pressed; the Enter key finds what was typed anew, or saves."""
    typed_anew = request.POST.get("find", "") != request.POST.get("found", "")
    return request.POST.get("do") or ("find" if typed_anew else "save")


def _kept(row: TrainingModule | None) -> Typed:
    names = tuple(ModuleForm.base_fields)
    initial = {name: getattr(row, name) for name in names} if row else {}
    return Typed(ModuleForm(initial=initial), Places.of(row))


def _save(
    actor: Actor, row: TrainingModule | None, form: ModuleForm, places: Places
) -> TrainingModule:
    plan, now = form.plan(places.ids), timezone.now()
    if row is None:
        return training_modules.create(actor, plan, now)
    seen = form.cleaned_data["version"]
    return training_modules.change(row.pk, actor, plan, seen=seen, now=now)


def _conflict(row: TrainingModule | None) -> str:
    by = row.changed_by if row else None
    who = (by.get_full_name() or by.get_username()) if by else _("Somebody")
    return _(
        "%(who)s has changed this module since. What you typed is still here; open the"
        " module again to see theirs."
    ) % {"who": who}


def _page(
    request: KnownRequest, row: TrainingModule | None, typed: Typed, *, status: int = 0
) -> HttpResponse:
    query = request.POST.get("find", "").replace("\0", "").strip()[:QUERY_MAX]
    context = {
        "form": typed.form,
        "title": row.title if row else _("New module"),
        "articles": typed.places.rows(),
        "found": typed.places.found(query),
        "query": query,
        "module": _about(request, row, typed.readers) if row else None,
        "list_url": reverse("team_training"),
    }
    faults = typed.form.errors or (typed.readers.errors if typed.readers else None)
    status = status or (400 if faults else 200)
    return render(request, "triage/training_module.html", context, status=status)


def _about(
    request: KnownRequest, row: TrainingModule, readers: ReadersForm | None
) -> dict[str, Any]:
    people = list(trainees(request.actor))
    seen = {each.pk for each in people}
    reading = row.readers.select_related("person").order_by("person__first_name", "pk")
    queues = list(queues_of(request.actor))
    return {
        "archived_at": row.archived_at,
        "by": face_of(row.changed_by, request.actor) if row.changed_by else None,
        "due_at": row.due_at,
        "readers": [
            {
                "person": face_of(each.person, request.actor),
                "removal_url": reverse(
                    "training_reader_removal", args=[row.pk, each.person_id]
                ),
            }
            for each in reading
            if each.person_id in seen
        ],
        "readers_form": readers or ReadersForm(people=people, queues=queues),
        "readers_url": reverse("training_readers", args=[row.pk]),
        "archival_url": reverse("training_archival", args=[row.pk]),
        "restoration_url": reverse("training_restoration", args=[row.pk]),
    }


@require_POST
@access.names("training.manage")
@answered
def readers(request: KnownRequest, module: int) -> HttpResponse:
    """Give a module to people."""
    row = get_object_or_404(TrainingModule, pk=module)
    people = list(trainees(request.actor))
    form = ReadersForm(
        posted(request), people=people, queues=list(queues_of(request.actor))
    )
    if not form.is_valid():
        return _page(request, row, replace(_kept(row), readers=form))
    now = timezone.now()
    new = training_modules.assign(row.pk, form.chosen, request.actor, now)
    given = ngettext("Given to %(count)d person.", "Given to %(count)d people.", new)
    messages.success(request, given % {"count": new})
    return _back(row.pk)


@require_POST
@access.names("training.manage")
@answered
def removal(request: KnownRequest, module: int, person: int) -> HttpResponse:
    """Take a module from somebody."""
    if not trainees(request.actor).filter(pk=person).exists():
        raise Http404
    training_modules.release(module, person, request.actor)
    messages.success(request, _("Saved."))
    return _back(module)


@require_POST
@access.names("training.manage")
@answered
def archival(request: KnownRequest, module: int) -> HttpResponse:
    """Let a module rest; its page offers to undo that."""
    training_modules.archive(module, request.actor, timezone.now())
    return _back(module)


@require_POST
@access.names("training.manage")
@answered
def restoration(request: KnownRequest, module: int) -> HttpResponse:
    """Undo an archiving."""
    training_modules.restore(module, request.actor, timezone.now())
    messages.success(request, _("The module is in use again."))
    return _back(module)


def _back(pk: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("training_module", args=[pk]))
