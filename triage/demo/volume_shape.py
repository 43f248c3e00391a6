"""Of which rows is a large desk made, and in which proportions?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from deliveries.models import Message
from triage.demo import volume_words as words
from triage.models import (
    FailureGroup,
    FailureReport,
    LogBundle,
    Note,
    Resolution,
    SlaClock,
    Ticket,
    TicketEvent,
)

YEAR = timedelta(days=365)
TICKETS_A_GROUP = 4
LIVE_SHARE = 0.8  # of the newest ticket of each group
STATES = (
    ("new", 35),
    ("open", 30),
    ("waiting", 12),
    ("in_repair", 8),
    ("solved", 15),
)
CLOSED = (("verified", 70), ("closed_unverified", 30))
TIERS = (("S1", 2), ("S2", 12), ("S3", 46), ("S4", 40))
WAITING_ON = ("reporter", "provider", "engineering", "approval")
RESOLVED = {
    "solved": "applied",
    "verified": "effective",
    "closed_unverified": "applied",
}
# Where a report stands by the state of its ticket; else it is with an agent.
REPORTED = {
    "solved": "resolved",
    "verified": "verified",
    "closed_unverified": "closed_unverified",
}
LOGGED = 0.03  # of the reports
PROMISED = ("new", "open", "waiting", "in_repair")
OVERDUE = 0.05  # of the promises
RECENT = ("0", "0", "1", "3")  # reports of a stretch
QUEUE_OF = {"sms": "verification", "webhook": "partners"}
COLUMNS: dict[str, tuple[type[models.Model], str]] = {
    "groups": (
        FailureGroup,
        (
            "id number digest fingerprint category_id channel provider region source_id"
            " state first_seen last_seen reports recipients unserved"
            " recent_reports recent_at"
        ),
    ),
    "tickets": (
        Ticket,
        (
            "id number public_id group_id queue_id channel family about state"
            " waiting_on assignee_id tier_computed tier_score last_seq version"
            " opened_at solved_at"
        ),
    ),
    "events": (TicketEvent, "ticket_id seq kind actor_kind actor_id change at"),
    "reports": (
        FailureReport,
        (
            "id public_id source_id origin client_report_id message_id recipient_id"
            " reporter_pseudonym channel purpose symptom provider provider_code"
            " enhanced_code provider_answer detail template region locale occurred_at"
            " received_at state category_id fingerprint group_id ticket_id"
        ),
    ),
    "messages": (
        Message,
        (
            "id public_id source_id external_id recipient_id address_id channel purpose"
            " region provider_id state evidence_level needed_level created_at"
        ),
    ),
    "clocks": (
        SlaClock,
        "ticket_id kind state tier queue_id started_at target_at",
    ),
    "notes": (Note, "ticket_id kind body author_id at"),
    "logs": (LogBundle, "report_id kind text size sha256 created_at"),
    "resolutions": (
        Resolution,
        "ticket_id category_id note state resolved_by_id resolved_at epoch tries",
    ),
}


@dataclass(frozen=True, slots=True)
class Base:
    """What the rows refer to, by name."""

    now: datetime
    tickets: int
    categories: dict[str, int]
    providers: dict[str, int]
    sources: dict[str, tuple[int, str]]
    queues: dict[str, int]
    agents: list[int]
    people: dict[str, list[tuple[int, int]]]

    def source_id(self, slug: str) -> int:
        """The key of a source."""
        return self.sources[slug][0]


@dataclass(frozen=True, slots=True)
class Group:
    """An incident, of which there are several tickets."""

    key: int
    digest: str
    scene: words.Scene
    region: str
    source: str
    queue: str
    about: str
