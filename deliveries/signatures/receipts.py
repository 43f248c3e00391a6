"""Which signatures do providers put under their receipts, beyond a plain keyed hash?

Checks compare in constant time. Each answers False for whatever it cannot read: a
signature comes from outside.
"""

import base64
import binascii
import hashlib
import hmac
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deliveries.signatures.hmacs import equal, is_recent

LONGEST_TOKEN = 4_096  # characters of a JWT


def is_body_hmac(secret: str, header: str, body: bytes) -> bool:
    """Check an HMAC-SHA256 of the body in hexadecimal (MailerSend, "Webhooks")."""
    ours = hmac.digest(secret.encode(), body, "sha256").hex()
    return equal(ours, header.lower())


def is_mailgun(
    key: str, signature: str, *, timestamp: str, token: str, now_s: int
) -> bool:
    """Check Mailgun's signature over a time and a token ("Securing webhooks")."""
    ours = hmac.digest(key.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    return equal(ours, signature) and is_recent(timestamp, now_s)


def is_sendgrid(
    public_key: str, signature: str, *, timestamp: str, body: bytes, now_s: int
) -> bool:
    """Check an ECDSA signature over time and body (SendGrid, "Signed Event Webhook").

    ``public_key`` is base64 of its DER, as the settings page shows it.
    """
    if not is_recent(timestamp, now_s):
        return False
    try:
        key = serialization.load_der_public_key(base64.b64decode(public_key))
        signed = base64.b64decode(signature, validate=True)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signed, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, binascii.Error, InvalidSignature):
        return False
    return True


def is_vonage(secret: str, token: str, *, body: bytes, now_s: int) -> bool:
    """Check a JWT whose ``payload_hash`` covers the body (Vonage, "Signed webhooks").

    The algorithm is HS256 alone, whatever the token asks for (RFC 8725, 3.1).
    """
    signed, _, signature = token.rpartition(".")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return False
    ours = hmac.digest(secret.encode(), signed.encode(), "sha256")
    if not equal(base64.urlsafe_b64encode(ours).rstrip(b"=").decode(), signature):
        return False
    try:
        header, claims = (_part(each) for each in signed.split("."))
    except ValueError:
        return False
    digest = hashlib.sha256(body).hexdigest()
    return (
        header.get("alg") == "HS256"
        and is_recent(str(claims.get("iat")), now_s)
        and equal(digest, str(claims.get("payload_hash")).lower())
    )


def _part(text: str) -> dict[str, object]:
    """Read one part of a token; raises ``ValueError`` for what is no object."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(text[:20])
    return found
