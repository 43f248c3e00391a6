"""Are the words of our own channels read as faults of the way, never of the person?"""

import pytest

from deliveries.channels.webhook import WORDS
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
    "sealed": "unknown.unclassified",
}


@pytest.mark.parametrize("channel", ["email", "webhook", "sms"])
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
