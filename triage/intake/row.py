"""Which values are stored for a submission? Bounded, clamped and redacted.

Nothing that a person wrote or a provider answered leaves this module unredacted.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deliveries import addresses, public_id, vault
from deliveries.models import NEEDED_LEVEL, Purpose
from deliveries.redaction import Redactor
from triage.intake.submission import Contact, Log, SourceAttempt, Submission
from triage.models import LOG_BYTES, ReportState

OLDEST = timedelta(days=30)  # what a clock may say before it is suspected
NEWEST = timedelta(minutes=5)
ROUTE = "reports"  # the name of the endpoint that an idempotency key belongs to
# One short word of letters, or hardly anything: no value of a person has that shape.
WORD = re.compile(r"[A-Za-z]{0,12}|[^@]{1,3}")
MOST_REMEMBERED = 1000
LONGEST_REMEMBERED = 500  # characters
CUT = "\n… {count} bytes left out …\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reporter is told; nothing in it waits for the diagnosis."""

    id: str
    client_report_id: str | None
    state: str
    dedup: str
    warnings: tuple[str, ...]
    received_at: str
    sanitized: bool

    @classmethod
    def stored(cls, body: Mapping[str, Any]) -> "Answer":
        """Read back an answer that was kept under an idempotency key."""
        return cls(**{**body, "warnings": tuple(body["warnings"])})

    def kept(self) -> dict[str, object]:
        """Return the answer as it is kept."""
        return {
            "id": self.id,
            "client_report_id": self.client_report_id,
            "state": self.state,
            "dedup": self.dedup,
            "warnings": list(self.warnings),
            "received_at": self.received_at,
            "sanitized": self.sanitized,
        }


def fresh_answer(filed: Submission, key: str | None, now: datetime) -> Answer:
    """Say what a report that is seen for the first time is answered."""
    warnings = []
    if key is None and filed.client_report_id is None:
        warnings.append("no_idempotency_key")
    if filed.logs and not filed.consent_to_logs:
        warnings.append("logs_dropped")
    if filed.contact is not None and not usable(filed.contact):
        warnings.append("contact_unusable")
    if clamped(filed.occurred_at, now) != filed.occurred_at:
        warnings.append("occurred_at_clamped")
    return Answer(
        id=public_id.new("rep_"),
        client_report_id=filed.client_report_id,
        state=ReportState.RECEIVED.value,
        dedup="new",
        warnings=tuple(warnings),
        received_at=f"{now:%Y-%m-%dT%H:%M:%S.%f}Z",
        sanitized=filed.sanitized,
    )


def usable(contact: Contact) -> bool:
    """Say whether anybody could be answered there; a typo is no reason to refuse."""
    return addresses.is_usable(contact.channel, contact.address)


def clamped(told: datetime, now: datetime) -> datetime:
    """Return a time told by somebody else, moved into the believable range."""
    return min(max(told, now - OLDEST), now + NEWEST)


def values_of(
    filed: Submission, answer: Answer, *, source_id: int, key: str | None, now: datetime
) -> dict[str, object]:
    """Return the parameters of the statement, by name."""
    return {
        "source_id": source_id,
        "route": ROUTE,
        "key": key,
        "body_digest": filed.body_digest,
        "answer": _json(answer.kept()),
        "public_id": answer.id,
        "received_at": now,
        **_references(filed, source_id),
        **_facts(filed, clamped(filed.occurred_at, now)),
        **_words(filed, vault.redactor(source_id)),
    }


def _references(filed: Submission, source_id: int) -> dict[str, object]:
    """Return whom and what the report is about.

    A person's data key is made with the first value that is sealed for them.
    """
    person, message = filed.recipient_ref, filed.message_ref
    return {
        "client_report_id": filed.client_report_id,
        "recipient_ref": person,
        "pseudonym": vault.pseudonym(source_id, "recipient", person) if person else "",
        "message_ref": message,
        "message_public_id": public_id.new("msg_") if message else None,
        "needed_level": int(NEEDED_LEVEL[filed.purpose or Purpose.TRANSACTIONAL]),
    }


def _facts(filed: Submission, occurred_at: datetime) -> dict[str, object]:
    """Return what is one word, a flag or a time."""
    return {
        "origin": filed.origin.value,
        "channel": filed.channel.value,
        "purpose": filed.purpose.value if filed.purpose else None,
        "symptom": filed.symptom.value,
        "provider": filed.provider,
        "region": filed.region,
        "locale": filed.locale,
        "template": _json(filed.template) if filed.template else None,
        "client": _json(filed.client) if filed.client else None,
        "consent_to_logs": filed.consent_to_logs,
        "sanitized": filed.sanitized,
        "expires_at": filed.expires_at,
        "occurred_at": occurred_at,
        "clock_suspect": occurred_at != filed.occurred_at,
    }


def _words(filed: Submission, redactor: Redactor) -> dict[str, object]:
    """Return what somebody wrote or a provider answered, redacted."""
    return {
        "provider_code": _short(redactor, filed.provider_code),
        "enhanced_code": _short(redactor, filed.enhanced_code),
        "provider_answer": _text(redactor, filed.provider_answer),
        "detail": _text(redactor, filed.detail),
        "attempts": _json([_attempt(redactor, each) for each in filed.attempts]),
        "meta": _json(_free(redactor, filed.meta or {})),
        "logs": _json(_logs(redactor, filed)),
    }


def _json(value: object) -> str:
    return json.dumps(value)


def _text(redactor: Redactor, text: str) -> str:
    """Redact a text; an outage says the same harmless thing a thousand times."""
    if text in _harmless or WORD.fullmatch(text):
        return text
    redacted = redactor.text(text)
    if not redacted.counts and len(text) <= LONGEST_REMEMBERED:
        if len(_harmless) >= MOST_REMEMBERED:
            _harmless.clear()
        _harmless.add(text)
    return redacted.text


# Texts in which nothing was found, so that no personal value is kept in memory.
_harmless: set[str] = set()


def _short(redactor: Redactor, code: str) -> str:
    """Redact a code that is none: codes are single words without an address."""
    return _text(redactor, code) if " " in code or "@" in code else code


def _free(redactor: Redactor, value: Any) -> Any:
    """Redact every text of free data, keys included."""
    if isinstance(value, str):
        return _text(redactor, value)
    if isinstance(value, list):
        return [_free(redactor, each) for each in value]
    if isinstance(value, Mapping):
        return {_text(redactor, name): _free(redactor, value[name]) for name in value}
    return value


def _attempt(redactor: Redactor, attempt: SourceAttempt) -> dict[str, object]:
    kept: dict[str, object] = {"at": attempt.at.isoformat().replace("+00:00", "Z")}
    if attempt.provider:
        kept["provider"] = attempt.provider
    if attempt.code:
        kept["code"] = _short(redactor, attempt.code)
    if attempt.answer:
        kept["answer"] = _text(redactor, attempt.answer)
    if attempt.retry_after_s is not None:
        kept["retry_after_s"] = attempt.retry_after_s
    return kept


def _logs(redactor: Redactor, filed: Submission) -> list[dict[str, object]]:
    if not filed.consent_to_logs:
        return []
    return [_log(redactor, each) for each in filed.logs]


def _log(redactor: Redactor, log: Log) -> dict[str, object]:
    redacted = redactor.text(log.text)
    text = shortened(redacted.text, LOG_BYTES)
    raw = text.encode()
    return {
        "kind": log.kind.value,
        "text": text,
        "size": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "redactions": redacted.counts,
    }


def shortened(text: str, limit: int) -> str:
    """Keep head and tail of a text that has more than ``limit`` bytes in UTF-8."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    note = CUT.format(count=len(raw) - limit)
    # Six bytes for the two characters that a cut may break.
    room = (limit - len(note.encode()) - 6) // 2
    head = raw[:room].decode(errors="ignore")
    tail = raw[-room:].decode(errors="ignore")
    return head + note + tail
