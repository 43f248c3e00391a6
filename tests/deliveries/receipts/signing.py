"""How do providers sign? Written a second time here, from their own pages."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.derive_private_key(20_260_302, ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()
WHSEC = "whsec_" + base64.b64encode(b"a secret of ours").decode()
# What is entered for each scheme.
SECRETS = {
    "basic": "hook:correct-horse",
    "bearer": "bearer-horse",
    "body_hmac": "signing-secret",
    "hub": "app-secret",
    "mailgun": "mailgun-key",
    "mandrill": "mandrill-key",
    "sendgrid": PUBLIC,
    "standard": WHSEC,
    "twilio": "auth-token",
    "vonage": "signature-secret",
}
SITE = "http://testserver"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass
class Signed:
    """A request that is ready to be posted."""

    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def sign(scheme: str, body: Any, *, path: str, at: int, form: bool = False) -> Signed:
    """Write a body and sign it as the scheme's provider would, at a time (s)."""
    raw = urlencode(body).encode() if form else json.dumps(body).encode()
    return SIGNERS[scheme](raw, path, at)


def _basic(raw: bytes, path: str, at: int) -> Signed:
    word = base64.b64encode(SECRETS["basic"].encode()).decode()
    return Signed(raw, headers={"Authorization": f"Basic {word}"})


def _bearer(raw: bytes, path: str, at: int) -> Signed:
    return Signed(raw, headers={"Authorization": f"Bearer {SECRETS['bearer']}"})


def _body_hmac(raw: bytes, path: str, at: int) -> Signed:
    mac = hmac.new(SECRETS["body_hmac"].encode(), raw, hashlib.sha256)
    return Signed(raw, headers={"Signature": mac.hexdigest()})


def _hub(raw: bytes, path: str, at: int) -> Signed:
    mac = hmac.new(SECRETS["hub"].encode(), raw, hashlib.sha256)
    return Signed(raw, headers={"X-Hub-Signature-256": f"sha256={mac.hexdigest()}"})


def _mailgun(raw: bytes, path: str, at: int) -> Signed:
    token = "c" * 50
    mac = hmac.new(SECRETS["mailgun"].encode(), f"{at}{token}".encode(), "sha256")
    signature = {"timestamp": str(at), "token": token, "signature": mac.hexdigest()}
    return Signed(json.dumps({"signature": signature, **json.loads(raw)}).encode())


def _of_form(secret: str, header: str, raw: bytes, path: str) -> Signed:
    pairs = [pair.split("=", 1) for pair in raw.decode().split("&")]
    decoded = {name: _unquoted(value) for name, value in pairs}
    text = f"{SITE}{path}" + "".join(f"{n}{decoded[n]}" for n in sorted(decoded))
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha1)
    return Signed(raw, FORM, {header: base64.b64encode(mac.digest()).decode()})


def _unquoted(text: str) -> str:
    first, *rest = text.replace("+", " ").encode().split(b"%")
    plain = [bytes.fromhex(each[:2].decode()) + each[2:] for each in rest]
    return b"".join([first, *plain]).decode()


def _twilio(raw: bytes, path: str, at: int) -> Signed:
    return _of_form(SECRETS["twilio"], "X-Twilio-Signature", raw, path)


def _mandrill(raw: bytes, path: str, at: int) -> Signed:
    return _of_form(SECRETS["mandrill"], "X-Mandrill-Signature", raw, path)


def _sendgrid(raw: bytes, path: str, at: int) -> Signed:
    signature = KEY.sign(f"{at}".encode() + raw, ec.ECDSA(hashes.SHA256()))
    mark = "X-Twilio-Email-Event-Webhook"
    return Signed(
        raw,
        headers={
            f"{mark}-Signature": base64.b64encode(signature).decode(),
            f"{mark}-Timestamp": str(at),
        },
    )


def _standard(raw: bytes, path: str, at: int) -> Signed:
    key = base64.b64decode(WHSEC.removeprefix("whsec_"))
    mac = hmac.new(key, f"evt_1.{at}.".encode() + raw, hashlib.sha256).digest()
    return Signed(
        raw,
        headers={
            "webhook-id": "evt_1",
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        },
    )


def _vonage(raw: bytes, path: str, at: int) -> Signed:
    claims = {"iat": at, "payload_hash": hashlib.sha256(raw).hexdigest()}
    header = {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(_url64(json.dumps(each).encode()) for each in (header, claims))
    mac = hmac.new(SECRETS["vonage"].encode(), signed.encode(), hashlib.sha256)
    token = f"{signed}.{_url64(mac.digest())}"
    return Signed(raw, headers={"Authorization": f"Bearer {token}"})


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _none(raw: bytes, path: str, at: int) -> Signed:
    return Signed(raw)


SIGNERS = {
    "basic": _basic,
    "bearer": _bearer,
    "body_hmac": _body_hmac,
    "hub": _hub,
    "mailgun": _mailgun,
    "mandrill": _mandrill,
    "none": _none,
    "sendgrid": _sendgrid,
    "standard": _standard,
    "twilio": _twilio,
    "vonage": _vonage,
}
# Those whose signature says when it was made.
TIMED = ("mailgun", "sendgrid", "standard", "vonage")
# Those whose signature covers the whole body.
COVERING = ("body_hmac", "hub", "mandrill", "sendgrid", "standard", "twilio", "vonage")
