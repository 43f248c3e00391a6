"""Is each provider asked as it wants to be? Signatures are checked by other code."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from deliveries.channels import ReplyKind
from deliveries.contents import Content
from deliveries.models import Adapter
from tests.deliveries.channels.contracts import (
    APPLE,
    BROWSER,
    BROWSER_AUTH,
    CONTRACTS,
    GOOGLE,
    TEMPLATED,
    VAPID,
    Contract,
    point,
    url64,
)
from tests.deliveries.channels.handing import (
    KEY,
    NOW,
    hand_over,
    message_for,
    route_to,
)
from tests.deliveries.channels.scripted import Heard, Play, Provider

NOW_S = int(NOW.timestamp())


def contract(adapter: Adapter) -> Contract:
    return next(each for each in CONTRACTS if each.adapter == adapter)


def asked(provider: Provider, adapter: Adapter, **settings: Any) -> Heard:
    """Send one message and return the request that the provider took."""
    chosen = contract(adapter)
    provider.play = chosen.success
    route = route_to(chosen, provider.base, **settings)
    reply = hand_over(chosen, provider.base, route=route)
    assert reply.kind is ReplyKind.ACCEPTED
    return provider.last


def basic(heard: Heard) -> str:
    scheme, _, text = heard.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(text).decode()


def verified(token: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """Check an ES256 token and return its claims."""
    signed, _, signature = token.rpartition(".")
    raw = plain(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.public_key().verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = json.loads(plain(signed.split(".")[1]))
    return claims


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_twilio_gets_a_form_and_basic_credentials(provider: Provider) -> None:
    heard = asked(provider, Adapter.TWILIO)

    assert basic(heard) == "AC123:twilio-auth-token"
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert heard.form == {
        "To": "+14155550123",
        "From": "+14155550100",
        "Body": "Your parcel leaves today.",
    }


def test_alibaba_cloud_can_verify_the_whole_request(provider: Provider) -> None:
    heard = asked(provider, Adapter.ALIYUN_SMS, template="SMS_1")

    head, names, signature = heard.headers["authorization"].split(",")
    assert head == "ACS3-HMAC-SHA256 Credential=LTAI-id-0001"
    signed = names.removeprefix("SignedHeaders=").split(";")
    target, _, query = heard.target.partition("?")
    lines = "".join(f"{name}:{heard.headers[name]}\n" for name in signed)
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    canonical_query = "&".join(
        f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in pairs
    )
    digest = hashlib.sha256(heard.body).hexdigest()
    canonical = "\n".join(
        ["POST", target, canonical_query, lines, ";".join(signed), digest]
    )
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    ours = hmac.new(b"aliyun-secret-0001", text.encode(), "sha256").hexdigest()
    assert signature == f"Signature={ours}"
    assert heard.headers["x-acs-date"] == "2031-05-06T12:00:00Z"
    assert heard.query == {
        "PhoneNumbers": "8613800138000",
        "SignName": "云店",
        "TemplateCode": "SMS_154950909",
        "TemplateParam": '{"name": "Lin Wei", "n": "7"}',
        "OutId": KEY,
    }


def test_alibaba_cloud_gets_a_fresh_number_with_each_call(provider: Provider) -> None:
    first = asked(provider, Adapter.ALIYUN_SMS).headers["x-acs-signature-nonce"]
    second = asked(provider, Adapter.ALIYUN_SMS).headers["x-acs-signature-nonce"]

    assert first != second


def test_tencent_cloud_can_verify_the_whole_request(provider: Provider) -> None:
    heard = asked(provider, Adapter.TENCENT_SMS)

    lines = "".join(f"{x}:{heard.headers[x]}\n" for x in ("content-type", "host"))
    digest = hashlib.sha256(heard.body).hexdigest()
    canonical = f"POST\n/\n\n{lines}\ncontent-type;host\n{digest}"
    scope = "2031-05-06/sms/tc3_request"
    text = "\n".join(
        [
            "TC3-HMAC-SHA256",
            heard.headers["x-tc-timestamp"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = b"TC3tencent-secret-0001"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    ours = hmac.new(key, text.encode(), "sha256").hexdigest()
    assert heard.headers["authorization"] == (
        f"TC3-HMAC-SHA256 Credential=AKID-0001/{scope}, "
        f"SignedHeaders=content-type;host, Signature={ours}"
    )
    assert heard.headers["x-tc-region"] == "ap-guangzhou"
    assert heard.json["TemplateParamSet"] == ["Lin Wei", "7"]
    assert heard.json["SessionContext"] == KEY


def test_firebase_is_told_who_we_are_once_for_many_messages(provider: Provider) -> None:
    chosen = contract(Adapter.FCM)
    provider.play = chosen.success
    route = route_to(chosen, provider.base)

    for number in (1, 2):
        hand_over(chosen, provider.base, route=route, key=f"{KEY}{number}")

    assert len(provider.token_calls) == 1
    form = provider.token_calls[0].form
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    signed, _, signature = form["assertion"].rpartition(".")
    GOOGLE.public_key().verify(
        plain(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    claims = json.loads(plain(signed.split(".")[1]))
    assert claims["iss"] == "robot@shop.example"
    assert claims["aud"] == f"{provider.base}/token"
    assert claims["exp"] - claims["iat"] == 3600
    assert provider.last.headers["authorization"] == "Bearer at-0123456789"
    message = provider.last.json["message"]
    assert message["token"] == "device-token-0001"
    assert message["android"]["ttl"] == "3600s"
    assert message["notification"] == {
        "title": "Your order",
        "body": "Your parcel leaves today.",
    }


def test_apple_gets_a_token_of_the_team_and_a_stable_id(provider: Provider) -> None:
    heard = asked(provider, Adapter.APNS)

    scheme, _, token = heard.headers["authorization"].partition(" ")
    claims = verified(token, APPLE)
    assert scheme == "bearer"
    assert claims["iss"] == "TEAM123456"
    assert 0 <= NOW_S - claims["iat"] < 3600
    assert uuid.UUID(heard.headers["apns-id"])
    assert len(heard.headers["apns-collapse-id"].encode()) <= 64
    assert heard.headers["apns-expiration"] == str(NOW_S + 3600)
    assert heard.headers["apns-topic"] == "example.shop"
    assert heard.json["aps"]["alert"]["body"] == "Your parcel leaves today."


def test_two_workers_show_apple_one_and_the_same_token(provider: Provider) -> None:
    first, second = (asked(provider, Adapter.APNS) for _ in range(2))

    assert first.headers["authorization"] == second.headers["authorization"]


def test_a_browser_alone_can_read_its_push(provider: Provider) -> None:
    heard = asked(provider, Adapter.WEB_PUSH)

    salt, ours, box = heard.body[:16], heard.body[21:86], heard.body[86:]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
    shared = BROWSER.exchange(ec.ECDH(), theirs)
    info = b"WebPush: info\0" + point(BROWSER) + ours
    material = HKDF(hashes.SHA256(), 32, BROWSER_AUTH, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0")
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0")
    opened = AESGCM(key.derive(material)).decrypt(nonce.derive(material), box, None)
    assert opened.endswith(b"\x02")
    assert json.loads(opened[:-1])["body"] == "Your parcel leaves today."
    assert heard.headers["content-encoding"] == "aes128gcm"
    assert heard.headers["ttl"] == "3600"
    assert len(heard.headers["topic"]) <= 32


def test_a_push_service_can_verify_who_pushes(provider: Provider) -> None:
    heard = asked(provider, Adapter.WEB_PUSH)

    token, _, public = heard.headers["authorization"].partition(", k=")
    claims = verified(token.removeprefix("vapid t="), VAPID)
    assert public == url64(point(VAPID))
    assert claims["aud"] == provider.base
    assert claims["sub"] == "mailto:desk@shop.example"
    assert 0 < claims["exp"] - NOW_S <= 24 * 3600


def test_jpush_and_the_chat_platforms_get_their_credentials(provider: Provider) -> None:
    assert basic(asked(provider, Adapter.JPUSH)) == "app-key-1:master-secret-1"
    for adapter, token in (
        (Adapter.WHATSAPP, "EAAG-system-user-token"),
        (Adapter.SLACK, "xoxb-bot-token-1"),
        (Adapter.LINE, "line-channel-token"),
        (Adapter.SMS_HTTP, "gateway-token-1"),
    ):
        assert asked(provider, adapter).headers["authorization"] == f"Bearer {token}"


def test_whatsapp_gets_a_template_when_the_message_has_one(provider: Provider) -> None:
    chosen = contract(Adapter.WHATSAPP)
    provider.play = chosen.success
    message = message_for(chosen, provider.base, TEMPLATED)

    hand_over(chosen, provider.base, message=message)

    assert provider.last.json["to"] == "14155550123"
    template = provider.last.json["template"]
    assert template["name"] == "SMS_154950909"
    assert template["components"] == [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Lin Wei"},
                {"type": "text", "text": "7"},
            ],
        }
    ]


def test_wecom_is_asked_with_a_token_for_its_corporation(provider: Provider) -> None:
    heard = asked(provider, Adapter.WECOM)

    assert provider.token_calls[0].method == "GET"
    assert provider.token_calls[0].query == {
        "corpid": "ww1",
        "corpsecret": "wecom-corp-secret",
    }
    assert heard.query == {"access_token": "at-0123456789"}
    assert heard.json["agentid"] == 1000002


def test_group_robots_are_signed_with_the_time(provider: Provider) -> None:
    ding = asked(provider, Adapter.DINGTALK)
    stamp = ding.query["timestamp"]
    signed = hmac.new(
        b"SEC-ding-secret", f"{stamp}\nSEC-ding-secret".encode(), "sha256"
    )
    assert ding.query["sign"] == base64.b64encode(signed.digest()).decode()
    assert stamp == f"{NOW_S}000"

    lark = asked(provider, Adapter.FEISHU).json
    signed = hmac.new(f"{NOW_S}\nSEC-lark-secret".encode(), b"", "sha256")
    assert lark["sign"] == base64.b64encode(signed.digest()).decode()


def test_line_takes_a_repeated_key_for_the_message_it_has(provider: Provider) -> None:
    chosen = contract(Adapter.LINE)
    provider.play = Play(
        409,
        {"message": "The retry key is already accepted"},
        {"X-Line-Accepted-Request-Id": "req-1"},
    )

    reply = hand_over(chosen, provider.base)

    assert (reply.kind, reply.provider_ref) == (ReplyKind.ACCEPTED, "req-1")
    assert uuid.UUID(provider.last.headers["x-line-retry-key"])


def test_slack_may_have_posted_though_it_failed(provider: Provider) -> None:
    provider.play = Play(200, {"ok": False, "error": "fatal_error"})

    reply = hand_over(contract(Adapter.SLACK), provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.UNCLEAR, "fatal_error")


MASTODON = {
    "body": {"status": "{address} {content.text}", "visibility": "direct"},
    "path": "/api/v1/statuses",
}


def test_a_social_network_is_asked_as_its_operator_says(provider: Provider) -> None:
    heard = asked(provider, Adapter.OAUTH2, spec=MASTODON)

    assert heard.path == "/api/v1/statuses"
    assert heard.json == {
        "status": "@lin@social.example Your parcel leaves today.",
        "visibility": "direct",
    }
    assert heard.headers["idempotency-key"] == KEY
    assert provider.token_calls[0].form == {
        "grant_type": "client_credentials",
        "client_id": "c-1",
        "client_secret": "oauth-client-secret",
    }


def test_a_gateway_is_asked_as_its_operator_says(provider: Provider) -> None:
    spec = {
        "path": "/send",
        "encoding": "form",
        "headers": {"X-Key": "{secrets.token}"},
        "body": {"msisdn": "{address.digits}", "message": "{content.text}"},
        "answer": {"proof": {"/result": "0"}, "codes": ["/result"]},
    }
    chosen = contract(Adapter.SMS_HTTP)
    route = route_to(chosen, provider.base, spec=spec)
    provider.play = Play(200, {"result": 0})

    taken = hand_over(chosen, provider.base, route=route)
    provider.play = Play(200, {"result": 13})
    refused = hand_over(chosen, provider.base, route=route)

    assert provider.last.path == "/send"
    assert provider.last.headers["x-key"] == "gateway-token-1"
    assert provider.last.form["msisdn"] == "14155550123"
    assert taken.kind is ReplyKind.ACCEPTED
    assert (refused.kind, refused.reply_code) == (ReplyKind.REFUSED, "13")


def test_no_text_of_a_message_can_name_a_secret(provider: Provider) -> None:
    chosen = contract(Adapter.SLACK)
    provider.play = chosen.success
    text = "{secrets.token} %(secrets)s {address?}"
    message = message_for(chosen, provider.base, Content(text=text))

    hand_over(chosen, provider.base, message=message)

    assert provider.last.json["text"] == text


@pytest.mark.parametrize(
    ("adapter", "changes", "code"),
    [
        (Adapter.TWILIO, {"address": "no number"}, "address.malformed"),
        (Adapter.TWILIO, {"secrets": {}}, "secrets.missing"),
        (Adapter.TWILIO, {"settings": {}}, "settings.missing"),
        (Adapter.WHATSAPP, {"address": ""}, "address.missing"),
        (Adapter.WHATSAPP, {"secrets": {}}, "secrets.missing"),
        (Adapter.WEB_PUSH, {"address": "{"}, "address.malformed"),
        (Adapter.WEB_PUSH, {"address": '{"endpoint": "x"}'}, "address.malformed"),
        (Adapter.WEB_PUSH, {"content": Content(text="x" * 4000)}, "content.malformed"),
        (Adapter.APNS, {"secrets": {"private_key": "x"}}, "secrets.malformed"),
        (Adapter.FCM, {"secrets": {"service_account": "x"}}, "secrets.malformed"),
        (Adapter.SMS_HTTP, {"settings": {"spec": {"level": 4}}}, "settings.malformed"),
    ],
)
def test_what_cannot_be_asked_is_not_asked(
    provider: Provider, adapter: Adapter, changes: dict[str, Any], code: str
) -> None:
    given = contract(adapter)
    changed = Contract(
        **{name: getattr(given, name) for name in Contract.__slots__} | changes
    )

    reply = hand_over(changed, provider.base)

    assert (reply.kind, reply.reply_code) == (ReplyKind.REFUSED, code)
    assert not provider.heard
    assert not provider.token_calls
