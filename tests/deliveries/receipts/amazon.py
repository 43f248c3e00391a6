"""How does Amazon SNS sign? Written a second time here, with a certificate of ours."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from deliveries import outbound

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
FIELDS = {
    "Notification": "Message MessageId Subject Timestamp TopicArn Type",
    "SubscriptionConfirmation": (
        "Message MessageId SubscribeURL Timestamp Token TopicArn Type"
    ),
    "UnsubscribeConfirmation": (
        "Message MessageId SubscribeURL Timestamp Token TopicArn Type"
    ),
}
DIGESTS = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303  # as Amazon does


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """The key of who signs; one of each size."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certificate(*, bits: int = 2048, ended: bool = False) -> bytes:
    """A certificate of the key, in PEM."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key(bits).public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now - timedelta(days=1) if ended else now + timedelta(days=9))
        .sign(key(bits), hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def told(kind: str = "Notification", **more: str) -> dict[str, Any]:
    """What Amazon says, unsigned."""
    at = datetime.now(UTC)
    body = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe.",
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "SigningCertURL": URL,
    }
    if kind != "Notification":
        body |= {"Token": "2336412f37", "SubscribeURL": "https://evil.example/in"}
    return body | more


def signed(
    body: dict[str, Any], version: str = "2", bits: int = 2048
) -> dict[str, Any]:
    """The same, signed."""
    names = [each for each in FIELDS[body["Type"]].split() if each in body]
    text = "".join(f"{name}\n{body[name]}\n" for name in names).encode()
    mark = key(bits).sign(text, padding.PKCS1v15(), DIGESTS[version])
    signature = base64.b64encode(mark).decode()
    return {**body, "SignatureVersion": version, "Signature": signature}


@dataclass
class Amazon:
    """Answers calls as Amazon would, and remembers what was called."""

    pem: bytes = field(default_factory=certificate)
    status: int = 200
    called: list[str] = field(default_factory=list)

    def request(
        self, method: str, url: str, *, headers: object, within_s: float
    ) -> outbound.Result:
        self.called.append(url)
        body = self.pem if url == URL else b"<ConfirmSubscriptionResponse/>"
        return outbound.Answer(self.status, {}, body)


def raw(body: object) -> bytes:
    """A body as it is posted."""
    return json.dumps(body).encode()
