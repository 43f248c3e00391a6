"""Are requests signed as the providers' own pages show, and forgeries refused?"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from deliveries import signatures
from deliveries.signatures import Unusable

NOW = datetime(2031, 5, 6, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()


def pem(key: Any) -> str:
    return str(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Return header, claims, what was signed, and the signature."""
    signed, _, signature = token.rpartition(".")
    header, claims = (json.loads(plain(part)) for part in signed.split("."))
    return header, claims, signed.encode(), plain(signature)


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_acs3_signs_as_the_example_of_alibaba_cloud_does() -> None:
    headers = signatures.acs3(
        host="ecs.cn-shanghai.aliyuncs.com",
        path="/",
        query={
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        body=b"",
        action="RunInstances",
        version="2014-05-26",
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        nonce="3156853299f313e23d1673dc12e1703d",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
    )

    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tc3_signs_as_the_example_of_tencent_cloud_does() -> None:
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], '
        b'"Name": "instance-name"}]}'
    )

    headers = signatures.tc3(
        host="cvm.tencentcloudapi.com",
        body=body,
        content_type="application/json; charset=utf-8",
        service="cvm",
        action="DescribeInstances",
        version="2017-03-12",
        key_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        now=datetime.fromtimestamp(1551113065, UTC),
    )

    assert headers["authorization"].endswith(
        "SignedHeaders=content-type;host, Signature="
        "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )
    assert headers["x-tc-timestamp"] == "1551113065"


def test_a_token_of_an_rsa_key_is_rs256_and_verifies() -> None:
    key = rsa.generate_private_key(65537, 2048)

    token = signatures.jwt({"iss": "robot"}, pem(key), {"kid": "k1"})

    header, claims, signed, signature = parts(token)
    assert header == {"kid": "k1", "alg": "RS256", "typ": "JWT"}
    assert claims == {"iss": "robot"}
    key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def test_a_token_of_a_p256_key_is_es256_and_verifies() -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    token = signatures.jwt({"iss": "TEAM"}, pem(key), {"kid": "k1"})

    header, _, signed, signature = parts(token)
    assert header["alg"] == "ES256"
    r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
    der = encode_dss_signature(r, s)
    key.public_key().verify(der, signed, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    "text",
    ["", "no key", pem(ed25519.Ed25519PrivateKey.generate())],
    ids=["nothing", "words", "another curve"],
)
def test_a_key_of_another_kind_is_refused_without_saying_it(text: str) -> None:
    with pytest.raises(Unusable) as refused:
        signatures.jwt({}, text, {})

    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("text", ["", "!", "A" * 43 + "=" * 9])
def test_a_push_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        signatures.vapid("https://push.example", "mailto:a@b.example", text, NOW)


def test_a_push_token_names_the_service_and_us() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    number = key.private_numbers().private_value.to_bytes(32)
    text = base64.urlsafe_b64encode(number).rstrip(b"=").decode()

    token, public = signatures.vapid(
        "https://push.example", "mailto:desk@undelivered.example", text, NOW
    )

    header, claims, signed, signature = parts(token)
    assert header["alg"] == "ES256"
    assert claims == {
        "aud": "https://push.example",
        "exp": NOW_S + 12 * 3600,
        "sub": "mailto:desk@undelivered.example",
    }
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(public))
    r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
    point.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def webhook_is_ours(header: str, **changes: Any) -> bool:
    given = {"event_id": "evt_1", "timestamp": str(NOW_S), "body": b"{}"} | changes
    secrets = given.pop("secrets", [SECRET])
    return signatures.is_standard_webhook(secrets, header, now_s=NOW_S, **given)


def test_what_we_sign_as_a_webhook_we_know_again() -> None:
    header = signatures.standard_webhook(SECRET, "evt_1", NOW_S, b"{}")

    assert webhook_is_ours(header)
    assert webhook_is_ours(f"v1,AAAA v2,BBBB {header}")
    assert webhook_is_ours(header, secrets=[OTHER, SECRET])


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "evt_2"},
        {"body": b"{ }"},
        {"secrets": [OTHER]},
        {"secrets": []},
        {"secrets": ["whsec_not base64"]},
        {"timestamp": str(NOW_S - 1)},
        {"timestamp": str(NOW_S - 301)},
        {"timestamp": str(NOW_S + 301)},
        {"timestamp": "-1"},
        {"timestamp": "٣"},
        {"timestamp": "9" * 5000},
        {"timestamp": ""},
    ],
)
def test_a_webhook_that_was_changed_is_refused(changes: dict[str, Any]) -> None:
    header = signatures.standard_webhook(SECRET, "evt_1", NOW_S, b"{}")
    assert not webhook_is_ours(header, **changes)


def test_a_webhook_signed_long_ago_is_refused_though_it_was_ours() -> None:
    late = NOW_S - 301
    header = signatures.standard_webhook(SECRET, "evt_1", late, b"{}")
    assert not webhook_is_ours(header, timestamp=str(late))


def test_of_a_thousand_signatures_only_the_first_few_are_looked_at() -> None:
    header = signatures.standard_webhook(SECRET, "evt_1", NOW_S, b"{}")
    assert not webhook_is_ours("v1,AAAA " * 1000 + header)


def test_twilio_signs_the_address_and_the_sorted_fields() -> None:
    # The example of Twilio's own page on the security of webhooks.
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    header = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    assert signatures.is_twilio("12345", header, url, form)
    assert not signatures.is_twilio("12346", header, url, form)
    assert not signatures.is_twilio("12345", header, url, form | {"Digits": "9"})


def test_meta_line_and_slack_sign_the_raw_body() -> None:
    body = b'{"a": 1}'
    meta = "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
    line = base64.b64encode(hmac.new(b"s", body, hashlib.sha256).digest()).decode()
    signed = b"v0:%d:" % NOW_S + body
    slack = "v0=" + hmac.new(b"s", signed, hashlib.sha256).hexdigest()
    at = {"timestamp": str(NOW_S), "now_s": NOW_S}

    assert signatures.is_hub("s", meta, body)
    assert not signatures.is_hub("s", meta, body + b" ")
    assert not signatures.is_hub("s", "sha256=\ud800", body)
    assert signatures.is_line("s", line, body)
    assert not signatures.is_line("t", line, body)
    assert signatures.is_slack("s", slack, body=body, **at)  # type: ignore[arg-type]  # one mapping for both
    assert not signatures.is_slack("s", slack, body=b"", **at)  # type: ignore[arg-type]  # one mapping for both
    assert not signatures.is_slack(
        "s", slack, body=body, timestamp=str(NOW_S), now_s=NOW_S + 301
    )


def test_robots_of_chat_rooms_are_signed_by_time_and_secret() -> None:
    ding = hmac.new(b"SEC1", b"1700000000000\nSEC1", hashlib.sha256).digest()
    lark = hmac.new(b"1700000000\nSEC1", b"", hashlib.sha256).digest()

    assert signatures.dingtalk("SEC1", 1700000000000) == base64.b64encode(ding).decode()
    assert signatures.feishu("SEC1", 1700000000) == base64.b64encode(lark).decode()


def test_basic_credentials_are_the_example_of_the_rfc() -> None:
    assert signatures.basic("Aladdin", "open sesame") == "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
