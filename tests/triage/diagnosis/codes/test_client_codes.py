"""Does what a device or a program wrote into its log mean what it should?"""

import pytest

from tests.triage.diagnosis.codes.answers import diagnosed

LOGS = [
    ("net::ERR_INTERNET_DISCONNECTED", "recipient.unreachable"),
    ('Error Domain=NSURLErrorDomain Code=-1009 "x"', "recipient.unreachable"),
    ("07-02 W/Net: airplaneMode=true wifi=false", "recipient.unreachable"),
    ('{"navigator.onLine": false}', "recipient.unreachable"),
    ("NSURLErrorDomain error -1001.", "network.connection_failed"),
    ("java.net.SocketTimeoutException: x", "network.connection_failed"),
    ("Error: read ECONNRESET at TLSWrap", "network.connection_failed"),
    ("cURL error 28: x", "network.connection_failed"),
    ("curl: (7) x", "network.connection_failed"),
    ('{"errMsg": "request:fail timeout"}', "network.connection_failed"),
    ("cause: UND_ERR_CONNECT_TIMEOUT", "network.connection_failed"),
    ("Error: socket hang up", "network.connection_failed"),
    ("getaddrinfo EAI_AGAIN api.example.org", "network.dns_failure"),
    ("java.net.UnknownHostException: x", "network.dns_failure"),
    ("net::ERR_NAME_NOT_RESOLVED", "network.dns_failure"),
    ("javax.net.ssl.SSLHandshakeException: x", "network.tls_failure"),
    ("NET::ERR_CERT_DATE_INVALID", "network.tls_failure"),
    ('NSURLErrorDomain Code=-1202 "x"', "network.tls_failure"),
    ("CERT_HAS_EXPIRED", "network.tls_failure"),
    ("HandshakeException: x (OS Error: x)", "network.tls_failure"),
    ("0x80072F8F", "network.tls_failure"),
    ("write ENOSPC", "recipient.mailbox_full"),
    ("android.database.sqlite.SQLiteFullException: x", "recipient.mailbox_full"),
    ("DOMException: QuotaExceededError", "recipient.mailbox_full"),
    ("java.lang.OutOfMemoryError: x", "client.local_delivery_error"),
    ("isBackgroundRestricted=true", "client.local_delivery_error"),
    ("UPGRADE_REQUIRED", "client.unsupported"),
    ("areNotificationsEnabled=false", "consent.blocked_by_recipient"),
    ('{"notificationPermission":"denied"}', "consent.blocked_by_recipient"),
    ('{"errMsg":"request:fail url not in domain list"}', "config.permission_denied"),
    ("org.json.JSONException: x", "client.local_delivery_error"),
]


@pytest.mark.parametrize(("log", "category"), LOGS, ids=[log[:24] for log, _ in LOGS])
def test_a_line_of_a_clients_log_means(log: str, category: str) -> None:
    assert diagnosed("push", "our-app", log).category == category


@pytest.mark.parametrize(
    ("raw", "category"),
    [
        ("getaddrinfo ENOTFOUND hooks.example.org", "client.endpoint_gone"),
        ("lookup hooks.example.org: no such host", "client.endpoint_gone"),
        ("HTTP 400 Bad Request", "client.endpoint_gone"),
        ("405 Method Not Allowed", "client.endpoint_gone"),
        ('{"status":"404","error":"Not Found"}', "client.endpoint_gone"),
        ("301 Moved Permanently", "client.endpoint_gone"),
        ("415 Unsupported Media Type", "client.unsupported"),
        ("Service Unavailable", "server.unavailable"),
        ('{"responseStatusCode": 502}', "server.unavailable"),
        ("lookup hooks.example.org: i/o timeout", "network.connection_failed"),
    ],
)
def test_an_answer_of_a_hook_means(raw: str, category: str) -> None:
    assert diagnosed("webhook", "hook", raw).category == category


@pytest.mark.parametrize("channel", ["sms", "chat", "push"])
def test_words_of_http_inside_a_sentence_are_plain_words(channel: str) -> None:
    raw = "The user is Not Found here"
    assert diagnosed(channel, "acme", raw).category == "recipient.unknown"


def test_a_line_stands_out_of_a_long_log() -> None:
    log = "\n".join(
        f"07-02 10:00:{n % 60:02} I/Sync: step {n} done" for n in range(200)
    )
    found = diagnosed("push", "our-app", f"{log}\nE/Sync: write ENOSPC\n")
    assert found.category == "recipient.mailbox_full"
