"""What should a person look at next, given the likeliest cause?"""

from enum import StrEnum

from triage.diagnosis.evidence import Finding


class NextCheck(StrEnum):
    """The checks that the desk proposes; the words are in ``report.py``."""

    NONE = ""
    READ_ANSWER = "read_answer"
    COMPARE_CAUSES = "compare_causes"
    PROVIDER_STATUS = "provider_status"
    SENDING_RATE = "sending_rate"
    ADDRESS = "address"
    CONSENT = "consent"
    TEMPLATE = "template"
    BLOCKLISTS = "blocklists"
    SENDER_RECORDS = "sender_records"
    CREDENTIALS = "credentials"
    ACCOUNT = "account"
    SETTINGS = "settings"
    CLIENT = "client"


UNSURE = 0.6  # below this confidence two causes should be held against each other

_BY_FAMILY = {
    "network": NextCheck.PROVIDER_STATUS,
    "server": NextCheck.PROVIDER_STATUS,
    "rate": NextCheck.SENDING_RATE,
    "recipient": NextCheck.ADDRESS,
    "consent": NextCheck.CONSENT,
    "content": NextCheck.TEMPLATE,
    "reputation": NextCheck.BLOCKLISTS,
    "config": NextCheck.SETTINGS,
    "client": NextCheck.CLIENT,
    "unknown": NextCheck.READ_ANSWER,
    "notice": NextCheck.NONE,
}
_BY_CATEGORY = {
    "config.sender_auth": NextCheck.SENDER_RECORDS,
    "config.dns_ptr_missing": NextCheck.SENDER_RECORDS,
    "config.sender_invalid": NextCheck.SENDER_RECORDS,
    "config.credentials": NextCheck.CREDENTIALS,
    "config.billing": NextCheck.ACCOUNT,
    "rate.quota_exhausted": NextCheck.ACCOUNT,
}


def after(findings: tuple[Finding, ...]) -> NextCheck:
    """Return the check that tells most about the likeliest cause."""
    first = findings[0].category
    family = first.partition(".")[0]
    unsure = findings[0].confidence < UNSURE and len(findings) > 1
    if unsure and family not in ("unknown", "notice"):
        return NextCheck.COMPARE_CAUSES
    return _BY_CATEGORY.get(first, _BY_FAMILY[family])
