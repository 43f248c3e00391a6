"""Which endpoints does a source have, and what became of what they were told?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
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

from deliveries import keyset, vault
from deliveries.actor import Actor, Role
from deliveries.models import Source
from deliveries.request import KnownRequest
from triage import access, webhooks
from triage.models import (
    DisabledReason,
    EndpointState,
    HookDeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
)
from triage.web.webhook_forms import EndpointForm, StateForm

PAGE = 50
BROKE = {
    "bad_request": gettext_lazy("The address cannot be used."),
    "forbidden_address": gettext_lazy("The address is not public."),
    "dns_failed": gettext_lazy("The name has no address."),
    "connection_refused": gettext_lazy("The connection was refused."),
    "connect_timeout": gettext_lazy("Nobody answered the connection."),
    "tls_failed": gettext_lazy("The encryption could not be agreed on."),
    "timeout": gettext_lazy("No answer came within ten seconds."),
    "connection_reset": gettext_lazy("The connection broke before an answer."),
    "half_answer": gettext_lazy("The connection broke in the middle of the answer."),
    "sealed": gettext_lazy("The secret can no longer be unsealed."),
    "crashed": gettext_lazy("Sending it failed on our side."),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list with the addresses of its neighbours."""

    rows: list[Any]
    next_url: str
    previous_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the page shows it."""

    public_id: str
    event_id: str
    kind: str
    label: str
    state: str
    state_label: str
    tries: int
    answer: str
    words: str
    created_at: datetime
    due_at: datetime | None


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("webhook.browse")
def endpoints(request: KnownRequest) -> HttpResponse:
    """Show the endpoints of one's sources, or make one."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    source_field = form.fields["source"]
    source_field.queryset = _sources(request.actor)  # type: ignore[attr-defined]  # a ModelChoiceField
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = webhooks.create(
                created_by_id=request.actor.person_id, **form.cleaned_data
            )
        except webhooks.BadAddress as error:
            form.add_error("url", str(error))
        except webhooks.TooMany as error:
            form.add_error(None, str(error))
        else:
            return _endpoint_page(request, endpoint, secret)
    rows = WebhookEndpoint.objects.visible_to(request.actor).select_related("source")
    context = {"page": _page(request, rows, "endpoints"), "form": form}
    status = 400 if form.errors else 200
    return render(request, "triage/webhooks.html", context, status=status)


@require_safe
@access.names("webhook.browse")
def endpoint(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Show one endpoint with what was sent to it."""
    return _endpoint_page(request, found(request, endpoint))


@require_POST
@access.names("webhook.browse")
def test(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Send an endpoint a test event."""
    row = found(request, endpoint)
    try:
        webhooks.try_out(row)
    except webhooks.AlreadyDisabled as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A test event is on its way."))
    return back_to(row)


@require_POST
@access.names("webhook.browse")
def secret(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Give an endpoint a new secret and show it this once."""
    row = found(request, endpoint)
    new = webhooks.rotate(row, timezone.now())
    row.refresh_from_db()
    return _endpoint_page(request, row, new)


@require_POST
@access.names("webhook.browse")
def state(request: KnownRequest, endpoint: str) -> HttpResponse:
    """Switch an endpoint off, or enable it again."""
    row = found(request, endpoint)
    form = StateForm(request.POST)
    if not form.is_valid():
        raise Http404
    wanted = EndpointState(form.cleaned_data["state"])
    webhooks.change(row, timezone.now(), state=wanted)
    enabled = wanted == EndpointState.ACTIVE
    words = _("The endpoint is active again.") if enabled else _("It is switched off.")
    messages.success(request, words)
    return back_to(row)


@require_POST
@access.names("webhook.browse")
def redelivery(request: KnownRequest, delivery: str) -> HttpResponse:
    """Send a delivery again with its own id and body."""
    rows = WebhookDelivery.objects.visible_to(request.actor)
    row = get_object_or_404(rows.select_related("endpoint"), public_id=delivery)
    try:
        webhooks.redeliver(row, timezone.now())
    except webhooks.AlreadyDisabled as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The delivery is sent again."))
    return back_to(row.endpoint)


def _sources(actor: Actor) -> QuerySet[Source]:
    everything = Role.ADMIN in actor.roles
    rows = Source.objects.order_by("slug")
    return rows if everything else rows.filter(pk__in=actor.source_ids)


def found(request: KnownRequest, public_id: str) -> WebhookEndpoint:
    """Fetch an endpoint in the actor's scope; 404 otherwise."""
    rows = WebhookEndpoint.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("source"), public_id=public_id)


def back_to(row: WebhookEndpoint) -> HttpResponse:
    """Lead back to the page of an endpoint."""
    return HttpResponseRedirect(reverse("webhook", args=[row.public_id]))


def _endpoint_page(
    request: KnownRequest, row: WebhookEndpoint, secret: str = ""
) -> HttpResponse:
    rows = row.deliveries.all()
    only_failed = request.GET.get("show") == "failed"
    shown = rows.failed() if only_failed else rows
    page = _page(request, shown, f"deliveries-{row.public_id}")
    reason = DisabledReason(row.disabled_reason) if row.disabled_reason else None
    path = reverse("webhook", args=[row.public_id])
    context = {
        "endpoint": row,
        "events": [str(WebhookKind(kind).label) for kind in row.events],
        "reason": str(reason.label) if reason else "",
        "secret": secret,
        "tabs": [
            {"label": _("All"), "url": path, "current": not only_failed},
            {
                "label": _("Failed"),
                "url": f"{path}?show=failed",
                "current": only_failed,
            },
        ],
        "page": Page(
            [_line(each) for each in page.rows], page.next_url, page.previous_url
        ),
    }
    response = render(request, "triage/webhook.html", context)
    if secret:
        response["Cache-Control"] = "no-store"
    return response


def _line(row: WebhookDelivery) -> Line:
    last: dict[str, Any] = row.log[-1] if row.log else {}
    code = str(last.get("code", ""))
    words = str(BROKE.get(code, code))
    status = last.get("status")
    return Line(
        public_id=row.public_id,
        event_id=row.event_id,
        kind=row.kind,
        label=str(WebhookKind(row.kind).label),
        state=row.state,
        state_label=str(HookDeliveryState(row.state).label),
        tries=len(row.log),
        answer=f"HTTP {status}" if status else "",
        words=words,
        created_at=row.created_at,
        due_at=row.due_at,
    )


def _page(request: KnownRequest, rows: QuerySet[Any], name: str) -> Page:
    """Cut the page of a list that the query names, the newest first."""
    cursor = _cursor(request.GET.get("cursor", ""), name)
    if cursor is None:
        beyond = rows.order_by("-pk")
    elif cursor.backwards:
        beyond = rows.filter(pk__gt=cursor.values[0]).order_by("pk")
    else:
        beyond = rows.filter(pk__lt=cursor.values[0]).order_by("-pk")
    found = keyset.page(
        list(beyond[: PAGE + 1]),
        limit=PAGE,
        cursor=cursor,
        values=lambda row: (row.pk,),
    )
    return Page(
        found.rows,
        _url(request, found.next, name),
        _url(request, found.previous, name),
    )


def _cursor(text: str, name: str) -> keyset.Cursor | None:
    if not text:
        return None
    try:
        return keyset.decode(text, name=name, key=vault.derived_key("cursor"), length=1)
    except keyset.CursorInvalid as error:
        raise Http404 from error


def _url(request: KnownRequest, cursor: keyset.Cursor | None, name: str) -> str:
    if cursor is None:
        return ""
    query: QueryDict = request.GET.copy()
    query["cursor"] = keyset.encode(cursor, name=name, key=vault.derived_key("cursor"))
    return f"{request.path}?{query.urlencode()}"
