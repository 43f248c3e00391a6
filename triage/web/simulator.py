"""How does one make a provider of the demo fail, and see what follows?

The pages are there only while the demo runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from deliveries.models import BreakerState, ChannelKind, Provider, Route
from deliveries.request import KnownRequest
from triage import access
from triage.demo import providers, simulator
from triage.demo.scenarios import MEANING, Scenario
from triage.demo.simulator import Figures

View = Callable[..., HttpResponse]
MINUTES = int(simulator.LATELY.total_seconds() // 60)


class ScenarioForm(forms.Form):
    """What a provider shall do from now on."""

    scenario = forms.ChoiceField(
        label=gettext_lazy("What shall it do?"), choices=Scenario.choices
    )


@dataclass(frozen=True, slots=True)
class Card:
    """One provider as the page shows it."""

    slug: str
    name: str
    scenario: str
    label: str
    meaning: str
    figures: Figures
    route: int | None
    region: str
    position: int
    state: str
    state_label: str
    form: ScenarioForm


def while_it_runs(view: View) -> View:
    """Answer 404 where no demo runs."""

    @wraps(view)
    def wrapper(request: KnownRequest, **values: str) -> HttpResponse:
        if not simulator.is_on():
            raise Http404
        return view(request, **values)

    return wrapper


@require_safe
@access.names("simulator.read")
@while_it_runs
def page(request: KnownRequest) -> HttpResponse:
    """Show every provider of the demo: what it does, and what came of it."""
    return render(request, "triage/simulator.html", _context(request))


@require_safe
@access.names("simulator.read")
@while_it_runs
def live(request: KnownRequest) -> HttpResponse:
    """Show what may have changed since; the forms stay as they are."""
    context = {**_context(request), "swapped": True}
    return render(request, "triage/_simulator_live.html", context)


@require_POST
@access.names("simulator.set")
@while_it_runs
def scenario(request: KnownRequest, provider: str) -> HttpResponse:
    """Let one provider behave otherwise."""
    form = ScenarioForm(request.POST, auto_id=f"{provider}_%s")
    if not form.is_valid():
        context = _context(request, {provider: form})
        if not any(card.form is form for card in _cards_of(context)):
            raise Http404
        return render(request, "triage/simulator.html", context, status=400)
    chosen = Scenario(form.cleaned_data["scenario"])
    try:
        row = simulator.switch(request.actor, provider, chosen)
    except simulator.NotThere as error:
        raise Http404 from error
    said = _("%(provider)s is set to “%(scenario)s”.")
    words = {"provider": row.name, "scenario": chosen.label}
    messages.success(request, said % words)
    return HttpResponseRedirect(reverse("simulator"))


@require_POST
@access.names("simulator.set")
@while_it_runs
def recovery(request: KnownRequest) -> HttpResponse:
    """Let all of them be healthy again."""
    healed = simulator.heal(request.actor)
    said = ngettext(
        "%(number)s provider is healthy again.",
        "%(number)s providers are healthy again.",
        healed,
    )
    messages.success(request, said % {"number": healed})
    return HttpResponseRedirect(reverse("simulator"))


def _context(
    request: KnownRequest, bound: dict[str, ScenarioForm] | None = None
) -> dict[str, Any]:
    rows = simulator.providers()
    healths = Prefetch("routes", Route.objects.select_related("health"))
    prefetch_related_objects(rows, healths)
    received = simulator.received(rows)
    figures = simulator.figures(rows, received, timezone.now())
    cards: dict[str, list[Card]] = {}
    for row in rows:
        form = (bound or {}).get(row.slug)
        cards.setdefault(row.channel, []).append(_card(row, figures[row.pk], form))
    return {
        "channels": [
            {"label": str(channel.label), "cards": cards[channel]}
            for channel in ChannelKind
            if channel in cards
        ],
        "failing": sum(
            card.scenario != Scenario.OK for each in cards.values() for card in each
        ),
        "away": bool(rows) and received is None,
        "minutes": MINUTES,
        "may_set": request.actor.may("simulator.set"),
    }


def _cards_of(context: dict[str, Any]) -> list[Card]:
    return [card for channel in context["channels"] for card in channel["cards"]]


def _card(row: Provider, figures: Figures, bound: ScenarioForm | None) -> Card:
    chosen = providers.scenario_of(row) or Scenario.OK
    route = next(iter(row.routes.all()), None)
    health = getattr(route, "health", None)
    state = BreakerState(health.state) if health else BreakerState.CLOSED
    initial = {"scenario": chosen.value}
    return Card(
        slug=row.slug,
        name=row.name,
        scenario=chosen.value,
        label=str(chosen.label),
        meaning=str(MEANING[chosen]),
        figures=figures,
        route=route.pk if route else None,
        region=route.region if route else "",
        position=route.position if route else 1,
        state=state.value,
        state_label=str(state.label),
        form=bound or ScenarioForm(initial=initial, auto_id=f"{row.slug}_%s"),
    )
