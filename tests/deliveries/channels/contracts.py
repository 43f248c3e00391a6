"""What does each provider document: how it is asked, and how it answers?

One entry an adapter. ``{base}`` in a setting or an address is the loopback provider.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from deliveries.contents import Content
from deliveries.models import Adapter, ChannelKind
from tests.deliveries.channels.scripted import Play


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def url64(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key, uncompressed."""
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


GOOGLE = rsa.generate_private_key(65537, 2048)
APPLE = ec.generate_private_key(ec.SECP256R1())
VAPID = ec.generate_private_key(ec.SECP256R1())
BROWSER = ec.generate_private_key(ec.SECP256R1())
BROWSER_AUTH = b"0123456789abcdef"
ACCOUNT = {
    "type": "service_account",
    "client_email": "robot@shop.example",
    "private_key_id": "key-1",
    "private_key": _pem(GOOGLE),
}
SUBSCRIPTION = {
    "endpoint": "{base}/push/browser-1",
    "keys": {"p256dh": url64(point(BROWSER)), "auth": url64(BROWSER_AUTH)},
}
WORDS = Content(
    subject="Your order",
    text="Your parcel leaves today.",
    link="https://shop.example/1",
)
TEMPLATED = Content(template="SMS_154950909", variables={"name": "Lin Wei", "n": "7"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says no, and what has to be read from it."""

    play: Play
    code: str
    wait_s: int | None = None
    fault: bool = True  # it speaks of the provider, not of the message


@dataclass(frozen=True, slots=True)
class Contract:
    """How one adapter is set up, and what its provider answers."""

    adapter: Adapter
    channel: ChannelKind
    address: str
    path: str
    success: Play
    ref: str
    throttle: Refusal
    permanent: Refusal
    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    content: Content = WORDS
    proves: bool = True  # an acceptance needs more than a status

    def __str__(self) -> str:
        return self.adapter.value


def _after(seconds: int, status: int = 429) -> Play:
    return Play(status, {}, {"Retry-After": str(seconds)})


SMS = [
    Contract(
        Adapter.TWILIO,
        ChannelKind.SMS,
        "+14155550123",
        "/2010-04-01/Accounts/AC123/Messages.json",
        Play(201, {"sid": "SM1f2e", "status": "queued", "error_code": None}),
        "SM1f2e",
        Refusal(
            Play(
                429,
                {"code": 20429, "message": "Too Many Requests", "status": 429},
                {"Retry-After": "9"},
            ),
            "20429",
            9,
        ),
        Refusal(
            Play(400, {"code": 21211, "message": "Invalid 'To'", "status": 400}),
            "21211",
        ),
        settings={"user": "AC123", "sender": "+14155550100"},
        secrets={"password": "twilio-auth-token"},
    ),
    Contract(
        Adapter.ALIYUN_SMS,
        ChannelKind.SMS,
        "+86 138 0013 8000",
        "/",
        Play(200, {"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0"}),
        "900619746936498440^0",
        Refusal(
            Play(200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}),
            "isv.BUSINESS_LIMIT_CONTROL",
            fault=False,  # the limit is the recipient's
        ),
        Refusal(
            Play(200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "x"}),
            "isv.MOBILE_NUMBER_ILLEGAL",
        ),
        settings={"sign_name": "云店"},
        secrets={"key_id": "LTAI-id-0001", "key_secret": "aliyun-secret-0001"},
        content=TEMPLATED,
    ),
    Contract(
        Adapter.TENCENT_SMS,
        ChannelKind.SMS,
        "+8613800138000",
        "/",
        Play(
            200, {"Response": {"SendStatusSet": [{"SerialNo": "5000:1", "Code": "Ok"}]}}
        ),
        "5000:1",
        Refusal(
            Play(200, {"Response": {"Error": {"Code": "RequestLimitExceeded"}}}),
            "RequestLimitExceeded",
        ),
        Refusal(
            Play(
                200,
                {"Response": {"SendStatusSet": [{"Code": "InvalidParameterValue.X"}]}},
            ),
            "InvalidParameterValue.X",
        ),
        settings={"app_id": "1400006666", "sign_name": "云店"},
        secrets={"key_id": "AKID-0001", "key_secret": "tencent-secret-0001"},
        content=TEMPLATED,
    ),
    Contract(
        Adapter.SMS_HTTP,
        ChannelKind.SMS,
        "+14155550123",
        "/",
        Play(202, {"id": "g-77"}),
        "g-77",
        Refusal(_after(4), "429", 4),
        Refusal(Play(400, {"error": {"code": "bad_number"}}), "bad_number"),
        secrets={"token": "gateway-token-1"},
    ),
]
PUSH = [
    Contract(
        Adapter.FCM,
        ChannelKind.PUSH,
        "device-token-0001",
        "/v1/projects/shop/messages:send",
        Play(200, {"name": "projects/shop/messages/0:1"}),
        "projects/shop/messages/0:1",
        Refusal(
            Play(
                429,
                {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}},
                {"Retry-After": "60"},
            ),
            "RESOURCE_EXHAUSTED",
            60,
        ),
        Refusal(
            Play(
                404,
                {
                    "error": {
                        "code": 404,
                        "status": "NOT_FOUND",
                        "details": [{"@type": "x"}, {"errorCode": "UNREGISTERED"}],
                    }
                },
            ),
            "UNREGISTERED",
        ),
        settings={"project": "shop", "token_url": "{base}/token"},
        secrets={"service_account": json.dumps(ACCOUNT)},
    ),
    Contract(
        Adapter.APNS,
        ChannelKind.PUSH,
        "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
        "/3/device/00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
        Play(200, None, {"apns-id": "eabeae54-14a8-11e5-b60b-1697f925ec7b"}),
        "eabeae54-14a8-11e5-b60b-1697f925ec7b",
        Refusal(
            Play(429, {"reason": "TooManyRequests"}, {"Retry-After": "30"}),
            "TooManyRequests",
            30,
        ),
        Refusal(Play(410, {"reason": "Unregistered", "timestamp": 1}), "Unregistered"),
        settings={
            "topic": "example.shop",
            "key_id": "ABC123DEFG",
            "team_id": "TEAM123456",
        },
        secrets={"private_key": _pem(APPLE)},
    ),
    Contract(
        Adapter.WEB_PUSH,
        ChannelKind.PUSH,
        json.dumps(SUBSCRIPTION),
        "/push/browser-1",
        Play(201, None, {"Location": "https://push.example/m/1"}),
        "https://push.example/m/1",
        Refusal(_after(120), "429", 120),
        Refusal(Play(410, {"errno": 106, "message": "gone"}), "106"),
        settings={"contact": "mailto:desk@shop.example"},
        secrets={
            "private_key": url64(VAPID.private_numbers().private_value.to_bytes(32))
        },
        proves=False,
    ),
    Contract(
        Adapter.JPUSH,
        ChannelKind.PUSH,
        "1104a89792a2cfc3f23",
        "/v3/push",
        Play(200, {"sendno": "0", "msg_id": "18100287008546299"}),
        "18100287008546299",
        Refusal(
            Play(429, {"error": {"code": 2002}}, {"X-Rate-Limit-Reset": "42"}),
            "2002",
            42,
        ),
        Refusal(Play(400, {"error": {"code": 1011, "message": "no target"}}), "1011"),
        settings={"user": "app-key-1"},
        secrets={"password": "master-secret-1"},
    ),
]
CHAT = [
    Contract(
        Adapter.WHATSAPP,
        ChannelKind.CHAT,
        "+1 415 555 0123",
        "/v23.0/106540352242922/messages",
        Play(200, {"messages": [{"id": "wamid.HBgL"}]}),
        "wamid.HBgL",
        Refusal(
            Play(
                429, {"error": {"code": 130429, "message": "x"}}, {"Retry-After": "8"}
            ),
            "130429",
            8,
        ),
        Refusal(
            Play(400, {"error": {"code": 131026, "error_subcode": 2494073}}), "131026"
        ),
        settings={"phone_number_id": "106540352242922"},
        secrets={"token": "EAAG-system-user-token"},
    ),
    Contract(
        Adapter.TELEGRAM,
        ChannelKind.CHAT,
        "-1001234567890",
        "/bot110201543:AAHdqTcvCH1vGWJx/sendMessage",
        Play(200, {"ok": True, "result": {"message_id": 365}}),
        "365",
        Refusal(
            Play(
                429,
                {"ok": False, "error_code": 429, "parameters": {"retry_after": 35}},
            ),
            "429",
            35,
        ),
        Refusal(
            Play(403, {"ok": False, "error_code": 403, "description": "blocked"}), "403"
        ),
        secrets={"token": "110201543:AAHdqTcvCH1vGWJx"},
    ),
    Contract(
        Adapter.SLACK,
        ChannelKind.CHAT,
        "U012AB3CD",
        "/api/chat.postMessage",
        Play(200, {"ok": True, "ts": "1503435956.000247"}),
        "1503435956.000247",
        Refusal(
            Play(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}),
            "ratelimited",
            30,
        ),
        Refusal(
            Play(200, {"ok": False, "error": "channel_not_found"}), "channel_not_found"
        ),
        secrets={"token": "xoxb-bot-token-1"},
    ),
    Contract(
        Adapter.WECOM,
        ChannelKind.CHAT,
        "lin.wei",
        "/cgi-bin/message/send",
        Play(200, {"errcode": 0, "errmsg": "ok", "msgid": "m-1", "invaliduser": ""}),
        "m-1",
        Refusal(
            Play(200, {"errcode": 45009, "errmsg": "api freq out of limit"}), "45009"
        ),
        Refusal(
            Play(200, {"errcode": 0, "errmsg": "ok", "invaliduser": "lin.wei"}),
            "invaliduser",
        ),
        settings={"corp_id": "ww1", "agent_id": 1000002},
        secrets={"corp_secret": "wecom-corp-secret"},
    ),
    Contract(
        Adapter.DINGTALK,
        ChannelKind.CHAT,
        "user-0123",
        "/robot/send",
        Play(200, {"errcode": 0, "errmsg": "ok"}),
        "",
        Refusal(Play(200, {"errcode": 130101, "errmsg": "send too fast"}), "130101"),
        Refusal(Play(200, {"errcode": 310000, "errmsg": "sign not match"}), "310000"),
        secrets={"token": "ding-access-token", "secret": "SEC-ding-secret"},
    ),
    Contract(
        Adapter.FEISHU,
        ChannelKind.CHAT,
        "ou_0123",
        "/open-apis/bot/v2/hook/hook-token-1",
        Play(200, {"code": 0, "msg": "success", "data": {}}),
        "",
        Refusal(Play(200, {"code": 11232, "msg": "frequency limited"}), "11232"),
        Refusal(Play(200, {"code": 19021, "msg": "sign match fail"}), "19021"),
        secrets={"token": "hook-token-1", "secret": "SEC-lark-secret"},
    ),
    Contract(
        Adapter.LINE,
        ChannelKind.CHAT,
        "U4af4980629",
        "/v2/bot/message/push",
        Play(
            200,
            {"sentMessages": [{"id": "461230966842064897"}]},
            {"X-Line-Request-Id": "r"},
        ),
        "461230966842064897",
        Refusal(_after(15), "429", 15),
        Refusal(Play(400, {"message": "The property, 'to', is invalid"}), "400"),
        secrets={"token": "line-channel-token"},
    ),
]
SOCIAL = [
    Contract(
        Adapter.OAUTH2,
        ChannelKind.SOCIAL,
        "@lin@social.example",
        "/",
        Play(200, {"id": "103254962155278888"}),
        "103254962155278888",
        Refusal(
            Play(429, {"error": "Too many requests"}, {"Retry-After": "5"}), "429", 5
        ),
        Refusal(Play(422, {"error": "invalid_recipient"}), "invalid_recipient"),
        settings={"client_id": "c-1", "token_url": "{base}/token"},
        secrets={"client_secret": "oauth-client-secret"},
    ),
]
CONTRACTS = [*SMS, *PUSH, *CHAT, *SOCIAL]
