"""Which facts are stored?"""

from deliveries.models.attempt import (
    AttemptCause,
    DeliveryAttempt,
    DeliveryEvent,
    EventKind,
    Outcome,
    append_only,
)
from deliveries.models.category import FailureCategory, RepairPolicy, RetryClass
from deliveries.models.change import ChangeKind, FactChange
from deliveries.models.consent import (
    Consent,
    ConsentOrigin,
    ConsentState,
    Suppression,
    SuppressionOrigin,
)
from deliveries.models.delegated import (
    DELEGATED_OPEN,
    MOST_ASKS,
    DelegatedCode,
    DelegatedSend,
    DelegatedState,
)
from deliveries.models.health import BreakerState, RouteHealth
from deliveries.models.hook import (
    Dialect,
    Fate,
    HookCount,
    HookEndpoint,
    ParkedReceipt,
    Scheme,
)
from deliveries.models.limits import CapUse, FrequencyCap, QuietHours
from deliveries.models.message import VERIFY_WITHIN, Message, MessageState
from deliveries.models.provider import Adapter, Dedup, Provider, Route
from deliveries.models.recipient import Address, Recipient, RecipientKey
from deliveries.models.rollup import Grain, OutcomeRollup
from deliveries.models.source import (
    ApiKey,
    IdempotencyKey,
    ResendMode,
    Scope,
    Source,
    digest_of,
    issue_key,
)
from deliveries.models.vocabulary import (
    NEEDED_LEVEL,
    ChannelKind,
    EvidenceLevel,
    Purpose,
    known,
)

__all__ = [
    "DELEGATED_OPEN",
    "MOST_ASKS",
    "NEEDED_LEVEL",
    "VERIFY_WITHIN",
    "Adapter",
    "Address",
    "ApiKey",
    "AttemptCause",
    "BreakerState",
    "CapUse",
    "ChangeKind",
    "ChannelKind",
    "Consent",
    "ConsentOrigin",
    "ConsentState",
    "Dedup",
    "DelegatedCode",
    "DelegatedSend",
    "DelegatedState",
    "DeliveryAttempt",
    "DeliveryEvent",
    "Dialect",
    "EventKind",
    "EvidenceLevel",
    "FactChange",
    "FailureCategory",
    "Fate",
    "FrequencyCap",
    "Grain",
    "HookCount",
    "HookEndpoint",
    "IdempotencyKey",
    "Message",
    "MessageState",
    "Outcome",
    "OutcomeRollup",
    "ParkedReceipt",
    "Provider",
    "Purpose",
    "QuietHours",
    "Recipient",
    "RecipientKey",
    "RepairPolicy",
    "ResendMode",
    "RetryClass",
    "Route",
    "RouteHealth",
    "Scheme",
    "Scope",
    "Source",
    "Suppression",
    "SuppressionOrigin",
    "append_only",
    "digest_of",
    "issue_key",
    "known",
]
