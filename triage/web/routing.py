"""Where do tickets go, and what would other rules have done?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries import language, taxonomy
from deliveries.actor import Actor
from deliveries.models import ChannelKind, FailureCategory, Provider, Source
from deliveries.request import KnownRequest
from triage import access, steering
from triage.models import GENERAL, Queue, RoutingRule
from triage.steering import Line
from triage.tickets import Forbidden, Invalid, NotFound
from triage.web.forms import mark, posted

ANY = gettext_lazy("any")


class RoutingForm(forms.Form):
    """What a rule asks, and where it leads."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[("", ANY), *ChannelKind.choices],
        required=False,
    )
    provider = forms.CharField(
        label=gettext_lazy("Provider"), max_length=64, required=False
    )
    region = forms.CharField(
        label=gettext_lazy("Region"), max_length=32, required=False
    )
    family = forms.ChoiceField(label=gettext_lazy("Cause family"), required=False)
    category = forms.ModelChoiceField(
        label=gettext_lazy("Cause"),
        queryset=FailureCategory.objects.all(),
        required=False,
        empty_label=ANY,
    )
    source = forms.ModelChoiceField(
        label=gettext_lazy("Source"),
        queryset=Source.objects.all(),
        required=False,
        empty_label=ANY,
        help_text=gettext_lazy(
            "An outage concerns every source, so no rule for a source takes it."
        ),
    )
    queue = forms.ModelChoiceField(
        label=gettext_lazy("Leads to"), queryset=Queue.objects.none()
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        families = taxonomy.load().families
        reader = language.current()
        named = [(each.slug, each.name_in(reader)) for each in families]
        family, queue = self.fields["family"], self.fields["queue"]
        if isinstance(family, forms.ChoiceField):
            family.choices = [("", ANY), *named]
        if isinstance(queue, forms.ModelChoiceField):
            queue.queryset = Queue.objects.led_by(actor)

    def line(self, before: Line | None) -> Line:
        """The rule that was written, once it is valid."""
        values = self.cleaned_data
        return Line(
            queue_id=values["queue"].pk,
            channel=values["channel"],
            family=values["family"],
            category_id=values["category"].pk if values["category"] else None,
            provider=values["provider"],
            region=values["region"],
            source_id=values["source"].pk if values["source"] else None,
            enabled=before.enabled if before else True,
            pk=before.pk if before else None,
        )


def _stored(line: Line) -> dict[str, Any]:
    return {
        "channel": line.channel,
        "provider": line.provider,
        "region": line.region,
        "family": line.family,
        "category": line.category_id,
        "source": line.source_id,
        "queue": line.queue_id,
    }


@require_safe
@access.names("routing.manage")
def routing(request: KnownRequest) -> HttpResponse:
    """Show the rules in their order."""
    context = {
        "rules": _in_words(request.actor),
        "general": Queue.objects.get(slug=GENERAL).title,
        "new_url": reverse("routing_new"),
        "team_url": reverse("team"),
    }
    return render(request, "triage/routing.html", context)


def _in_words(actor: Actor) -> list[dict[str, Any]]:
    led = set(Queue.objects.led_by(actor).values_list("pk", flat=True))
    families = {
        each.slug: each.name_in(language.current()) for each in taxonomy.load().families
    }
    rows = RoutingRule.objects.select_related("queue", "category", "source")
    return [
        {
            "conditions": _conditions(rule, families),
            "queue": rule.queue.title,
            "enabled": rule.enabled,
            "url": reverse("routing_rule", args=[rule.pk]) if mine else "",
            "change_url": reverse("routing_change", args=[rule.pk]) if mine else "",
        }
        for rule in rows
        for mine in [rule.queue_id in led]
    ]


def _conditions(rule: RoutingRule, families: dict[str, str]) -> list[dict[str, str]]:
    asked = (
        (_("Channel"), rule.channel and str(rule.get_channel_display())),
        (_("Provider"), rule.provider),
        (_("Region"), rule.region),
        (_("Cause family"), families.get(rule.family, rule.family)),
        (_("Cause"), rule.category.name if rule.category else ""),
        (_("Source"), rule.source.name if rule.source else ""),
    )
    return [{"label": label, "value": value} for label, value in asked if value]


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("routing.manage")
def new(request: KnownRequest) -> HttpResponse:
    """Write a rule that is asked last; it can be moved up then."""
    form = RoutingForm(posted(request), actor=request.actor)
    return _edit(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("routing.manage")
def rule(request: KnownRequest, rule: int) -> HttpResponse:
    """Change what a rule asks, or where it leads."""
    line = _mine(request, rule)
    form = RoutingForm(posted(request), actor=request.actor, initial=_stored(line))
    return _edit(request, form, line)


def _mine(request: KnownRequest, pk: int) -> Line:
    """A rule that leads into one of the actor's queues; else 404 or 403."""
    found = next((each for each in steering.standing() if each.pk == pk), None)
    if found is None:
        raise Http404
    led = Queue.objects.led_by(request.actor)
    if not led.filter(pk=found.queue_id).exists():
        raise PermissionDenied
    return found


def _edit(request: KnownRequest, form: RoutingForm, line: Line | None) -> HttpResponse:
    context: dict[str, Any] = {"rehearsal": None, "rehearsed": ""}
    before = steering.standing()
    if form.is_valid():
        try:
            after = steering.with_line(before, form.line(line))
            if _saved(request, before, after):
                return HttpResponseRedirect(reverse("routing"))
            context = _outcome(before, after)
        except Invalid as invalid:
            mark(form, invalid)
    context |= {
        "form": form,
        "is_new": line is None,
        "providers": list(Provider.objects.values_list("slug", flat=True)),
        "sla_url": reverse("routing"),
    }
    status = 400 if form.errors else 200
    return render(request, "triage/routing_rule.html", context, status=status)


@require_POST
@access.names("routing.manage")
def change(request: KnownRequest, rule: int) -> HttpResponse:
    """Move, switch or remove a rule, having seen what it would have done."""
    _mine(request, rule)
    before = steering.standing()
    verb = request.POST.get("verb", "")
    try:
        after = _proposed(before, rule, verb)
        if _saved(request, before, after):
            return HttpResponseRedirect(reverse("routing"))
    except NotFound as error:
        raise Http404 from error
    except Invalid as invalid:
        messages.error(request, invalid.message)
        return HttpResponseRedirect(reverse("routing"))
    context = {
        **_outcome(before, after),
        "verb": verb,
        "url": reverse("routing_change", args=[rule]),
        "sla_url": reverse("routing"),
    }
    return render(request, "triage/routing_change.html", context)


def _proposed(before: Sequence[Line], pk: int, verb: str) -> list[Line]:
    match verb:
        case "up":
            return steering.moved(before, pk, -1)
        case "down":
            return steering.moved(before, pk, 1)
        case "enable" | "disable":
            return steering.switched(before, pk, on=verb == "enable")
        case "remove":
            return steering.without(before, pk)
        case _:
            raise Invalid("verb", _("This cannot be done with a rule."))


def _saved(
    request: KnownRequest, before: Sequence[Line], after: Sequence[Line]
) -> bool:
    """Save what was rehearsed before the person's eyes; false to rehearse it first."""
    if request.POST.get("rehearsed", "") != steering.digest(before, after):
        return False
    try:
        steering.save(request.actor, before, after)
    except Forbidden as error:
        raise PermissionDenied from error
    messages.success(request, _("Saved. New tickets go by these rules."))
    return True


def _outcome(before: Sequence[Line], after: Sequence[Line]) -> dict[str, Any]:
    rehearsal = steering.rehearse(before, after, timezone.now())
    return {
        "rehearsal": replace(rehearsal, moves=()),
        "moves": [
            {"was": was.title, "would": would.title, "count": count}
            for was, would, count in rehearsal.moves
        ],
        "most": steering.MOST_TICKETS,
        "days": steering.LOOK_BACK.days,
        "rehearsed": steering.digest(before, after),
    }
