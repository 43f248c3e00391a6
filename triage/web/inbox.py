"""What have I to hear about, and what of it is new?"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deliveries import keyset, vault
from deliveries.actor import Actor
from deliveries.models import ResendOperation
from deliveries.request import KnownRequest
from triage import access, inbox, scopes
from triage.models import StaffNotice, StaffNoticeKind, Ticket
from triage.web import change_pages

PAGE = 50
LIST = "inbox"
ICONS = {
    StaffNoticeKind.ASSIGNED: "hand-over",
    StaffNoticeKind.MENTIONED: "pencil",
    StaffNoticeKind.BREACH_SOON: "clock",
    StaffNoticeKind.APPROVAL_WAITS: "person",
    StaffNoticeKind.JOB_DONE: "check",
    StaffNoticeKind.JOB_FAILED: "cross",
    StaffNoticeKind.WATCHED: "bell",
    StaffNoticeKind.TRAINING_DUE: "book",
    StaffNoticeKind.TRAINING_LATE: "clock-overdue",
    StaffNoticeKind.REVEALED: "person",
    StaffNoticeKind.ARTICLE_STALE: "flag",
}


@require_safe
@access.names("inbox.own")
def show(request: KnownRequest) -> HttpResponse:
    """Show my lines, the newest first; those that are new alone if asked."""
    only_unread = request.GET.get("unread") == "1"
    rows = StaffNotice.objects.visible_to(request.actor).with_everything_for_list()
    found = _page(rows.unread() if only_unread else rows, request)
    context = {
        "lines": lines_of(found.rows, request.actor),
        "page": {
            "next_url": _url(found.next, unread=only_unread),
            "previous_url": _url(found.previous, unread=only_unread),
        },
        "only_unread": only_unread,
        "unread": inbox.unread(request.actor),
        "newest": max((each.pk for each in found.rows), default=0),
        "urls": {
            "all": reverse("inbox"),
            "unread": f"{reverse('inbox')}?unread=1",
            "read": reverse("inbox_read"),
            "profile": reverse("profile") if request.actor.may("profile.own") else "",
        },
    }
    return render(request, "triage/inbox.html", context)


def _page(rows: Any, request: KnownRequest) -> keyset.Page[StaffNotice]:
    cursor = _cursor(request.GET.get("cursor", ""))
    if cursor is not None and cursor.backwards:
        fetched = rows.filter(pk__gt=cursor.values[0]).order_by("pk")
    elif cursor is not None:
        fetched = rows.filter(pk__lt=cursor.values[0]).order_by("-pk")
    else:
        fetched = rows.order_by("-pk")
    return keyset.page(
        list(fetched[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda notice: (notice.pk,),
    )


def _cursor(text: str) -> keyset.Cursor | None:
    if not text:
        return None
    try:
        return keyset.decode(text, name=LIST, key=vault.derived_key("cursor"), length=1)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(cursor: keyset.Cursor | None, *, unread: bool) -> str:
    if cursor is None:
        return ""
    text = keyset.encode(cursor, name=LIST, key=vault.derived_key("cursor"))
    return f"{reverse('inbox')}?{'unread=1&' if unread else ''}cursor={text}"


def lines_of(notices: Sequence[StaffNotice], actor: Actor) -> list[dict[str, Any]]:
    """Build the lines of an inbox; what is out of sight says no more than a number."""
    ids = {each.ticket_id for each in notices if each.ticket_id}
    seen = Ticket.objects.visible_to(actor).filter(pk__in=ids)
    visible = set(seen.values_list("pk", flat=True))
    shown = _messages(notices, actor)
    return [
        {
            "text": inbox.of_notice(each, visible=each.ticket_id in visible),
            "quote": _quote(each, visible, shown),
            "icon": ICONS[StaffNoticeKind(each.kind)],
            "kind": each.get_kind_display(),
            "at": each.at,
            "is_new": each.read_at is None,
            "url": reverse("inbox_line", args=[each.pk]),
        }
        for each in notices
    ]


def _messages(notices: Sequence[StaffNotice], actor: Actor) -> set[str]:
    """The messages of looks that the actor may see, by their public ids."""
    ids = {each.reveal.object_id for each in notices if each.reveal is not None}
    if not ids:
        return set()
    seen = scopes.messages_visible_to(actor).filter(public_id__in=ids)
    return set(seen.values_list("public_id", flat=True))


def _quote(notice: StaffNotice, tickets: set[int], messages: set[str]) -> str:
    """What somebody wrote, where the reader may see what it is about."""
    if notice.note is not None and notice.ticket_id in tickets:
        return notice.note.body
    if notice.reveal is not None and notice.reveal.object_id in messages:
        return notice.reveal.reason
    return ""


@require_POST
@access.names("inbox.own")
def line(request: KnownRequest, notice: int) -> HttpResponse:
    """Mark a line as read and lead to what it is about."""
    found = inbox.mark_read(request.actor, notice, timezone.now())
    if found is None:
        raise Http404
    target = _target(found, request.actor)
    if not target:
        messages.info(request, _("This is no longer in your queues."))
    return HttpResponseRedirect(target or reverse("inbox"))


def _target(notice: StaffNotice, actor: Actor) -> str:
    """Where the line leads; nowhere when the actor may no longer see it."""
    if notice.ticket is not None:
        rows = Ticket.objects.visible_to(actor).filter(pk=notice.ticket.pk)
        number = rows.values_list("number", flat=True).first()
        return reverse("ticket", args=[number]) if number is not None else ""
    if notice.resend is not None:
        seen = ResendOperation.objects.visible_to(actor).filter(pk=notice.resend.pk)
        number = notice.resend.number
        return reverse("resend", args=[number]) if seen.exists() else ""
    if notice.training_item_id is not None:
        return reverse("training_item", args=[notice.training_item_id])
    if notice.article_event is not None:
        return reverse("article", args=[notice.article_event.article.slug])
    if notice.reveal is not None:
        found = _messages([notice], actor)
        return reverse("message", args=[found.pop()]) if found else ""
    if notice.kind == StaffNoticeKind.ASSIGNED:
        return f"{reverse('tickets')}?assignee=me"
    return _of_job(notice)


def _of_job(notice: StaffNotice) -> str:
    if notice.export is not None:
        return reverse("export", args=[notice.export.pk])
    if notice.rehearsal is not None:
        return reverse("rule", args=[notice.rehearsal.rule.reference])
    if notice.change is not None:
        return change_pages.url_of(notice.change)
    return reverse("bulk_action", args=[notice.bulk_action_id])


@require_POST
@access.names("inbox.own")
def watched(request: KnownRequest, job: str, pk: int) -> HttpResponse:
    """Take back the line about a job that the person has watched to its end."""
    if job not in inbox.JOBS:
        raise Http404
    inbox.watched(request.actor, job, pk)
    return HttpResponse(status=204)


@require_POST
@access.names("inbox.own")
def read(request: KnownRequest) -> HttpResponse:
    """Mark what was shown, and all before it, as read."""
    text = request.POST.get("newest", "")
    newest = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    inbox.mark_all_read(request.actor, timezone.now(), newest)
    return HttpResponseRedirect(reverse("inbox"))
