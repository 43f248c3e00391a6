"""Who is asking, and what may they do in general?

A frozen value that the top app fills in (``triage/access.py``); lower apps read it
and scope their rows by it. It never grants anything by itself: an actor without
actions may do nothing.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of being acts; stored with every audit event."""

    PUBLIC = "public"
    CLIENT = "client"
    PERSON = "person"
    MACHINE = "machine"


class Role(StrEnum):
    """The columns of the permission table."""

    PUBLIC = "public"
    CLIENT = "client"
    SENDER = "sender"
    AGENT = "agent"
    SPECIALIST = "specialist"
    LEAD = "lead"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """One asker; ``actions`` are those that some role of theirs allows at all."""

    kind: ActorKind
    name: str = ""
    roles: frozenset[Role] = frozenset()
    person_id: int | None = None
    source_id: int | None = None  # of a key
    source_ids: frozenset[int] = frozenset()  # in which a person is a sender
    key_id: int | None = None
    report_id: int | None = None  # the one that a status link opens
    queue_ids: frozenset[int] = frozenset()
    senior_queue_ids: frozenset[int] = frozenset()
    lead_queue_ids: frozenset[int] = frozenset()
    resend_limit: int = 0
    actions: frozenset[str] = field(default=frozenset(), repr=False)

    def may(self, action: str) -> bool:
        """Say whether any role of the actor allows the action on some object."""
        return action in self.actions

    @property
    def sees_everything(self) -> bool:
        """Say whether reading is limited by no queue (auditor and admin)."""
        return bool(self.roles & {Role.AUDITOR, Role.ADMIN})


NOBODY = Actor(kind=ActorKind.PUBLIC)
