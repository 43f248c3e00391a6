"""What does a lead see of the whole?"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from triage import access, sla
from triage.filters import NOBODY
from triage.models import (
    UNSOLVED,
    Membership,
    Queue,
    Ticket,
    TicketState,
    Tier,
)
from triage.models.ticket import TicketQuerySet
from triage.web.rows import face_of, row_of, rows_of
from triage.web.team_people import offered_to

MOST_BURNING = 10
AGES = (
    (timedelta(hours=1), timedelta(0)),
    (timedelta(hours=4), timedelta(hours=1)),
    (timedelta(hours=24), timedelta(hours=4)),
    (None, timedelta(hours=24)),
)


@require_safe
@access.names("team.read")
def team(request: KnownRequest) -> HttpResponse:
    """Show live tickets by tier and queue, who holds what, and what waits."""
    actor = request.actor
    mine = Queue.objects.led_by(actor)
    scope = Ticket.objects.visible_to(actor).filter(queue__in=mine)
    context = {
        "total": scope.live().count(),
        "matrix": _matrix(scope, list(mine)),
        "people": _people(request, scope, list(mine)),
        "unassigned": _unassigned(scope),
        "oldest": _oldest(request, scope),
        "burning": _burning(request, scope),
        "queues_url": reverse("team_queues") if actor.may("queue.manage") else "",
        "sla_url": reverse("sla") if actor.may("sla.manage") else "",
        "training_url": reverse("team_training")
        if actor.may("training.manage")
        else "",
        "macros_url": reverse("macros") if actor.may("macro.manage") else "",
        "routing_url": reverse("routing") if actor.may("routing.manage") else "",
    }
    return render(request, "triage/team.html", context)


def _burning(request: KnownRequest, scope: TicketQuerySet) -> list[dict[str, Any]]:
    """The tickets that burn most: people still unserved times minutes."""
    now = timezone.now()
    waiting = scope.filter(state__in=UNSOLVED, group__unserved__gt=0)
    rows = sla.with_burn(waiting.with_everything_for_list(), now)
    most = list(rows.order_by("-burn", "number")[:MOST_BURNING])
    shown = rows_of(most, request.actor)
    return [
        {"ticket": row, "since": ticket.since, "burn": round(ticket.burn)}
        for row, ticket in zip(shown, most, strict=True)
    ]


def _list_url(queue: Queue | None, **query: Any) -> str:
    path = reverse("queue", args=[queue.slug]) if queue else reverse("tickets")
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _values(states: Iterable[TicketState]) -> list[str]:
    return [state.value for state in states]


def _matrix(scope: TicketQuerySet, queues: list[Queue]) -> dict[str, Any]:
    counted = scope.live().order_by().values_list("queue", "tier")
    counts: Counter[tuple[int, str]] = Counter()
    for queue_id, tier, n in counted.annotate(n=Count("pk")):
        counts[queue_id, tier] = n
    rows = []
    for queue in queues:
        cells = [
            {
                "tier": tier.value,
                "count": counts[queue.pk, tier.value],
                "url": _list_url(queue, tier=tier.value),
            }
            for tier in Tier
        ]
        rows.append(
            {
                "name": queue.title,
                "url": _list_url(queue),
                "cells": cells,
                "total": sum(counts[queue.pk, tier.value] for tier in Tier),
            }
        )
    tiers = [
        {
            "tier": tier.value,
            "count": sum(counts[queue.pk, tier.value] for queue in queues),
            "url": _list_url(None, tier=tier.value),
        }
        for tier in Tier
    ]
    return {"tiers": tiers, "rows": rows, "total": sum(counts.values())}


def _people(
    request: KnownRequest, scope: TicketQuerySet, queues: list[Queue]
) -> list[dict[str, Any]]:
    held = scope.filter(state__in=UNSOLVED, assignee__isnull=False)
    counted = held.order_by().values_list("assignee")
    counts = {
        person: (holding, urgent)
        for person, holding, urgent in counted.annotate(
            holding=Count("pk"),
            urgent=Count("pk", filter=Q(tier=Tier.S1)),
        )
    }
    by_age = held.with_everything_for_list().order_by("assignee", "opened_at", "number")
    oldest_of = {ticket.assignee_id: ticket for ticket in by_age.distinct("assignee")}
    members = Membership.objects.filter(queue__in=queues).values("person")
    people = User.objects.filter(Q(pk__in=members) | Q(pk__in=counts)).distinct()
    people = people.select_related("agent_profile")
    may = request.actor.may("team.manage")
    mine = set(members.values_list("person", flat=True))
    lines = []
    for person in people.order_by("first_name", "username"):
        holding, urgent = counts.get(person.pk, (0, 0))
        oldest = oldest_of.get(person.pk)
        lines.append(
            {
                "person": face_of(person, request.actor),
                "url": _list_url(
                    None, assignee=person.username, state=_values(UNSOLVED)
                ),
                "holding": holding,
                "urgent": urgent,
                "oldest": oldest and row_of(oldest, request.actor),
                "edit_url": reverse("worker", args=[person.pk])
                if may and person.pk in mine
                else "",
                **offered_to(person),
            }
        )
    return sorted(lines, key=lambda line: -line["holding"])


def _unassigned(scope: TicketQuerySet) -> list[dict[str, Any]]:
    now = timezone.now()
    labels = (
        _("under 1 h"),
        _("1 to 4 h"),
        _("4 to 24 h"),
        _("over 24 h"),
    )
    waiting = scope.filter(state__in=UNSOLVED, assignee=None)
    filters = {}
    for index, (most, least) in enumerate(AGES):
        ages = Q(opened_at__lte=now - least)
        if most is not None:
            ages &= Q(opened_at__gt=now - most)
        filters[f"age_{index}"] = Count("pk", filter=ages)
    counts = waiting.aggregate(**filters)
    url = _list_url(None, assignee=NOBODY, state=_values(UNSOLVED))
    return [
        {"label": label, "count": counts[f"age_{index}"], "url": url}
        for index, label in enumerate(labels)
    ]


def _oldest(request: KnownRequest, scope: TicketQuerySet) -> list[dict[str, Any]]:
    oldest: dict[str, Any] = defaultdict(lambda: None)
    unsolved = scope.with_everything_for_list().filter(state__in=UNSOLVED)
    by_age = unsolved.order_by("tier", "opened_at", "number").distinct("tier")
    for ticket in by_age:
        oldest[ticket.tier] = row_of(ticket, request.actor)
    return [{"tier": tier.value, "ticket": oldest[tier.value]} for tier in Tier]
