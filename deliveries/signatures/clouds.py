"""How do clouds want a whole request to be signed?

Both schemes hash a canonical form of the request and sign the hash, so that neither
path, query, header nor body can be changed on the way.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def acs3(
    *,
    host: str,
    path: str,
    query: Mapping[str, str],
    body: bytes,
    action: str,
    version: str,
    key_id: str,
    secret: str,
    nonce: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers that sign a POST by ACS3-HMAC-SHA256.

    Source: Alibaba Cloud, "Request structure and signature method V3". ``nonce`` must
    be fresh for each call. Names of the headers are in lower case.
    """
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    canonical, names = _canonical(path, query_text(query), headers, digest)
    signed = f"ACS3-HMAC-SHA256\n{canonical}"
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256").hex()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return headers


def tc3(
    *,
    host: str,
    body: bytes,
    content_type: str,
    service: str,
    action: str,
    version: str,
    key_id: str,
    secret: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers that sign a POST to ``/`` by TC3-HMAC-SHA256.

    Source: Tencent Cloud, "Signature v3". The time in it holds for five minutes.
    """
    at = now.astimezone(UTC)
    digest = hashlib.sha256(body).hexdigest()
    headers = {"content-type": content_type, "host": host}
    canonical, names = _canonical("/", "", headers, digest)
    stamp, day = str(int(at.timestamp())), at.strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    signed = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{canonical}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, signed.encode(), "sha256").hex()
    return headers | {
        "x-tc-action": action,
        "x-tc-version": version,
        "x-tc-timestamp": stamp,
        "authorization": (
            f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        ),
    }


def query_text(query: Mapping[str, str]) -> str:
    """Write a query as it is signed: sorted, percent-encoded by RFC 3986."""
    pairs = sorted((quote(k, safe=""), quote(v, safe="")) for k, v in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def _canonical(
    path: str, query: str, headers: Mapping[str, str], digest: str
) -> tuple[str, str]:
    """Return the hash of the canonical request, and the names that it covers."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    names = ";".join(sorted(headers))
    request = f"POST\n{path}\n{query}\n{lines}\n{names}\n{digest}"
    return hashlib.sha256(request.encode()).hexdigest(), names
