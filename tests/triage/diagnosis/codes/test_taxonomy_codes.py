"""Do the tables agree with the mappings of the vocabulary of causes?

The mappings lie beside the checkout and are no part of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from deliveries.readers import Code, CodeKind, Reading
from tests.triage.diagnosis.codes.answers import diagnosed
from triage.diagnosis import codes
from triage.diagnosis.evidence import Evidence

MAPPINGS = Path(__file__).parents[5] / "shared" / "diagnosis" / "taxonomy.json"
# Who sends the codes of a mapping, and in which forms.
SENDERS = {
    "fcm_v1": ("push", "fcm", '{"error":{"details":[{"errorCode":"%s"}]}}'),
    "fcm_legacy": ("push", "fcm", '{"results":[{"error":"%s"}]}'),
    "apns": ("push", "apns", '{"reason":"%s"}'),
    "webpush_http": ("push", "webpush", "HTTP/1.1 %s"),
    "webhook_http": ("webhook", "hook", "failed with status code %s"),
    "twilio": ("sms", "twilio", '{"MessageStatus":"failed","ErrorCode":"%s"}'),
    "smpp_status": ("sms", "smpp", "submit_sm_resp %s"),
    "whatsapp_cloud": ("chat", "whatsapp", '{"errors":[{"code":%s,"title":"x"}]}'),
    "slack": ("chat", "slack", '{"ok":false,"error":"%s"}'),
    "getui": ("push", "getui", '{"code":%s,"msg":"x"}'),
    "aliyun_sms": ("sms", "aliyun", '{"Code":"%s","Message":"x"}'),
}
# Details that the registry leaves open or that mail systems use for something else, by
# class: what is written beside them decides.
LEFT_TO_WORDS = {
    *("4.4.4", "4.5.0", "4.7.0", "4.7.1", "5.3.0", "5.4.0", "5.4.1", "5.4.3", "5.4.4"),
}


def mappings() -> dict[str, Any]:
    if not MAPPINGS.is_file():
        pytest.skip("The mappings of the vocabulary are not beside the checkout.")
    stored: dict[str, Any] = json.loads(MAPPINGS.read_text(encoding="utf-8"))
    return stored["mappings"]  # type: ignore[no-any-return]


def family(category: str) -> str:
    return category.partition(".")[0]


def test_every_providers_code_has_its_family_in_an_answer_and_beside_one() -> None:
    missed = []
    for mapping, leaves in mappings()["provider_codes"].items():
        channel, provider, form = SENDERS[mapping]
        for code, leaf in leaves.items():
            found = (
                diagnosed(channel, provider, form % code),
                diagnosed(channel, provider, "", code),
            )
            if {family(each.category) for each in found} != {family(leaf)}:
                missed.append((mapping, code, leaf, [each.category for each in found]))
    assert missed == []


def test_every_enhanced_status_speaks_for_its_family_first() -> None:
    missed = []
    for status, leaf in mappings()["rfc3463_status"].items():
        for digit in "45":
            code = Code(CodeKind.ENHANCED, status.replace("X", digit))
            evidence = Evidence("email", "relay", "never_arrived", "")
            votes = list(codes.judge(evidence, Reading((code,), "")))
            said = [family(vote.category) for vote in votes]
            if code.value not in LEFT_TO_WORDS and said != [family(leaf)]:
                missed.append((code.value, leaf, said))
    assert missed == []
