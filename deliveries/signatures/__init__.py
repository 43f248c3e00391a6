"""How is a request signed, and is a signed one really from who says so?

Pure: keys, times and bytes come in, text comes out. ``hmacs`` has the schemes of both
directions, ``clouds`` the whole-request signatures, ``tokens`` the signed tokens.
"""

from deliveries.signatures.clouds import acs3, query_text, tc3
from deliveries.signatures.hmacs import (
    TOLERANCE_S,
    dingtalk,
    feishu,
    is_hub,
    is_line,
    is_slack,
    is_standard_webhook,
    is_twilio,
    standard_webhook,
)
from deliveries.signatures.tokens import Unusable, basic, jwt, vapid

__all__ = [
    "TOLERANCE_S",
    "Unusable",
    "acs3",
    "basic",
    "dingtalk",
    "feishu",
    "is_hub",
    "is_line",
    "is_slack",
    "is_standard_webhook",
    "is_twilio",
    "jwt",
    "query_text",
    "standard_webhook",
    "tc3",
    "vapid",
]
