"""What does a provider tell the desk once a message has arrived, and how is it signed?

Written from the documentation of the originals, and not with the code that checks it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from triage.demo.loopback.server import Taken

BASIC_USER = "demo"
CHINA = timezone(timedelta(hours=8))  # where two of them keep their clocks


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a provider reports, and the secret that proves who it is."""

    url: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A request to the desk, ready to go."""

    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def letter(taken: Taken, hook: Hook, at_s: float) -> Letter | None:
    """Write that a message has arrived; None where the provider never tells."""
    write = WRITERS.get(taken.dialect)
    return write(taken, hook, at_s) if write else None


def _json(body: Any, **headers: str) -> Letter:
    text = json.dumps(body, ensure_ascii=False).encode()
    return Letter({"content-type": "application/json", **headers}, text)


def _hmac(secret: bytes, signed: bytes, digest: str) -> bytes:
    return hmac.new(secret, signed, digest).digest()


def _basic(hook: Hook) -> str:
    pair = f"{BASIC_USER}:{hook.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _in_china(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, CHINA):%Y-%m-%d %H:%M:%S}"


def _twilio(taken: Taken, hook: Hook, at_s: float) -> Letter:
    form = {
        "MessageSid": str(taken.answer["sid"]),
        "MessageStatus": "delivered",
        "To": taken.person,
    }
    signed = hook.url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(_hmac(hook.secret.encode(), signed.encode(), "sha1"))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature.decode(),
    }
    return Letter(headers, urlencode(form).encode())


def _aliyun(taken: Taken, hook: Hook, at_s: float) -> Letter:
    event = {
        "phone_number": taken.person,
        "success": True,
        "report_time": _in_china(at_s),
        "biz_id": taken.answer["BizId"],
    }
    return _json([event], authorization=_basic(hook))


def _jpush(taken: Taken, hook: Hook, at_s: float) -> Letter:
    event = {
        "type": 4,
        "msgid": taken.answer["msg_id"],
        "rid": taken.person,
        "time": _in_china(at_s),
    }
    return _json(event, authorization=_basic(hook))


def _whatsapp(taken: Taken, hook: Hook, at_s: float) -> Letter:
    status = {
        "id": taken.answer["messages"][0]["id"],
        "status": "delivered",
        "timestamp": str(int(at_s)),
        "recipient_id": taken.person,
    }
    change = {"field": "messages", "value": {"statuses": [status]}}
    ready = _json(
        {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}
    )
    digest = _hmac(hook.secret.encode(), ready.body, "sha256").hex()
    signed = {"x-hub-signature-256": f"sha256={digest}"}
    return Letter({**ready.headers, **signed}, ready.body)


def _standard(taken: Taken, hook: Hook, at_s: float) -> Letter:
    ref = str(taken.answer["id"])
    at = datetime.fromtimestamp(at_s, UTC).isoformat()
    ready = _json(
        {
            "type": "message.delivered",
            "timestamp": at,
            "data": {"message_ref": taken.message, "provider_ref": ref},
        }
    )
    name = f"evt_{hashlib.sha256(ref.encode()).hexdigest()[:16]}"
    signed = f"{name}.{int(at_s)}.".encode() + ready.body
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    mark = base64.b64encode(_hmac(key, signed, "sha256")).decode()
    return Letter(
        {
            **ready.headers,
            "webhook-id": name,
            "webhook-timestamp": str(int(at_s)),
            "webhook-signature": f"v1,{mark}",
        },
        ready.body,
    )


WRITERS: dict[str, Callable[[Taken, Hook, float], Letter]] = {
    "twilio": _twilio,
    "aliyun_sms": _aliyun,
    "jpush": _jpush,
    "whatsapp": _whatsapp,
    "sms_http": _standard,
    "oauth2": _standard,
}
