"""Does this really come from the provider? Asked before anything in it is believed.

The body is looked at only where the provider signs fields of it: the signature of
Mailgun lies inside the body, and Twilio and Mandrill sign the fields of a form.
"""

from collections.abc import Callable, Sequence

from deliveries import signatures
from deliveries.receipts.dialects import Dialect
from deliveries.receipts.knock import Knock
from deliveries.receipts.reading import loads
from deliveries.receipts.vocabulary import Unreadable

Check = Callable[[Knock, str, Dialect, int], bool]


def is_authentic(
    knock: Knock, scheme: str, secrets: Sequence[str], dialect: Dialect, now_s: int
) -> bool:
    """Say whether one of the secrets proves the request; ``now_s`` is in seconds.

    Every secret is tried, so that the time taken does not say which one fits. Without
    a scheme everybody who knows the address is let in, and believed little.
    """
    if scheme == "none":
        return True
    check = CHECKS[scheme]
    found = False
    for secret in secrets:
        found |= bool(secret) and check(knock, secret, dialect, now_s)
    return found


def _basic(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    """``secret`` is ``user:password`` (RFC 7617)."""
    user, _, password = secret.partition(":")
    offered = _credentials(knock, "basic")
    return signatures.equal(signatures.basic(user, password), offered)


def _bearer(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    return signatures.equal(secret, _credentials(knock, "bearer"))


def _credentials(knock: Knock, scheme: str) -> str:
    named, _, offered = knock.header("authorization").partition(" ")
    return offered.strip() if named.lower() == scheme else ""


def _body_hmac(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    offered = knock.header(dialect.signed_header)
    return signatures.is_body_hmac(secret, offered, knock.body)


def _hub(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    return signatures.is_hub(secret, knock.header("x-hub-signature-256"), knock.body)


def _mailgun(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    """It signs a time and a random text alone, not the event: see docs/api.md."""
    try:
        body = loads(knock.body)
    except Unreadable:
        return False
    signed = body.get("signature") if isinstance(body, dict) else None
    if not isinstance(signed, dict):
        return False
    return signatures.is_mailgun(
        secret,
        _string(signed.get("signature")),
        timestamp=_string(signed.get("timestamp")),
        token=_string(signed.get("token")),
        now_s=now_s,
    )


def _string(value: object) -> str:
    """A text, or a whole number as one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value) if isinstance(value, str) or value < 10**12 else ""


def _mandrill(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    return _form_signed(knock, secret, "x-mandrill-signature")


def _twilio(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    return _form_signed(knock, secret, "x-twilio-signature")


def _form_signed(knock: Knock, secret: str, header: str) -> bool:
    """Both sign the address and the sorted fields, by HMAC-SHA1."""
    try:
        form = knock.form()
    except ValueError:
        return False
    return signatures.is_twilio(secret, knock.header(header), knock.url, form)


def _sendgrid(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    return signatures.is_sendgrid(
        secret,
        knock.header("x-twilio-email-event-webhook-signature"),
        timestamp=knock.header("x-twilio-email-event-webhook-timestamp"),
        body=knock.body,
        now_s=now_s,
    )


def _standard(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    """Svix, which Resend uses, names the same headers otherwise."""
    mark = "svix" if "svix-signature" in knock.headers else "webhook"
    return signatures.is_standard_webhook(
        [secret],
        knock.header(f"{mark}-signature"),
        event_id=knock.header(f"{mark}-id"),
        timestamp=knock.header(f"{mark}-timestamp"),
        body=knock.body,
        now_s=now_s,
    )


def _vonage(knock: Knock, secret: str, dialect: Dialect, now_s: int) -> bool:
    token = _credentials(knock, "bearer")
    return signatures.is_vonage(secret, token, body=knock.body, now_s=now_s)


CHECKS: dict[str, Check] = {
    "basic": _basic,
    "bearer": _bearer,
    "body_hmac": _body_hmac,
    "hub": _hub,
    "mailgun": _mailgun,
    "mandrill": _mandrill,
    "sendgrid": _sendgrid,
    "standard": _standard,
    "twilio": _twilio,
    "vonage": _vonage,
}
