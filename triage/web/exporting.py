"""How does a person take a list of tickets along as a file?"""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from deliveries import language
from deliveries.request import KnownRequest
from triage import access, jobs
from triage import exports as exporting
from triage.models import Export, ExportFormat, ExportState
from triage.tickets import Invalid, NotFound
from triage.web.bulk import answered
from triage.web.naming import list_url
from triage.web.selected import place_of

SHOWN = 50  # of one's own exports
TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.NDJSON: "application/x-ndjson; charset=utf-8",
    ExportFormat.HTML: "text/html; charset=utf-8",
}
# A document to print brings its sheet along; nothing in it runs or is loaded.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-modals"


@require_http_methods(["GET", "HEAD", "POST"])
@access.names(exporting.ACTION)
@answered
def exports(request: KnownRequest) -> HttpResponse:
    """Show my exports; begin one of a list or of a selection."""
    if request.method == "POST":
        return _begin(request)
    rows = Export.objects.visible_to(request.actor)
    context = {
        "exports": [_shown(row) for row in rows[:SHOWN]],
        "tickets_url": reverse("tickets"),
    }
    return render(request, "triage/exports.html", context)


def _begin(request: KnownRequest) -> HttpResponse:
    said = request.POST
    try:
        place = place_of(request, said)
        row = exporting.start(
            request.actor,
            place,
            token=said.get("selection", "")[:32],
            language=language.current(),
            now=timezone.now(),
            form=_format(said.get("format", ExportFormat.CSV)),
        )
    except Invalid as invalid:
        messages.error(request, invalid.message)
        return HttpResponseRedirect(reverse("exports"))
    if row.expected <= exporting.INLINE:
        exporting.write(row.pk, timezone.now)
    else:
        # A broker that does not answer costs delay: the sweeper rings again.
        call = partial(jobs.write_export.delay, row.pk)
        transaction.on_commit(call, robust=True)
    return HttpResponseRedirect(reverse("export", args=[row.pk]))


def _format(name: str) -> ExportFormat:
    if name not in ExportFormat.values:
        raise Invalid("format", _("Lists are not exported in this format."))
    return ExportFormat(name)


def _find(request: KnownRequest, pk: int) -> Export:
    rows = Export.objects.visible_to(request.actor)
    found: Export | None = rows.select_related("selection__queue").filter(pk=pk).first()
    if found is None:
        raise NotFound(pk)
    return found


@require_safe
@access.names(exporting.ACTION)
@answered
def export(request: KnownRequest, export: int) -> HttpResponse:
    """Show how far a file is, and where it can be fetched."""
    row = _find(request, export)
    picked = row.selection
    context = {
        "export": _shown(row),
        "exports_url": reverse("exports"),
        "list_url": list_url(picked.queue if picked else None, row.query),
    }
    name = "_export" if request.htmx else "export"
    return render(request, f"triage/{name}.html", context)


def _shown(row: Export) -> dict[str, Any]:
    ready = row.state == ExportState.DONE
    args = [row.pk]
    return {
        "number": row.pk,
        "format": row.format,
        "format_label": row.get_format_display(),
        "size": row.size,
        "state": row.state,
        "state_label": row.get_state_display(),
        "is_working": row.is_working,
        "expected": row.expected,
        "written": row.written,
        "gone": row.expected - row.written if ready else 0,
        "at": row.requested_at,
        "until": row.ended_at + exporting.KEPT if ready and row.ended_at else None,
        "url": reverse("export", args=args),
        "watched_url": reverse("inbox_watched", args=["export", row.pk]),
        "file_url": reverse("export_file", args=args) if ready else "",
    }


@require_safe
@access.names(exporting.ACTION)
@answered
def file(request: KnownRequest, export: int) -> HttpResponseBase:
    """Hand out the file, as long as it is there and one may still have it."""
    row = _find(request, export)
    if not exporting.is_there(row, timezone.now()):
        raise Http404
    form = ExportFormat(row.format)
    response = StreamingHttpResponse(exporting.read(row), content_type=TYPES[form])
    kind = "inline" if form is ExportFormat.HTML else "attachment"
    name = f"tickets-{row.requested_at:%Y%m%d-%H%M}.{form.value}"
    response["Content-Disposition"] = f'{kind}; filename="{name}"'
    response["Content-Length"] = str(row.size)
    response["Content-Security-Policy"] = ALONE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
