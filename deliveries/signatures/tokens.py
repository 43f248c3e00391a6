"""Which signed token says who we are?"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

COORDINATE_BYTES = 32  # of a number on P-256
VAPID_S = 12 * 3600  # a day is the most that RFC 8292, 2 admits


class Unusable(ValueError):
    """A private key is not of the kind that the scheme asks for."""


def basic(user: str, password: str) -> str:
    """Return the credentials of HTTP Basic (RFC 7617, 2), without the scheme's name."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def jwt(
    claims: Mapping[str, object], private_key: str, header: Mapping[str, str]
) -> str:
    """Sign claims as a JWT (RFC 7519) with a private key in PEM.

    The algorithm follows from the key: RS256 for RSA, ES256 for P-256 (RFC 7518, 3.3
    and 3.4). Raises :class:`Unusable` for any other text or key.
    """
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise Unusable("The private key is not one in PEM.") from error
    if isinstance(key, rsa.RSAPrivateKey):
        signed = _signed_part(claims, {**header, "alg": "RS256", "typ": "JWT"})
        signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size == 256:
        signed = _signed_part(claims, {**header, "alg": "ES256", "typ": "JWT"})
        signature = _es256(key, signed)
    else:
        raise Unusable("The private key is neither RSA nor P-256.")
    return f"{signed.decode()}.{_url64(signature)}"


def vapid(
    audience: str, subject: str, private_key: str, now: datetime
) -> tuple[str, str]:
    """Return the token and the public key of a push by RFC 8292, 3.

    ``audience`` is the origin of the push service, ``subject`` a ``mailto:`` or
    ``https:`` address where its people reach us, ``private_key`` 32 bytes in URL-safe
    base64. Raises :class:`Unusable`.
    """
    key = p256_key(private_key)
    claims = {
        "aud": audience,
        "exp": int(now.timestamp()) + VAPID_S,
        "sub": subject,
    }
    signed = _signed_part(claims, {"typ": "JWT", "alg": "ES256"})
    token = f"{signed.decode()}.{_url64(_es256(key, signed))}"
    return token, _url64(public_point(key))


def p256_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private number of P-256 from URL-safe base64; raises :class:`Unusable`."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    except ValueError as error:
        raise Unusable("The private key is not 32 bytes in URL-safe base64.") from error


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as an uncompressed point of 65 bytes (X9.62)."""
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def _signed_part(claims: Mapping[str, object], header: Mapping[str, str]) -> bytes:
    parts = (json.dumps(each, separators=(",", ":")) for each in (header, claims))
    return ".".join(_url64(part.encode()) for part in parts).encode()


def _es256(key: ec.EllipticCurvePrivateKey, signed: bytes) -> bytes:
    # Without a random number (RFC 6979) all workers make the same token of the same
    # claims, as Apple asks for. JOSE wants the two numbers side by side, not their
    # ASN.1: RFC 7518, 3.4.
    scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(signed, scheme))
    return r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES)


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
