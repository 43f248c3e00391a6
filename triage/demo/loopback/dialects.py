"""In which words is a provider asked, and in which does it answer?

Each entry speaks as the documentation of its original says; the adapters are those of
``deliveries/channels/providers.json``. What has no name of ours in it is named by a
hash of person and words, so that the same message is the same each time.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from triage.demo.loopback.ledger import Call

PLAIN = "plain"
TOKEN_LASTS_S = 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about; ``key`` is empty where none is known."""

    message: str
    person: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of provider is read and answers.

    ``codes`` are its own for a status; ``no`` puts one into a body with words.
    """

    read: Callable[[Call], Asked]
    yes: Callable[[str], dict[str, Any]]
    no: Callable[[int | str, str], dict[str, Any]]
    codes: Mapping[int, int | str]
    status: int = 200


def reference(slug: str, message: str, nth: int) -> str:
    """The provider's own name for one try: digits, the same each time."""
    digest = hashlib.sha256(f"{slug}\x1f{message}\x1f{nth}".encode()).digest()
    return str(int.from_bytes(digest[:7], "big") + 10**15)


def token() -> dict[str, Any]:
    """The answer to whoever wants to be let in."""
    return {
        "access_token": "demo-token",
        "token_type": "Bearer",
        "expires_in": TOKEN_LASTS_S,
    }


def _text(call: Call, *path: str) -> str:
    found: Any = call.body
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _of_key(key: str) -> str:
    """The message that a name of a try of ours is about."""
    return key.partition(":")[0]


def _plain(call: Call) -> Asked:
    person = _text(call, "recipient_ref") or _text(call, "address")
    return Asked(call.message, person, call.key)


def _twilio(call: Call) -> Asked:
    to = _text(call, "To")
    return Asked(_hashed(to, _text(call, "Body")), to)


def _aliyun(call: Call) -> Asked:
    return Asked(_of_key(_text(call, "OutId")), _text(call, "PhoneNumbers"))


def _gateway(call: Call) -> Asked:
    return Asked(_text(call, "reference"), _text(call, "to"), call.key)


def _jpush(call: Call) -> Asked:
    audience = call.body.get("audience")
    tokens = audience.get("registration_id") if isinstance(audience, dict) else None
    token = str(tokens[0]) if isinstance(tokens, list) and tokens else ""
    return Asked(_hashed(token, _text(call, "notification", "alert")), token)


def _whatsapp(call: Call) -> Asked:
    return Asked(_of_key(_text(call, "biz_opaque_callback_data")), _text(call, "to"))


def _telegram(call: Call) -> Asked:
    room = _text(call, "chat_id")
    return Asked(_hashed(room, _text(call, "text")), room)


def _social(call: Call) -> Asked:
    return Asked(_of_key(call.key), _text(call, "to"), call.key)


def _named(code: int | str, words: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": words}}


def _unnamed(code: int | str, words: str) -> dict[str, Any]:
    return {"error": {"message": words}}


DIALECTS: dict[str, Dialect] = {
    PLAIN: Dialect(
        _plain,
        lambda ref: {"status": "delivered", "reference": ref},
        _named,
        {404: "unknown_recipient", 429: "rate_limited", 502: "bad_gateway"}
        | {500: "internal_error", 503: "unavailable"},
    ),
    "twilio": Dialect(
        _twilio,
        lambda ref: {"sid": f"SM{ref}", "status": "queued", "error_code": None},
        lambda code, words: {"code": code, "message": words},
        {404: 21211, 429: 20429, 500: 20500, 502: 20504, 503: 20503},
        status=201,
    ),
    "aliyun_sms": Dialect(
        _aliyun,
        lambda ref: {"Code": "OK", "Message": "OK", "BizId": f"{ref}^0"},
        lambda code, words: {"Code": code, "Message": words},
        {404: "isv.MOBILE_NUMBER_ILLEGAL", 429: "Throttling.User"}
        | dict.fromkeys((500, 502, 503), "isp.SYSTEM_ERROR"),
    ),
    "sms_http": Dialect(_gateway, lambda ref: {"id": ref}, _unnamed, {}, status=202),
    "jpush": Dialect(
        _jpush,
        lambda ref: {"sendno": "0", "msg_id": ref},
        _named,
        {404: 1011, 429: 2002, 500: 1000, 502: 1030, 503: 1030},
    ),
    "whatsapp": Dialect(
        _whatsapp,
        lambda ref: {
            "messaging_product": "whatsapp",
            "messages": [{"id": f"wamid.{ref}"}],
        },
        _named,
        {404: 131026, 429: 130429, 500: 131000, 502: 131016, 503: 131016},
    ),
    "telegram": Dialect(
        _telegram,
        lambda ref: {"ok": True, "result": {"message_id": int(ref)}},
        lambda code, words: {"ok": False, "error_code": code, "description": words},
        {},
    ),
    "oauth2": Dialect(_social, lambda ref: {"id": ref}, _unnamed, {}),
}
