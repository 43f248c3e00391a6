"""Does a message of Amazon SNS come from Amazon, and about which topic?

Source: Amazon SNS, "Verifying the signatures of Amazon SNS messages". The signature
proves that *some* topic sent it, and anybody can make a topic: whoever believes it
also has to know the topic. Checks answer False for whatever they cannot read.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
UNSUBSCRIBED = "UnsubscribeConfirmation"
SIGNED: dict[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        *("Message", "MessageId", "SubscribeURL"),
        *("Timestamp", "Token", "TopicArn", "Type"),
    ),
}
SIGNED[UNSUBSCRIBED] = SIGNED[CONFIRMATION]
MAY_LACK = "Subject"
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    # What Amazon signs by unless it is asked for the other.
    "1": hashes.SHA1(),  # noqa: S303  # nosec B303
    "2": hashes.SHA256(),
}
LEAST_BITS = 2048
# Amazon tries again for up to an hour and keeps the time of the first try.
OLDEST, NEWEST = timedelta(minutes=65), timedelta(minutes=5)
REGION = r"[a-z]{2,4}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}"
CERTIFICATE = re.compile(
    rf"https://sns\.{REGION}\.amazonaws\.com(?:\.cn)?"
    r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem"
)
TOPIC = re.compile(
    rf"arn:(aws|aws-cn|aws-us-gov):sns:({REGION}):[0-9]{{12}}:[A-Za-z0-9_-]{{1,256}}"
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


def sns_host(topic: str) -> str:
    """Return the host that serves a topic; raises ``ValueError`` for no topic."""
    match = TOPIC.fullmatch(topic)
    if match is None:
        raise ValueError("no topic of Amazon SNS")
    partition, region = match.groups()
    return f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


def sns_certificate_url(body: Mapping[str, object]) -> str | None:
    """Return where the certificate lies, if that is where Amazon keeps its own."""
    url = body.get("SigningCertURL")
    return url if isinstance(url, str) and CERTIFICATE.fullmatch(url) else None


def is_sns_recent(body: Mapping[str, object], now: datetime) -> bool:
    """Say whether the time of a message is one that Amazon would still deliver."""
    told = body.get("Timestamp")
    if not isinstance(told, str) or not MOMENT.fullmatch(told):
        return False
    try:
        at = datetime.fromisoformat(told).astimezone(UTC)
    except ValueError:
        return False
    return now - OLDEST <= at <= now + NEWEST


def is_sns(body: Mapping[str, object], certificate: bytes, now: datetime) -> bool:
    """Say whether the owner of a certificate (PEM) has signed a message."""
    signed, digest = _signed(body), DIGESTS.get(str(body.get("SignatureVersion")))
    if signed is None or digest is None:
        return False
    try:
        read = x509.load_pem_x509_certificate(certificate)
        key = read.public_key()
        if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
            return False
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
            return False
        signature = base64.b64decode(str(body.get("Signature")), validate=True)
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    except (ValueError, binascii.Error, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _signed(body: Mapping[str, object]) -> bytes | None:
    """Return the text that is signed: names and values, each on lines of their own."""
    names = SIGNED.get(str(body.get("Type")))
    if names is None:
        return None
    lines = []
    for name in names:
        value = body.get(name)
        if value is None and name == MAY_LACK:
            continue
        if not isinstance(value, str):
            return None
        lines += [name, value]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
