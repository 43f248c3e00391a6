"""What may the owner of an endpoint decide?

An address is checked for its form here; whether it may be called is checked each time
it is called (``deliveries/outbound``), because a name can change its mind.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from deliveries import bell, outbound, vault
from deliveries.models import Source
from triage.models import (
    DisabledReason,
    EndpointState,
    HookDeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookKind,
)
from triage.webhooks.emitting import DELIVER, Told, write_for

MOST_ENDPOINTS = 10  # of one source
SECRET_BYTES = 32  # Standard Webhooks 1.0 asks for 24 to 64
SECRET_MARK = "whsec_"  # noqa: S105  (what a secret begins with)
ROTATION = timedelta(hours=24)  # how long the old secret signs too


class BadAddress(ValueError):
    """The address is none that could ever be called."""

    def __init__(self) -> None:
        super().__init__(
            _("Use an https address of a public host, without user and password.")
        )


class TooMany(Exception):
    """The source has as many endpoints as it may have."""

    def __init__(self) -> None:
        super().__init__(
            _("Delete an endpoint first; %(count)d are possible.")
            % {"count": MOST_ENDPOINTS}
        )


class AlreadyDisabled(Exception):
    """The endpoint is switched off, so nothing can be sent to it."""

    def __init__(self) -> None:
        super().__init__(_("Enable the endpoint first."))


def create(
    source: Source,
    *,
    url: str,
    events: Sequence[str],
    description: str = "",
    created_by_id: int | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; return it with its secret, shown this once.

    Raises :class:`BadAddress` and :class:`TooMany`.
    """
    check_address(url)
    with transaction.atomic():
        Source.objects.select_for_update(no_key=True).get(pk=source.pk)
        if WebhookEndpoint.objects.filter(source=source).count() >= MOST_ENDPOINTS:
            raise TooMany
        endpoint = WebhookEndpoint(
            source=source,
            url=url,
            events=_in_order(events),
            description=description,
            created_by_id=created_by_id,
        )
        secret = _new_secret()
        endpoint.sealed_secret = vault.seal_secret(secret, endpoint.secret_context)
        endpoint.save()
    return endpoint, secret


def check_address(url: str) -> None:
    """Raise :class:`BadAddress` for what could never be called."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress from error
    schemes = {"https", "http"} if settings.OUTBOUND_ALLOW_PRIVATE else {"https"}
    printable = all("!" <= each <= "~" for each in url)
    named = bool(host) and "@" not in parts.netloc and port != 0
    if parts.scheme not in schemes or not printable or not named or parts.fragment:
        raise BadAddress
    # Numbers, in whatever notation, are no name; a name is checked when it is called.
    numeric = host.replace(".", "").isdigit() or ":" in host or host.startswith("0x")
    if numeric and not settings.OUTBOUND_ALLOW_PRIVATE and not outbound.is_public(host):
        raise BadAddress


def _new_secret() -> str:
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _in_order(events: Sequence[str]) -> list[str]:
    return [kind.value for kind in WebhookKind if kind in events]


def change(
    endpoint: WebhookEndpoint,
    now: datetime,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    state: EndpointState | None = None,
) -> WebhookEndpoint:
    """Change what is given; an endpoint that is enabled again starts afresh.

    Raises :class:`BadAddress`.
    """
    changes: dict[str, object] = {}
    if url is not None:
        check_address(url)
        changes["url"] = url
    if events is not None:
        changes["events"] = _in_order(events)
    if description is not None:
        changes["description"] = description
    with transaction.atomic():
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
        if changes:
            rows.update(**changes)
        if state == EndpointState.ACTIVE:
            rows.exclude(state=state).update(
                state=state, disabled_reason="", disabled_at=None, failing_since=None
            )
        elif state == EndpointState.DISABLED:
            rows.exclude(state=state).update(
                state=state, disabled_reason=DisabledReason.BY_HAND, disabled_at=now
            )
            waiting = endpoint.deliveries.filter(state=HookDeliveryState.DUE)
            waiting.update(state=HookDeliveryState.DEAD, due_at=None)
    endpoint.refresh_from_db()
    return endpoint


def remove(endpoint: WebhookEndpoint) -> None:
    """Delete an endpoint with everything that was delivered to it."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()


def rotate(endpoint: WebhookEndpoint, now: datetime) -> str:
    """Give an endpoint a new secret and return it; the old one signs 24 h longer."""
    secret = _new_secret()
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        row.sealed_old_secret = row.sealed_secret
        row.old_secret_until = now + ROTATION
        row.sealed_secret = vault.seal_secret(secret, row.secret_context)
        row.save(
            update_fields=["sealed_secret", "sealed_old_secret", "old_secret_until"]
        )
    return secret


def try_out(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send an endpoint a test event; raises :class:`AlreadyDisabled`."""
    if endpoint.state != EndpointState.ACTIVE:
        raise AlreadyDisabled
    told = Told(endpoint.source_id, endpoint.public_id, {"id": endpoint.public_id})
    with transaction.atomic():
        write_for(endpoint, WebhookKind.ENDPOINT_TEST, told)
        tests = endpoint.deliveries.filter(kind=WebhookKind.ENDPOINT_TEST)
        newest: WebhookDelivery = tests.latest("pk")
    return newest


def redeliver(delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Send a delivery again, with its own id and body; the schedule starts anew.

    Raises :class:`AlreadyDisabled`.
    """
    if delivery.endpoint.state != EndpointState.ACTIVE:
        raise AlreadyDisabled
    _make_due(WebhookDelivery.objects.filter(pk=delivery.pk), now)
    delivery.refresh_from_db()
    return delivery


def recover(
    endpoint: WebhookEndpoint, *, since: datetime, until: datetime | None, now: datetime
) -> int:
    """Send again whatever of a time was given up; return how many.

    Raises :class:`AlreadyDisabled`.
    """
    if endpoint.state != EndpointState.ACTIVE:
        raise AlreadyDisabled
    dead = endpoint.deliveries.filter(
        state=HookDeliveryState.DEAD,
        created_at__gte=since,
        created_at__lte=until or now,
    )
    return _make_due(dead, now)


def _make_due(rows: QuerySet[WebhookDelivery], now: datetime) -> int:
    """Let deliveries be tried at once; who tries one just now loses its claim."""
    due = rows.update(
        state=HookDeliveryState.DUE,
        due_at=now,
        misses=0,
        tries=0,
        parked_at=None,
        epoch=F("epoch") + 1,
    )
    transaction.on_commit(lambda: bell.ring(DELIVER), robust=True)
    return due
