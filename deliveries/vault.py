"""How is a personal value or a secret kept so that only the product can read it?

Each person has one random data key, wrapped by the newest of ``SEAL_KEYS``;
destroying the wrapped key makes every sealed value of the person unreadable.
Sealing is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the context
binds a value to its place, so it cannot be moved to another row.
"""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from deliveries.redaction import Redactor

NONCE_BYTES = 12
KEY_BYTES = 32


class Unreadable(Exception):
    """No seal key opens this value: the key was destroyed, lost or rotated away."""


def new_person_key() -> bytes:
    """Make a data key for one person, wrapped and ready to store."""
    return _seal(_seal_keys()[0], os.urandom(KEY_BYTES), b"person-key")


def seal(wrapped_key: bytes, text: str, context: str) -> bytes:
    """Encrypt a value of the person who owns the wrapped key."""
    return _seal(_unwrap(wrapped_key), text.encode(), context.encode())


def unseal(wrapped_key: bytes, sealed: bytes, context: str) -> str:
    """Decrypt a value; raises :class:`Unreadable`."""
    return _unseal(_unwrap(wrapped_key), bytes(sealed), context.encode()).decode()


def seal_secret(text: str, context: str) -> bytes:
    """Encrypt a secret of the installation, such as a provider's token."""
    return _seal(_seal_keys()[0], text.encode(), context.encode())


def unseal_secret(sealed: bytes, context: str) -> str:
    """Decrypt a secret of the installation; raises :class:`Unreadable`."""
    for key in _seal_keys():
        try:
            return _unseal(key, bytes(sealed), context.encode()).decode()
        except Unreadable:
            continue
    raise Unreadable(context)


def pseudonym(source_id: int, kind: str, value: str) -> str:
    """Name a person or address without saying it: 32 hexadecimal characters.

    Equal values of one source give equal names, other sources other names, and
    nobody without the seal keys can test a guess.
    """
    material = f"{source_id}\x1f{kind}\x1f{value}".encode()
    digest = hmac.new(derived_key("pseudonym"), material, hashlib.sha256)
    return digest.hexdigest()[:32]


@cache
def derived_key(purpose: str) -> bytes:
    """Derive a stable 32-byte key for one purpose from the *last* seal key.

    The last one is kept while newer ones are put in front, so that pseudonyms and
    cursors outlive a rotation.
    """
    return hmac.new(_seal_keys()[-1], purpose.encode(), hashlib.sha256).digest()


@cache
def _seal_keys() -> tuple[bytes, ...]:
    keys = tuple(base64.urlsafe_b64decode(text) for text in settings.SEAL_KEYS)
    if any(len(key) != KEY_BYTES for key in keys):
        raise Unreadable("Each of SEAL_KEYS must be 32 bytes in URL-safe base64.")
    return keys


def _unwrap(wrapped_key: bytes) -> bytes:
    for key in _seal_keys():
        try:
            return _unseal(key, bytes(wrapped_key), b"person-key")
        except Unreadable:
            continue
    raise Unreadable("person-key")


def _seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    nonce, box = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, box, context)
    except (InvalidTag, ValueError) as error:
        raise Unreadable(context.decode()) from error


STAFF = 0  # the “source” of what staff write, for the redactor's marks


@cache
def redactor(source_id: int) -> Redactor:
    """Return the redactor of a source; equal values of it get equal marks."""
    key = hmac.new(derived_key("redaction"), str(source_id).encode(), hashlib.sha256)
    return Redactor(key.digest())
