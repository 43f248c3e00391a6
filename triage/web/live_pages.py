"""What changed on My day, in the list of queues and in that of bulk resends?"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.actor import Actor
from deliveries.models import ResendOperation
from deliveries.request import KnownRequest
from triage import access, handover, offering
from triage.models import StaffNotice, StaffNoticeKind, Ticket
from triage.web import live, live_list, live_rows, resend_items, resend_pages
from triage.web.live_rows import Line, Standing, mark_of
from triage.web.queue_lines import QueueLine, lines_of
from triage.web.rows import Row, rows_of

SHOWN = 30  # of my tickets
MENTIONS = 5  # lines of the inbox, of each kind
# What of the inbox My day shows itself.
ON_MY_DAY = (StaffNoticeKind.MENTIONED, StaffNoticeKind.ARTICLE_STALE)


# --- my day ---------------------------------------------------------------------------


def of_tickets(rows: list[Row]) -> list[Line]:
    """My tickets: their clocks and people change in place."""
    return [
        Line(
            row.number,
            mark_of(row.tier, row.state, row.cause),
            (row.people, row.clock),
            row,
        )
        for row in rows
    ]


def of_day(actor: Actor, offered: Ticket | None, now: datetime) -> dict[str, Any]:
    """Build what My day says about itself; ``offered`` is what it offers."""
    number = offered.number if offered else 0
    url = f"{reverse('day_changes')}?{urlencode({'offered': number})}"
    return live_rows.address(url, _rest(actor, number, now))


def _rest(actor: Actor, offered: int, now: datetime) -> str:
    """A sign of what is offered, of what I hear, and of what was handed over."""
    called = StaffNotice.objects.visible_to(actor).unread()
    called = called.filter(kind__in=ON_MY_DAY).order_by("-pk")
    newest = list(called.values_list("pk", flat=True)[: MENTIONS * len(ON_MY_DAY)])
    left = [each.ticket.pk for each in handover.received(actor, now)]
    standing = offering.standing_of(actor, offered, now)
    return mark_of(standing, newest, left)


@require_safe
@access.names("queue.read")
def day_changes(request: KnownRequest) -> HttpResponse:
    """Say what changed on My day."""
    actor, now = request.actor, timezone.now()
    shown = live_rows.shown_on(request)
    held = offering.held_by(actor).with_everything_for_list()
    tickets = {each.pk: each for each in held[:SHOWN]}
    if shown:
        also = held.filter(number__in=shown)
        tickets |= {each.pk: each for each in also}
    lines = of_tickets(rows_of(list(tickets.values()), actor))
    gone = shown.keys() - {each.number for each in lines}
    reasons = live_list.reasons(request, gone)
    standing = Standing(
        lines,
        "triage/_day_cells.html",
        reverse("home"),
        _rest(actor, live.number_in(request.GET.get("offered", "")) or 0, now),
        {each["number"]: each["reason"] for each in reasons},
    )
    return live_rows.answer(request, standing, now)


# --- queues ---------------------------------------------------------------------------


def of_queues(queues: list[QueueLine]) -> list[Line]:
    """Queues: all their counts change in place, and who is at the desk."""
    return [
        Line(
            each.pk,
            mark_of(each.name, [person.face.name for person in each.members]),
            (
                each.live,
                each.urgent,
                each.unassigned,
                each.oldest_at,
                [person.is_here for person in each.members],
            ),
            each,
        )
        for each in queues
    ]


@require_safe
@access.names("queue.read")
def queues_changes(request: KnownRequest) -> HttpResponse:
    """Say what changed in the list of my queues."""
    lines = of_queues(lines_of(request.actor))
    gone = live_rows.shown_on(request).keys() - {each.number for each in lines}
    standing = Standing(
        lines,
        "triage/_queues_cells.html",
        reverse("queues"),
        left={pk: _("You no longer work in this queue.") for pk in sorted(gone)},
    )
    return live_rows.answer(request, standing, timezone.now())


# --- bulk resends ---------------------------------------------------------------------


def of_resends(rows: list[dict[str, Any]]) -> list[Line]:
    """Bulk resends: how many were delivered and failed changes in place."""
    return [
        Line(
            row["number"],
            mark_of(row["state"], row["fault"], row["waits"]),
            (row["will_send"], row["delivered"], row["failed"]),
            row,
        )
        for row in rows
    ]


@require_safe
@access.names("resend.read")
def resends_changes(request: KnownRequest) -> HttpResponse:
    """Say what changed in the list of bulk resends, of which the newest come first."""
    visible = ResendOperation.objects.visible_to(request.actor)
    shown = live_rows.shown_on(request)
    heads = resend_items.page_of_operations(request, visible).rows
    slid = shown.keys() - {each["number"] for each in heads}
    if slid:
        names = resend_pages.names_of_causes()
        rows = visible.filter(number__in=slid).select_related("created_by")
        heads += [resend_pages.head(each, names) for each in rows.defer("selection")]
    lines = of_resends(heads)
    gone = shown.keys() - {each.number for each in lines}
    standing = Standing(
        lines,
        "triage/_resends_cells.html",
        reverse("resends"),
        left={number: _("It left your queues.") for number in sorted(gone)},
    )
    return live_rows.answer(request, standing, timezone.now())
