"""Which scheme of ``providers.json`` signs a call, and what does it add?

A *stamp* makes values before the request is put together, a *seal* makes headers over
the whole of it. Both take what they need from the values of the message by name.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urlsplit

from deliveries import signatures
from deliveries.channels.filling import Missing

ASSERTION_S = 3600  # the longest that Google takes
# Apple refuses tokens older than an hour, and who makes new ones within 20 minutes.
APNS_TOKEN_S = 40 * 60

Values: TypeAlias = Mapping[str, object]
Stamp: TypeAlias = Callable[[Values, datetime], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A request that is ready but for its signature."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


Seal: TypeAlias = Callable[[Letter, Values, datetime], dict[str, str]]


def _basic(values: Values, now: datetime) -> dict[str, str]:
    user, password = _text(values, "settings.user"), _text(values, "secrets.password")
    return {"sign.basic": signatures.basic(user, password)}


def _dingtalk(values: Values, now: datetime) -> dict[str, str]:
    stamp = round(now.timestamp() * 1000)
    signed = signatures.dingtalk(_text(values, "secrets.secret"), stamp)
    return {"sign.timestamp": str(stamp), "sign.signature": signed}


def _feishu(values: Values, now: datetime) -> dict[str, str]:
    stamp = int(now.timestamp())
    signed = signatures.feishu(_text(values, "secrets.secret"), stamp)
    return {"sign.timestamp": str(stamp), "sign.signature": signed}


def _google(values: Values, now: datetime) -> dict[str, str]:
    """Assert that we are a service account (Google, "OAuth 2.0 for server to server").

    The credential is the JSON file of the account, as the console hands it out.
    """
    account = _account(_text(values, "secrets.service_account"))
    claims = {
        "iss": account.get("client_email", ""),
        "scope": _text(values, "settings.scope"),
        "aud": _text(values, "settings.token_url"),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + ASSERTION_S,
    }
    header = {"kid": account.get("private_key_id", "")}
    signed = signatures.jwt(claims, account.get("private_key", ""), header)
    return {"sign.assertion": signed}


def _account(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise signatures.Unusable("The service account is not JSON.")
    return {str(name): str(value) for name, value in found.items()}


def _apns(values: Values, now: datetime) -> dict[str, str]:
    """Sign a provider token (Apple, "Establishing a token-based connection")."""
    issued_at = int(now.timestamp()) // APNS_TOKEN_S * APNS_TOKEN_S
    claims = {"iss": _text(values, "settings.team_id"), "iat": issued_at}
    header = {"kid": _text(values, "settings.key_id")}
    key = _text(values, "secrets.private_key")
    return {"sign.token": signatures.jwt(claims, key, header)}


def _vapid(values: Values, now: datetime) -> dict[str, str]:
    parts = urlsplit(_text(values, "address.endpoint"))
    token, public = signatures.vapid(
        f"{parts.scheme}://{parts.netloc}",
        _text(values, "settings.contact"),
        _text(values, "secrets.private_key"),
        now,
    )
    return {"sign.token": token, "sign.public": public}


def _acs3(letter: Letter, values: Values, now: datetime) -> dict[str, str]:
    return signatures.acs3(
        host=letter.host,
        path=letter.path,
        query=letter.query,
        body=letter.body,
        action=_text(values, "settings.action"),
        version=_text(values, "settings.version"),
        key_id=_text(values, "secrets.key_id"),
        secret=_text(values, "secrets.key_secret"),
        nonce=secrets.token_hex(16),
        now=now,
    )


def _tc3(letter: Letter, values: Values, now: datetime) -> dict[str, str]:
    return signatures.tc3(
        host=letter.host,
        body=letter.body,
        content_type=letter.headers["content-type"],
        service=_text(values, "settings.service"),
        action=_text(values, "settings.action"),
        version=_text(values, "settings.version"),
        key_id=_text(values, "secrets.key_id"),
        secret=_text(values, "secrets.key_secret"),
        now=now,
    )


def _text(values: Values, name: str) -> str:
    if value := values.get(name):
        return str(value)
    raise Missing(name)


STAMPS: Mapping[str, Stamp] = {
    "basic": _basic,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "google": _google,
    "apns": _apns,
    "vapid": _vapid,
}
SEALS: Mapping[str, Seal] = {"acs3": _acs3, "tc3": _tc3}
