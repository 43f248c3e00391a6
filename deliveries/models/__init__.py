"""Which facts are stored?"""

from deliveries.models.attempt import (
    AttemptCause,
    DeliveryAttempt,
    Outcome,
    Settler,
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
from deliveries.models.event import DeliveryEvent, EventKind
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
from deliveries.models.resend import (
    CANARY,
    MOST_RATE,
    MOST_STEP,
    RATE_PER_S,
    ResendOperation,
)
from deliveries.models.resend_event import ResendEvent
from deliveries.models.resend_item import ResendItem
from deliveries.models.resend_states import (
    OUTSTANDING,
    OVER,
    RAMP,
    UNDER_WAY,
    Exclusion,
    Fault,
    ItemState,
    ResendState,
)
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
    "CANARY",
    "DELEGATED_OPEN",
    "MOST_ASKS",
    "MOST_RATE",
    "MOST_STEP",
    "NEEDED_LEVEL",
    "OUTSTANDING",
    "OVER",
    "RAMP",
    "RATE_PER_S",
    "UNDER_WAY",
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
    "Exclusion",
    "FactChange",
    "FailureCategory",
    "Fate",
    "Fault",
    "FrequencyCap",
    "Grain",
    "HookCount",
    "HookEndpoint",
    "IdempotencyKey",
    "ItemState",
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
    "ResendEvent",
    "ResendItem",
    "ResendMode",
    "ResendOperation",
    "ResendState",
    "RetryClass",
    "Route",
    "RouteHealth",
    "Scheme",
    "Scope",
    "Settler",
    "Source",
    "Suppression",
    "SuppressionOrigin",
    "append_only",
    "digest_of",
    "issue_key",
    "known",
]
