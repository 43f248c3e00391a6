"""Where do tickets go, and what would other rules have done?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from deliveries import language, taxonomy
from deliveries.actor import Actor
from deliveries.models import ChannelKind, FailureCategory, Provider, Source
from deliveries.request import KnownRequest
from triage import access, steering
from triage.models import GENERAL, ChangeKind, Queue, RoutingRule
from triage.rehearsals import Proposal, Subject, of_routing
from triage.steering import Line
from triage.tickets import Forbidden
from triage.web import change_pages
from triage.web.change_pages import Page, Save

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
        "rehearsals": change_pages.mine(request, ChangeKind.ROUTING),
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
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("routing.manage")
def rule(request: KnownRequest, rule: int) -> HttpResponse:
    """Change what a rule asks, or where it leads."""
    return _edit(request, _mine(request, rule))


def _mine(request: KnownRequest, pk: int) -> Line:
    """A rule that leads into one of the actor's queues; else 404 or 403."""
    found = next((each for each in steering.standing() if each.pk == pk), None)
    if found is None:
        raise Http404
    led = Queue.objects.led_by(request.actor)
    if not led.filter(pk=found.queue_id).exists():
        raise PermissionDenied
    return found


class VerbForm(forms.Form):
    """What is done with a rule as it is."""

    verb = forms.ChoiceField(
        choices=[(each, each) for each in steering.VERBS], widget=forms.HiddenInput
    )


def _edit(request: KnownRequest, line: Line | None) -> HttpResponse:
    def propose(form: RoutingForm) -> tuple[Proposal, Save]:
        before = steering.standing()
        after = steering.with_line(before, form.line(line))
        return _proposal(request, form, before, after)

    initial = _stored(line) if line else None
    page = Page(
        Subject(ChangeKind.ROUTING, line.pk if line else None),
        partial(RoutingForm, actor=request.actor, initial=initial),
        propose,
    )
    context = {
        "is_new": line is None,
        "providers": list(Provider.objects.values_list("slug", flat=True)),
        "sla_url": reverse("routing"),
    }
    return _answer(request, page, "triage/routing_rule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("routing.manage")
def change(request: KnownRequest, rule: int) -> HttpResponse:
    """Move, switch or remove a rule, having seen what it would have done."""
    _mine(request, rule)
    said = request.POST if request.method == "POST" else request.GET
    verb = said.get("verb", "")
    if verb not in steering.VERBS:
        messages.error(request, _("This cannot be done with a rule."))
        return HttpResponseRedirect(reverse("routing"))

    def propose(form: VerbForm) -> tuple[Proposal, Save]:
        before = steering.standing()
        after = steering.changed(before, rule, verb)
        return _proposal(request, form, before, after)

    page = Page(Subject(ChangeKind.ROUTING, rule, verb), VerbForm, propose)
    context = {
        "verb": verb,
        "url": reverse("routing_change", args=[rule]),
        "sla_url": reverse("routing"),
    }
    return _answer(request, page, "triage/routing_change.html", context)


def _proposal(
    request: KnownRequest,
    form: forms.Form,
    before: Sequence[Line],
    after: Sequence[Line],
) -> tuple[Proposal, Save]:
    proposal = Proposal(
        of_routing.as_json(before),
        of_routing.as_json(after),
        change_pages.said_of(form),
    )
    return proposal, partial(steering.save, request.actor, before, after)


def _answer(
    request: KnownRequest, page: Page[Any], template: str, context: dict[str, Any]
) -> HttpResponse:
    try:
        found = change_pages.visit(request, page)
    except Forbidden as error:
        raise PermissionDenied from error
    if found.saved:
        messages.success(request, _("Saved. New tickets go by these rules."))
        return HttpResponseRedirect(reverse("routing"))
    return change_pages.answer(request, template, found, context)
