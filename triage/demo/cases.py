"""Which failures does the demo world tell of?"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

from deliveries import idempotency
from deliveries.models import ChannelKind, Purpose
from triage.intake import Submission
from triage.models import Symptom

FILE = Path(__file__).with_name("cases.json")


class _Row(TypedDict):
    slug: str
    source: str
    channel: str
    provider: str
    region: str
    purpose: str
    symptom: str
    locale: str
    minutes_ago: int
    code: str
    enhanced_code: str
    answer: str
    detail: str
    people: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """One failure that happened to one or more ``people`` of a source."""

    slug: str
    source: str
    channel: ChannelKind
    provider: str
    region: str
    purpose: Purpose
    symptom: Symptom
    locale: str
    minutes_ago: int
    code: str
    enhanced_code: str
    answer: str
    detail: str
    people: tuple[str, ...]

    def report(
        self,
        name: str,
        person: str,
        occurred_at: datetime,
        expires_at: datetime | None = None,
    ) -> Submission:
        """What the source files for one person; ``name`` is its id for the report.

        The message is called like the report, so both are found again.
        """
        return Submission(
            channel=self.channel,
            symptom=self.symptom,
            occurred_at=occurred_at,
            body_digest=idempotency.digest_of_body([name, person]),
            client_report_id=name,
            message_ref=name,
            recipient_ref=person,
            purpose=self.purpose,
            provider=self.provider,
            provider_code=self.code,
            enhanced_code=self.enhanced_code,
            provider_answer=self.answer,
            region=self.region,
            locale=self.locale,
            expires_at=expires_at,
            detail=self.detail,
        )

    def happened_at(self, now: datetime, nth: int) -> datetime:
        """When it happened to the ``nth`` person: one after the other."""
        return now - timedelta(minutes=self.minutes_ago) + timedelta(seconds=20 * nth)


def load() -> tuple[Case, ...]:
    """Read the cases, in the order in which they are filed."""
    rows: list[_Row] = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_case(row) for row in rows)


def _case(row: _Row) -> Case:
    return Case(
        slug=row["slug"],
        source=row["source"],
        channel=ChannelKind(row["channel"]),
        provider=row["provider"],
        region=row["region"],
        purpose=Purpose(row["purpose"]),
        symptom=Symptom(row["symptom"]),
        locale=row["locale"],
        minutes_ago=row["minutes_ago"],
        code=row["code"],
        enhanced_code=row["enhanced_code"],
        answer=row["answer"],
        detail=row["detail"],
        people=tuple(row["people"]),
    )
