"""Which report does a status link open, and for how long?

A link is 128 random bits; only a digest is kept. It opens one report until 30 days
after the last change, and then says so.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from deliveries.actor import Actor, ActorKind, Role
from triage.access import actions_of
from triage.models import FailureReport, StatusLink

LIVES = timedelta(days=30)  # after the last change
TOKEN_BYTES = 16
LONGEST = 64  # characters of a token that is looked at


def make(report: FailureReport) -> str:
    """Make one more link to a report and return its whole address."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    StatusLink.objects.create(report=report, digest=digest_of(token))
    site: str = settings.SITE_URL.rstrip("/")
    return site + reverse("status", args=[token])


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str) -> StatusLink | None:
    """Return the link of a token, or None if there is no such link."""
    if len(token) > LONGEST:
        return None
    rows = StatusLink.objects.select_related(
        "report__source",
        "report__recipient",
        "report__category",
        "report__message",
        "report__duplicate_of__message",
    )
    return rows.filter(digest=digest_of(token)).first()


def is_over(link: StatusLink, last_change: datetime, now: datetime) -> bool:
    """Say whether a link opens nothing any more."""
    return link.revoked_at is not None or last_change < now - LIVES


def actor_of(report: FailureReport) -> Actor:
    """Return who comes by a link: the public, with this one report in scope."""
    roles = frozenset({Role.PUBLIC})
    return Actor(
        kind=ActorKind.PUBLIC,
        roles=roles,
        report_id=report.pk,
        actions=actions_of(roles),
    )
