"""Has this request been answered before, and with the same body?

A key belongs to one source and one route. Key, effect and answer are committed in
one transaction, so a stored answer proves a stored effect.
"""

import hashlib
import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from deliveries.models import IdempotencyKey

LONGEST_KEY = 128


class Mismatch(Exception):
    """The key, or the client's own id, came with another body: nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            _("Use a new key for a new request, or send the first body again.")
        )


class InProgress(Exception):
    """A request with the same key has not ended yet: ask again in a second."""

    def __init__(self) -> None:
        super().__init__(_("Repeat the request in a second to get its answer."))


def is_key(text: str) -> bool:
    """Say whether a header's text is 1 to 128 visible ASCII characters."""
    return 0 < len(text) <= LONGEST_KEY and all("!" <= each <= "~" for each in text)


def digest_of_body(body: Any) -> str:
    """Digest the canonical JSON of a parsed body: order and spaces do not count."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def recall(source_id: int, route: str, key: str, digest: str) -> IdempotencyKey | None:
    """Return what the key was answered, or None; raises :class:`Mismatch`."""
    row = IdempotencyKey.objects.filter(
        source_id=source_id, route=route, key=key
    ).first()
    if row is not None and row.body_digest != digest:
        raise Mismatch
    return row
