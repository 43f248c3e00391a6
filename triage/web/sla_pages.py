"""What is promised by which queue, in whose hours, and who changes it?"""

from functools import partial
from typing import Any

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
    ChangeKind,
    ClockKind,
    Promises,
    Queue,
    Tier,
    Weekday,
)
from triage.models.queue import QueueQuerySet
from triage.rehearsals import Proposal, Subject, of_promises
from triage.tickets import Invalid
from triage.web import change_pages
from triage.web.change_pages import Page, Save
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
        "rehearsals": change_pages.mine(request, ChangeKind.PROMISES, ChangeKind.HOURS),
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

    def propose(form: TermsForm) -> tuple[Proposal, Save]:
        terms = form.terms()
        proposal = Proposal(
            of_promises.as_json([row.pk], Promises.of([row.pk])),
            of_promises.as_json([row.pk], promising.intended(row, terms)),
            change_pages.said_of(form),
        )
        return proposal, partial(promising.change, row, request.actor, terms)

    page = Page(
        Subject(ChangeKind.PROMISES, row.pk),
        partial(TermsForm, initial=TermsForm.stored(row)),
        propose,
    )
    found = change_pages.visit(request, page)
    if found.saved:
        messages.success(request, _("Saved. It holds for what begins from now on."))
        return HttpResponseRedirect(reverse("sla"))
    context = {
        "queue": {"name": row.title, "slug": row.slug},
        "kinds": [str(kind.label) for kind in ClockKind],
        "sla_url": reverse("sla"),
    }
    return change_pages.answer(request, "triage/sla_queue.html", found, context)


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
    queues = list(row.queues.all())
    if not queues:
        stored = CalendarForm.stored(row)
        return _write(request, CalendarForm(posted(request), initial=stored), row)
    return _rehearsed(request, row, queues)


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("sla.manage")
def calendar_new(request: KnownRequest) -> HttpResponse:
    """Write a new calendar, which no queue works by yet."""
    office: dict[str, Any] = {f"day_{day}": "09:00–17:00" for day in range(5)}
    return _write(request, CalendarForm(posted(request), initial=office), None)


def _rehearsed(
    request: KnownRequest, row: BusinessCalendar, queues: list[Queue]
) -> HttpResponse:
    ids = [queue.pk for queue in queues]

    def propose(form: CalendarForm) -> tuple[Proposal, Save]:
        hours = form.hours()
        promising.check(hours)
        proposal = Proposal(
            of_promises.as_json(ids, Promises.of(ids)),
            of_promises.as_json(ids, promising.with_hours(queues, hours)),
            change_pages.said_of(form),
        )
        write = partial(promising.write_calendar, row, request.actor, hours)
        return proposal, write

    page = Page(
        Subject(ChangeKind.HOURS, row.pk),
        partial(CalendarForm, initial=CalendarForm.stored(row)),
        propose,
    )
    found = change_pages.visit(request, page)
    if found.saved:
        return _written(request)
    context = _of_calendar(row)
    return change_pages.answer(request, "triage/sla_calendar.html", found, context)


def _write(
    request: KnownRequest, form: CalendarForm, row: BusinessCalendar | None
) -> HttpResponse:
    """Write a calendar by which no queue works, so there is nothing to rehearse."""
    if form.is_valid():
        try:
            promising.write_calendar(row, request.actor, form.hours())
            return _written(request)
        except Invalid as invalid:
            mark(form, invalid)
    context = {"form": form, **_of_calendar(row)}
    status = 400 if form.errors else 200
    return render(request, "triage/sla_calendar.html", context, status=status)


def _written(request: KnownRequest) -> HttpResponse:
    messages.success(request, _("The calendar is saved."))
    return HttpResponseRedirect(reverse("sla"))


def _of_calendar(row: BusinessCalendar | None) -> dict[str, Any]:
    return {
        "calendar": row and {"name": row.title},
        "queues": [queue.title for queue in row.queues.all()] if row else [],
        "sla_url": reverse("sla"),
    }
