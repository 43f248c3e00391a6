"""What does an object call itself to the outside?

A prefix that says the kind, then 128 random bits in Crockford's base 32
(https://www.crockford.com/base32.html): no I, L, O or U, safe to read aloud.
"""

import secrets
from base64 import b32encode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BYTES = 16
LENGTH = 26  # ceil(128 bits / 5 bits a character)
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())


def new(prefix: str) -> str:
    """Make a fresh public id, for example ``rep_`` and 26 characters."""
    return of(prefix, secrets.token_bytes(BYTES))


def of(prefix: str, data: bytes) -> str:
    """Write at least sixteen bytes, which are random unless it is a rehearsal."""
    return prefix + b32encode(data)[:LENGTH].translate(_CROCKFORD).decode()
