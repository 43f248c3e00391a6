"""How well does each route work, what waits for it, and who may interrupt it?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries import breaker, pacing, routing
from deliveries.models import BreakerState, Grain, OutcomeRollup, Route, RouteHealth
from deliveries.request import KnownRequest
from triage import access, parking
from triage.models import Ticket

MINUTES = int(routing.RECENT.total_seconds() // 60)


class InterruptionForm(forms.Form):
    """Why a route must not be used for now."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Everybody who looks at the route sees it."),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One route as the page shows it."""

    pk: int
    name: str
    region: str
    position: int
    weight: int
    enabled: bool
    state: str
    state_label: str
    since: datetime | None
    by: str
    reason: str
    sends: int
    success: float | None
    unknown: int
    parked: int
    retries_per_s: float | None


@require_safe
@access.names("route.read")
def routes(request: KnownRequest) -> HttpResponse:
    """Show every route by channel with its health."""
    found = Route.objects.select_related("provider", "health__forced_by")
    ordered = list(found.order_by("channel", "region", "position", "pk"))
    lines = _lines(ordered, request)
    channels = [
        {"label": str(route.get_channel_display()), "lines": lines[route.channel]}
        for route in {each.channel: each for each in ordered}.values()
    ]
    context = {
        "channels": channels,
        "minutes": MINUTES,
        "interrupted": sum(
            line.state != BreakerState.CLOSED
            for each in lines.values()
            for line in each
        ),
        "may_set": request.actor.may("breaker.set"),
    }
    return render(request, "triage/routes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("breaker.set")
def interruption(request: KnownRequest, pk: int) -> HttpResponse:
    """Ask why a route must not be used, say what follows, and interrupt it."""
    route = get_object_or_404(Route.objects.select_related("provider"), pk=pk)
    form = InterruptionForm(request.POST if request.method == "POST" else None)
    person = request.actor.person_id
    if form.is_valid() and person is not None:
        breaker.interrupt(route, person, form.cleaned_data["reason"], timezone.now())
        said = _("%(route)s is interrupted.") % {"route": route.provider.name}
        messages.success(request, said)
        return HttpResponseRedirect(reverse("routes"))
    others = Route.objects.usable(route.channel, route.region).exclude(pk=route.pk)
    shut = breaker.shut_routes(timezone.now())
    context = {
        "route": route,
        "form": form,
        "instead": [each for each in others if each.pk not in shut],
        "waiting": parking.waiting_for(route).count(),
    }
    status = 400 if form.is_bound else 200
    return render(request, "triage/route_interruption.html", context, status=status)


@require_POST
@access.names("breaker.set")
def restoration(request: KnownRequest, pk: int) -> HttpResponse:
    """Use a route again, whoever interrupted it."""
    route = get_object_or_404(Route.objects.select_related("provider"), pk=pk)
    breaker.restore(route, timezone.now())
    messages.success(
        request, _("%(route)s is in use again.") % {"route": route.provider.name}
    )
    return HttpResponseRedirect(reverse("routes"))


def _lines(routes: Sequence[Route], request: KnownRequest) -> dict[str, list[Line]]:
    figures = _figures(timezone.now())
    visible = Ticket.objects.visible_to(request.actor)
    parked: Counter[int] = Counter(
        dict(
            visible.filter(parked_by_breaker__isnull=False)
            .order_by()
            .values_list("parked_by_breaker")
            .annotate(n=Count("pk"))
        )
    )
    lines: dict[str, list[Line]] = {}
    for route in routes:
        line = _line(route, figures, parked[route.pk])
        lines.setdefault(route.channel, []).append(line)
    return lines


def _line(
    route: Route,
    figures: dict[tuple[str, int, str], dict[str, int]],
    parked: int,
) -> Line:
    health: RouteHealth | None = getattr(route, "health", None)
    state = BreakerState(health.state) if health else BreakerState.CLOSED
    by = health.forced_by if health else None
    seen = [
        each
        for (channel, provider, region), each in figures.items()
        if (channel, provider) == (route.channel, route.provider_id)
        and route.region in ("", region)
    ]
    sends = sum(each["sends"] for each in seen)
    accepted = sum(each["accepted"] for each in seen)
    return Line(
        pk=route.pk,
        name=route.provider.name,
        region=route.region,
        position=route.position,
        weight=route.weight,
        enabled=route.enabled and route.provider.enabled,
        state=state,
        state_label=str(state.label),
        since=health.opened_at if health else None,
        by=by.get_full_name() or by.get_username() if by else "",
        reason=health.reason if health else "",
        sends=sends,
        success=100 * accepted / sends if sends else None,
        unknown=sum(each["unknown"] for each in seen),
        parked=parked,
        retries_per_s=pacing.retries_per_s(route),
    )


def _figures(now: datetime) -> dict[tuple[str, int, str], dict[str, int]]:
    """Sum up the last minutes by channel, provider and region."""
    recent = OutcomeRollup.objects.filter(
        grain=Grain.MINUTE, bucket__gte=now - routing.RECENT
    )
    summed: Any = recent.order_by().values("channel", "provider", "region")
    rows = summed.annotate(
        all_sends=Sum(F("sends")),
        all_accepted=Sum(F("accepted")),
        all_unknown=Sum(F("unknown")),
    )
    return {
        (row["channel"], row["provider"], row["region"]): {
            "sends": row["all_sends"],
            "accepted": row["all_accepted"],
            "unknown": row["all_unknown"],
        }
        for row in rows
    }
