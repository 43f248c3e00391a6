"""How is a request signed, and is a signed one really from who says so?

Pure: keys, times and bytes come in, text comes out. ``hmacs`` has the schemes of both
directions, ``clouds`` the whole-request signatures, ``tokens`` the signed tokens,
``receipts`` what providers put under their receipts, ``sns`` what Amazon does.
"""

from deliveries.signatures.clouds import acs3, query_text, tc3
from deliveries.signatures.hmacs import (
    TOLERANCE_S,
    dingtalk,
    equal,
    feishu,
    is_hub,
    is_line,
    is_slack,
    is_standard_webhook,
    is_twilio,
    standard_webhook,
)
from deliveries.signatures.receipts import (
    is_body_hmac,
    is_mailgun,
    is_sendgrid,
    is_vonage,
)
from deliveries.signatures.sns import CONFIRMATION as SNS_CONFIRMATION
from deliveries.signatures.sns import UNSUBSCRIBED as SNS_UNSUBSCRIBED
from deliveries.signatures.sns import (
    is_sns,
    is_sns_recent,
    sns_certificate_url,
    sns_host,
)
from deliveries.signatures.tokens import Unusable, basic, jwt, vapid

__all__ = [
    "SNS_CONFIRMATION",
    "SNS_UNSUBSCRIBED",
    "TOLERANCE_S",
    "Unusable",
    "acs3",
    "basic",
    "dingtalk",
    "equal",
    "feishu",
    "is_body_hmac",
    "is_hub",
    "is_line",
    "is_mailgun",
    "is_sendgrid",
    "is_slack",
    "is_sns",
    "is_sns_recent",
    "is_standard_webhook",
    "is_twilio",
    "is_vonage",
    "jwt",
    "query_text",
    "sns_certificate_url",
    "sns_host",
    "standard_webhook",
    "tc3",
    "vapid",
]
