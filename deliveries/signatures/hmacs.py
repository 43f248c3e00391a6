"""Which keyed hash goes with a request, made by us or checked for us?

Checks compare in constant time and over the raw bytes of the body. A check answers
False for whatever it cannot read: a signature comes from outside.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping

TOLERANCE_S = 300  # between the time of a signature and ours, to either side
MOST_SIGNATURES = 16  # of one header that are looked at
WEBHOOK_SECRET_MARK = "whsec_"  # noqa: S105  (what a secret begins with)


def standard_webhook(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Sign an event: ``v1,`` and base64 (Standard Webhooks 1.0, "Signature scheme").

    ``secret`` is ``whsec_`` and base64; ``timestamp`` is in seconds. Raises
    ``ValueError`` for a secret that is no base64.
    """
    key = base64.b64decode(secret.removeprefix(WEBHOOK_SECRET_MARK), validate=True)
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + _base64(key, signed, "sha256")


def is_standard_webhook(
    secrets: Iterable[str],
    header: str,
    *,
    event_id: str,
    timestamp: str,
    body: bytes,
    now_s: int,
) -> bool:
    """Say whether one of a header's signatures was made with one of the secrets.

    Several of either are live while a secret is rotated. ``timestamp`` is the header's.
    """
    if not is_recent(timestamp, now_s):
        return False
    offered = header.split()[:MOST_SIGNATURES]
    found = False
    for secret in secrets:
        try:
            ours = standard_webhook(secret, event_id, int(timestamp), body)
        except ValueError:
            continue
        for theirs in offered:
            found |= equal(ours, theirs)
    return found


def is_hub(secret: str, header: str, body: bytes) -> bool:
    """Check ``X-Hub-Signature-256`` (Meta, "Validating payloads")."""
    ours = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    return equal(ours, header)


def is_twilio(token: str, header: str, url: str, form: Mapping[str, str]) -> bool:
    """Check ``X-Twilio-Signature`` (Twilio, "Webhooks security").

    ``url`` is the one that was called, with its query; ``form`` are the fields of a
    POST, which are signed sorted by name.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return equal(_base64(token.encode(), signed.encode(), "sha1"), header)


def is_line(secret: str, header: str, body: bytes) -> bool:
    """Check ``X-Line-Signature`` (LINE, "Verify webhook signature")."""
    return equal(_base64(secret.encode(), body, "sha256"), header)


def is_slack(
    secret: str, header: str, *, timestamp: str, body: bytes, now_s: int
) -> bool:
    """Check ``X-Slack-Signature`` (Slack, "Verifying requests from Slack")."""
    if not is_recent(timestamp, now_s):
        return False
    signed = f"v0:{timestamp}:".encode() + body
    ours = "v0=" + hmac.digest(secret.encode(), signed, "sha256").hex()
    return equal(ours, header)


def dingtalk(secret: str, timestamp_ms: int) -> str:
    """Sign a call of a group robot, base64 (DingTalk, "Custom robot security")."""
    signed = f"{timestamp_ms}\n{secret}".encode()
    return _base64(secret.encode(), signed, "sha256")


def feishu(secret: str, timestamp_s: int) -> str:
    """Sign a call of a custom bot, base64 (Feishu, "Custom bot guide").

    Here the text is the key, and what is hashed is empty.
    """
    return _base64(f"{timestamp_s}\n{secret}".encode(), b"", "sha256")


def _base64(key: bytes, signed: bytes, digest: str) -> str:
    return base64.b64encode(hmac.digest(key, signed, digest)).decode()


def equal(ours: str, theirs: str) -> bool:
    """Compare two texts in a time that does not say where they differ."""
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def is_recent(timestamp: str, now_s: int) -> bool:
    """Say whether a time in seconds, as a text, is within the tolerance of ours."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - now_s) <= TOLERANCE_S
