"""Has this request been answered before, and with the same body?

A key belongs to one route of one source, or of one person. Key, effect and answer are
committed in one transaction, so a stored answer proves a stored effect.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from deliveries import vault
from deliveries.models import IdempotencyKey

LONGEST_KEY = 128
LONGEST_ROUTE = 60
SEALED = "sealed"  # the one member of a stored answer that holds a secret


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may come twice: whose, where, under which key, with which body.

    Of ``source_id`` and ``person_id`` exactly one is given.
    """

    source_id: int | None
    person_id: int | None
    route: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered; ``replayed`` says that it had been before."""

    status: int
    body: Any
    replayed: bool = False


def is_key(text: str) -> bool:
    """Say whether a header's text is 1 to 128 visible ASCII characters."""
    return 0 < len(text) <= LONGEST_KEY and all("!" <= each <= "~" for each in text)


def digest_of_body(body: Any) -> str:
    """Digest the canonical JSON of a parsed body: order and spaces do not count."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def route_of(path: str) -> str:
    """Name the place that a key belongs to, in at most 60 characters."""
    if len(path) <= LONGEST_ROUTE:
        return path
    return hashlib.sha256(path.encode()).hexdigest()[:LONGEST_ROUTE]


def once(asked: Asked, effect: Callable[[], Said], *, secret: bool = False) -> Said:
    """Do something and keep what is answered, or return what was answered before.

    A refusal that ``effect`` raises undoes the key with everything else. ``secret``
    seals the answer that is kept. Raises :class:`Mismatch`, and :class:`InProgress`
    when the first request has not ended within the time that a lock is waited for.
    """
    try:
        with transaction.atomic():
            row = _reserved(asked)
            if row is None:
                return _replayed(asked)
            said = effect()
            row.response_status = said.status
            row.response_body = _kept(said.body, asked) if secret else said.body
            row.save(update_fields=["response_status", "response_body"])
    except _StillRunning as error:
        raise InProgress from error
    return said


class _StillRunning(Exception):
    """Another request holds the key."""


def _reserved(asked: Asked) -> IdempotencyKey | None:
    """Write the key down; None when it is known. Waits for who writes it just now."""
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                source_id=asked.source_id,
                person_id=asked.person_id,
                route=asked.route,
                key=asked.key,
                body_digest=asked.digest,
                response_status=0,
                response_body={},
            )
    except IntegrityError:
        return None
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise _StillRunning from error
        raise


def _replayed(asked: Asked) -> Said:
    rows = IdempotencyKey.objects.filter(route=asked.route, key=asked.key)
    if asked.source_id is None:
        row = rows.get(person=asked.person_id or 0)
    else:
        row = rows.get(source=asked.source_id)
    if row.body_digest != asked.digest:
        raise Mismatch
    body = row.response_body
    if isinstance(body, dict) and body.keys() == {SEALED}:
        text = vault.unseal_secret(base64.b64decode(body[SEALED]), _context(asked))
        body = json.loads(text)
    return Said(row.response_status, body, replayed=True)


def _kept(body: Any, asked: Asked) -> dict[str, str]:
    sealed = vault.seal_secret(json.dumps(body), _context(asked))
    return {SEALED: base64.b64encode(sealed).decode()}


def _context(asked: Asked) -> str:
    return f"answer:{asked.route}:{asked.key}"


def recall(source_id: int, route: str, key: str, digest: str) -> IdempotencyKey | None:
    """Return what the key was answered, or None; raises :class:`Mismatch`."""
    row = IdempotencyKey.objects.filter(
        source_id=source_id, route=route, key=key
    ).first()
    if row is not None and row.body_digest != digest:
        raise Mismatch
    return row
