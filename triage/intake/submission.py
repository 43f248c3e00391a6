"""What does somebody say when they file a failure, before anything is stored?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deliveries.models import ChannelKind, Purpose
from triage.models import LogKind, Origin, Symptom


@dataclass(frozen=True, slots=True)
class SourceAttempt:
    """One try that the source itself has made."""

    at: datetime
    provider: str = ""
    code: str = ""
    answer: str = ""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """One log, as it was sent."""

    kind: LogKind
    text: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the reporter wants to be answered."""

    channel: ChannelKind
    address: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A failure as it was filed: checked, but neither redacted nor stored.

    ``body_digest`` tells whether a repetition says the same; ``sanitized`` that
    something in it could not be stored as it was.
    """

    channel: ChannelKind
    symptom: Symptom
    occurred_at: datetime
    body_digest: str
    client_report_id: str | None = None
    message_ref: str | None = None
    recipient_ref: str | None = None
    purpose: Purpose | None = None
    provider: str = ""
    provider_code: str = ""
    enhanced_code: str = ""
    provider_answer: str = ""
    template: Mapping[str, str] | None = None
    region: str = ""
    locale: str = ""
    expires_at: datetime | None = None
    client: Mapping[str, str] | None = None
    attempts: tuple[SourceAttempt, ...] = ()
    logs: tuple[Log, ...] = ()
    consent_to_logs: bool = True
    contact: Contact | None = None
    detail: str = ""
    meta: Mapping[str, object] | None = None
    sanitized: bool = False
    origin: Origin = Origin.CLIENT
