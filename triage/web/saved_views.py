"""How is a list kept by name, opened, shared and given up?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, saved_views, selection
from triage.models import Queue, SavedView
from triage.selection import Place
from triage.tickets import Forbidden, Invalid
from triage.web.bulk import answered
from triage.web.forms import mark
from triage.web.naming import list_url
from triage.web.selected import place_of


class ViewForm(forms.Form):
    """The name of a view, and with whom it is shared."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=saved_views.NAME_MAX, required=False
    )
    shared_with = forms.ChoiceField(label=gettext_lazy("Who sees it"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queues = {str(each.pk): each for each in saved_views.shareable(actor)}
        field = self.fields["shared_with"]
        if not self.queues:
            del self.fields["shared_with"]
        elif isinstance(field, forms.ChoiceField):
            field.choices = [
                ("", _("Only me")),
                *(
                    (pk, _("Everybody in %(queue)s") % {"queue": each.title})
                    for pk, each in self.queues.items()
                ),
            ]

    @property
    def queue(self) -> Queue | None:
        """The chosen queue."""
        return self.queues.get(self.cleaned_data.get("shared_with", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("view.save")
@answered
def new(request: KnownRequest) -> HttpResponse:
    """Keep a list under a name."""
    said = request.POST if request.method == "POST" else request.GET
    place = place_of(request, said)
    form = ViewForm(request.POST or None, actor=request.actor)
    if request.method != "POST":
        return _page(request, place, form)
    if not form.is_valid():
        return _page(request, place, form, status=400)
    try:
        selection.matching(request.actor, place)
        view = saved_views.save(
            request.actor, place, name=form.cleaned_data["name"], share_with=form.queue
        )
    except Invalid as invalid:
        mark(form, invalid)
        return _page(request, place, form, status=400)
    messages.success(request, _("The view is saved."))
    return HttpResponseRedirect(reverse("view", args=[view.slug]))


def _page(
    request: KnownRequest,
    place: Place,
    form: ViewForm,
    view: SavedView | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "place": place,
        "view": view,
        "list_url": list_url(place.queue, place.query),
        "delete_url": reverse("view_deletion", args=[view.slug]) if view else "",
    }
    return render(request, "triage/saved_view.html", context, status=status)


@require_safe
@access.names("ticket.list")
@answered
def view(request: KnownRequest, slug: str) -> HttpResponse:
    """Lead to the list that a view stands for; one that is broken to the bare list."""
    found = saved_views.find(slug, request.actor)
    place = Place(found.queue, found.query)
    try:
        selection.matching(request.actor, place)
    except Invalid:
        messages.warning(
            request,
            _("The filters of “%(name)s” no longer exist; the whole list is shown.")
            % {"name": found.name},
        )
        place = Place(found.queue, "")
    queues = Queue.objects.visible_to(request.actor)
    if place.queue is not None and place.queue not in queues:
        messages.warning(
            request,
            _("You are no longer in the queue of “%(name)s”.") % {"name": found.name},
        )
        place = Place(None, place.query)
    return HttpResponseRedirect(list_url(place.queue, place.query))


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("view.save")
@answered
def edit(request: KnownRequest, slug: str) -> HttpResponse:
    """Rename a view of mine, or share it with others."""
    found = saved_views.find(slug, request.actor)
    if found.owner_id != request.actor.person_id:
        raise Forbidden("not_own")
    place = Place(found.queue, found.query)
    before = {"name": found.name, "shared_with": found.shared_with_id}
    form = ViewForm(request.POST or None, initial=before, actor=request.actor)
    if request.method != "POST":
        return _page(request, place, form, found)
    if not form.is_valid():
        return _page(request, place, form, found, status=400)
    share = form.queue if "shared_with" in form.fields else found.shared_with
    try:
        saved_views.change(
            slug, request.actor, name=form.cleaned_data["name"], share_with=share
        )
    except Invalid as invalid:
        mark(form, invalid)
        return _page(request, place, form, found, status=400)
    messages.success(request, _("The view is changed."))
    return HttpResponseRedirect(reverse("view", args=[slug]))


@require_POST
@access.names("view.save")
@answered
def deletion(request: KnownRequest, slug: str) -> HttpResponse:
    """Give a view of mine up."""
    found = saved_views.find(slug, request.actor)
    saved_views.delete(slug, request.actor)
    messages.success(request, _("The view is deleted."))
    return HttpResponseRedirect(list_url(found.queue, found.query))
