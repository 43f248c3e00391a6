"""How is a push encrypted so that only the browser reads it? (RFC 8291, RFC 8188)"""

import base64
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from deliveries.signatures.tokens import public_point

SALT_BYTES = 16
AUTH_BYTES = 16
RECORD_BYTES = 4096  # what every push service takes, head included: RFC 8291, 4
HEAD_BYTES = 86
LAST_RECORD = b"\x02"
LONGEST = RECORD_BYTES - HEAD_BYTES - 16 - len(LAST_RECORD)  # 16 belong to the tag


class NotAKey(ValueError):
    """The keys of a subscription are none."""


def encrypt(
    body: bytes,
    p256dh: str,
    auth: str,
    *,
    salt: bytes | None = None,
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt a body as one record of ``aes128gcm``.

    ``p256dh`` and ``auth`` are those of the subscription, in URL-safe base64. ``salt``
    and ``own`` are for the tests: each call takes new ones. Raises :class:`NotAKey`, or
    ``ValueError`` for a body longer than 3993 bytes.
    """
    if len(body) > LONGEST:
        raise ValueError("The push is longer than one record.")
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(secret) != AUTH_BYTES:
        raise NotAKey("auth")
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise NotAKey("p256dh") from error
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(SALT_BYTES)
    ours = public_point(own)
    shared = own.exchange(ec.ECDH(), theirs)
    material = _derived(secret, shared, b"WebPush: info\0" + point + ours, 32)
    key = _derived(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, material, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!IB", RECORD_BYTES, len(ours)) + ours
    return head + AESGCM(key).encrypt(nonce, body + LAST_RECORD, None)


def _derived(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise NotAKey("not base64") from error
