"""Are the words of our own channels read as faults of the way, never of the person?"""

import pytest

from deliveries.channels.answers import WORDS
from triage.diagnosis import engine
from triage.diagnosis.evidence import Evidence

CAUSES = {
    "bad_request": "config.protocol_error",
    "forbidden_address": "config.permission_denied",
    "dns_failed": "network.dns_failure",
    "connection_refused": "network.connection_failed",
    "connect_timeout": "network.connection_failed",
    "tls_failed": "network.tls_failure",
    "timeout": "network.connection_failed",
    "connection_reset": "network.connection_failed",
    "half_answer": "network.connection_failed",
    "no_http2": "config.protocol_error",
    "sealed": "unknown.unclassified",
    "unreadable_answer": "unknown.unclassified",
    "content.missing": "content.malformed",
    "content.malformed": "content.malformed",
    "address.missing": "recipient.address_invalid",
    "address.malformed": "recipient.address_invalid",
    "settings.missing": "config.protocol_error",
    "settings.malformed": "config.protocol_error",
    "secrets.missing": "config.credentials",
    "secrets.malformed": "config.credentials",
}


@pytest.mark.parametrize(
    "channel", ["email", "webhook", "sms", "push", "chat", "social"]
)
@pytest.mark.parametrize("code", WORDS)
def test_what_broke_before_an_answer_has_its_cause(code: str, channel: str) -> None:
    evidence = Evidence(
        channel=channel,
        provider="northpost",
        symptom="failed_error",
        answer=WORDS[code],
        provider_code=str(code),
    )

    assert engine.diagnose(evidence).findings[0].category == CAUSES[code]
