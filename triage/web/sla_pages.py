"""What is promised by which queue, in whose hours, and who changes it?"""

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from deliveries.actor import Actor
from deliveries.request import KnownRequest
from triage import access, promising
from triage.models import (
    BusinessCalendar,
    ClockKind,
    Promises,
    Queue,
    Tier,
    Weekday,
)
from triage.models.queue import QueueQuerySet
from triage.tickets import Forbidden, Invalid
from triage.web.forms import mark, posted
from triage.web.sla_forms import (
    CalendarForm,
    TermsForm,
    minutes_in_words,
    openings_in_words,
)


@require_safe
@access.names("sla.manage")
def sla(request: KnownRequest) -> HttpResponse:
    """Show what each of my queues promises, and the calendars."""
    led = Queue.objects.led_by(request.actor).select_related("calendar")
    context = {
        "queues": _queues(led),
        "kinds": [str(kind.label) for kind in ClockKind],
        "calendars": _calendars(request.actor),
        "new_calendar_url": reverse("sla_calendar_new"),
        "team_url": reverse("team"),
    }
    return render(request, "triage/sla.html", context)


def _queues(led: QueueQuerySet) -> list[dict[str, Any]]:
    queues = list(led)
    promises = Promises.of([queue.pk for queue in queues])
    return [
        {
            "name": queue.title,
            "url": reverse("sla_queue", args=[queue.slug]),
            "calendar": queue.calendar and queue.calendar.title,
            "escalate_at": queue.escalate_at,
            "escalate_again_at": queue.escalate_again_at,
            "tiers": [_tier(promises, queue, tier) for tier in Tier.values],
        }
        for queue in queues
    ]


def _tier(promises: Promises, queue: Queue, tier: str) -> dict[str, Any]:
    targets = promises.targets(queue.pk, tier)
    always = targets.around_the_clock or queue.calendar is None
    return {
        "tier": tier,
        "targets": [minutes_in_words(minutes) for minutes in targets.minutes.values()],
        "always": always,
        "own": promises.has_own(queue.pk, tier),
    }


def _calendars(actor: Actor) -> list[dict[str, Any]]:
    rows = BusinessCalendar.objects.prefetch_related("hours", "holidays", "queues")
    led = set(Queue.objects.led_by(actor).values_list("pk", flat=True))
    today = timezone.now().date()
    shown = []
    for row in rows:
        queues = list(row.queues.all())
        mine = {queue.pk for queue in queues} <= led
        coming = [each.day for each in row.holidays.all() if each.day >= today]
        by_day = row.as_calendar().by_weekday
        shown.append(
            {
                "name": row.title,
                "zone": row.zone,
                "url": reverse("sla_calendar", args=[row.slug]) if mine else "",
                "days": [
                    {
                        "label": str(Weekday(day).label),
                        "hours": openings_in_words(by_day[day]),
                    }
                    for day in Weekday.values
                ],
                "holidays": len(coming),
                "next_holiday": min(coming, default=None),
                "queues": [queue.title for queue in queues],
            }
        )
    return shown


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("sla.manage")
def queue(request: KnownRequest, slug: str) -> HttpResponse:
    """Rehearse other promises of a queue, then save them."""
    led = Queue.objects.led_by(request.actor).select_related("calendar")
    row = led.filter(slug=slug).first()
    if row is None:
        raise Http404
    stored = TermsForm.stored(row)
    form = TermsForm(posted(request), initial=stored)
    rehearsal = None
    if form.is_valid():
        terms = form.terms()
        if _was_seen(request, form):
            promising.change(row, request.actor, terms)
            messages.success(request, _("Saved. It holds for what begins from now on."))
            return HttpResponseRedirect(reverse("sla"))
        after = promising.intended(row, terms)
        before = Promises.of([row.pk])
        rehearsal = promising.rehearse([row], before, after, timezone.now())
    context = {
        "form": form,
        "queue": {"name": row.title, "slug": row.slug},
        "kinds": [str(kind.label) for kind in ClockKind],
        **_outcome(form, rehearsal),
    }
    return render(request, "triage/sla_queue.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("sla.manage")
def calendar(request: KnownRequest, slug: str) -> HttpResponse:
    """Rehearse other hours, then save them as a whole."""
    rows = BusinessCalendar.objects.prefetch_related("hours", "holidays", "queues")
    row = rows.filter(slug=slug).first()
    if row is None:
        raise Http404
    led = Queue.objects.led_by(request.actor)
    if row.queues.exclude(pk__in=led.values("pk")).exists():
        raise PermissionDenied
    form = CalendarForm(posted(request), initial=CalendarForm.stored(row))
    return _write(request, form, row)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("sla.manage")
def calendar_new(request: KnownRequest) -> HttpResponse:
    """Write a new calendar, which no queue works by yet."""
    office: dict[str, Any] = {f"day_{day}": "09:00–17:00" for day in range(5)}
    return _write(request, CalendarForm(posted(request), initial=office), None)


def _write(
    request: KnownRequest, form: CalendarForm, row: BusinessCalendar | None
) -> HttpResponse:
    rehearsal = None
    if form.is_valid():
        try:
            hours = form.hours()
            promising.check(hours)
            queues = list(row.queues.all()) if row else []
            if not queues or _was_seen(request, form):
                promising.write_calendar(row, request.actor, hours)
                messages.success(request, _("The calendar is saved."))
                return HttpResponseRedirect(reverse("sla"))
            before = Promises.of([queue.pk for queue in queues])
            after = promising.with_hours(queues, hours)
            rehearsal = promising.rehearse(queues, before, after, timezone.now())
        except Invalid as invalid:
            mark(form, invalid)
        except Forbidden as error:
            raise PermissionDenied from error
    context = {
        "form": form,
        "calendar": row and {"name": row.title},
        "queues": [queue.title for queue in row.queues.all()] if row else [],
        **_outcome(form, rehearsal),
    }
    return render(request, "triage/sla_calendar.html", context, status=_status(form))


def _digest(form: forms.Form) -> str:
    """What a form says, in short: whether it is still what was rehearsed."""
    said = sorted((name, str(value)) for name, value in form.cleaned_data.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _was_seen(request: KnownRequest, form: forms.Form) -> bool:
    """Whether the person saves just what was rehearsed before their eyes."""
    return request.POST.get("rehearsed", "") == _digest(form)


def _status(form: forms.Form) -> int:
    return 400 if form.errors else 200


def _outcome(form: forms.Form, rehearsal: promising.Rehearsed | None) -> dict[str, Any]:
    if rehearsal is None:
        return {"rehearsal": None, "rehearsed": "", "sla_url": reverse("sla")}
    kinds = [
        {"label": str(ClockKind(each.kind).label), "figures": each}
        for each in rehearsal.kinds
    ]
    return {
        "rehearsal": rehearsal,
        "by_kind": kinds,
        "most": promising.MOST_TICKETS,
        "days": promising.LOOK_BACK.days,
        "rehearsed": _digest(form),
        "sla_url": reverse("sla"),
    }
