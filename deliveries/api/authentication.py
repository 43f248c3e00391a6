"""Whose key is this?

Rows of keys are remembered for a few seconds in each process, so that a busy client
costs no query; a key that is revoked stops within that time.
"""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from deliveries.actor import ActorKind
from deliveries.models import ApiKey, digest_of
from deliveries.request import as_known

REMEMBERED_S = 10.0  # revoking a key takes effect within this time
TOUCH_EVERY = timedelta(minutes=1)  # how exact “last used” has to be
MOST_KEYS = 1024  # in memory at once; beyond that all are asked for again
SHAPE = re.compile(r"und_[0-9a-z]{8}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class _Remembered:
    row: ApiKey
    until: float


_remembered: dict[str, _Remembered] = {}


def key_from_header(header: str) -> ApiKey | None:
    """Return the live key of an ``Authorization: Bearer`` header, or nothing."""
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not SHAPE.fullmatch(key):
        return None
    digest, now = digest_of(key), timezone.now()
    known = _remembered.get(digest)
    if known is None or known.until <= time.monotonic():
        known = _look_up(digest, now)
    if known is None or (known.row.expires_at and known.row.expires_at <= now):
        return None
    return known.row


def forget_keys() -> None:
    """Forget every remembered key, so that the next call asks the database."""
    _remembered.clear()


def _look_up(digest: str, now: datetime) -> _Remembered | None:
    keys = ApiKey.objects.usable(now).select_related("source")
    row = keys.filter(digest=digest).first()
    if row is None:
        _remembered.pop(digest, None)
        return None
    if row.last_used_at is None or row.last_used_at < now - TOUCH_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    if len(_remembered) >= MOST_KEYS:
        _remembered.clear()
    known = _Remembered(row, time.monotonic() + REMEMBERED_S)
    _remembered[digest] = known
    return known


class KeyAuthentication(BaseAuthentication):
    """Takes over the actor that the gatekeeper filled in; 401 when there is none."""

    def authenticate(self, request: Request) -> tuple[object, object] | None:
        """Return the actor, once a key or a session stands behind it."""
        actor = as_known(request._request).actor
        if actor.kind is ActorKind.PUBLIC:
            return None
        if actor.kind is ActorKind.PERSON:
            _refuse_forged(request._request)
        return (actor, None)

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme in ``WWW-Authenticate``."""
        return "Bearer"


def _refuse_forged(request: HttpRequest) -> None:
    """Demand the CSRF token of a browser's session; a key cannot be forged so."""
    check = CSRFCheck(_nothing)
    check.process_request(request)
    if check.process_view(request, _nothing, (), {}):
        raise PermissionDenied


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
