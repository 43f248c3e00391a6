"""Whose key is this?"""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from deliveries.actor import ActorKind
from deliveries.models import ApiKey, digest_of


def key_from_header(header: str) -> ApiKey | None:
    """Return the live key of an ``Authorization: Bearer`` header, or nothing."""
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key:
        return None
    return ApiKey.objects.usable(timezone.now()).filter(digest=digest_of(key)).first()


class KeyAuthentication(BaseAuthentication):
    """Takes over the actor that the gatekeeper filled in; 401 when there is none."""

    def authenticate(self, request: Request) -> tuple[object, object] | None:
        """Return the actor, once a key or a session stands behind it."""
        actor = request._request.actor
        if actor.kind is ActorKind.PUBLIC:
            return None
        return (actor, None)

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme in ``WWW-Authenticate``."""
        return "Bearer"
