"""Is this message sent again by this resend, and could anybody get it twice?"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from deliveries import gate, routing
from deliveries.models import (
    DeliveryAttempt,
    DeliveryEvent,
    EvidenceLevel,
    Exclusion,
    FailureCategory,
    ItemState,
    Message,
    MessageState,
    Outcome,
    ResendOperation,
)
from deliveries.resend import remedies
from deliveries.retry import Remedy
from deliveries.sending import items

LEAST_CASES = 30  # below it a share says nothing
LOOK_BACK = timedelta(days=90)
MOST_JUDGED = 10  # messages of an unknown cause that a person may vouch for
MAY_GO = (MessageState.FAILED, MessageState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Risk:
    """What became of unclear answers of one kind: how many there were, and arrived."""

    provider: str
    code: str
    past: int = 0
    arrived: int = 0

    @property
    def share(self) -> float | None:
        """The share that proved to have arrived; None where too few are known."""
        return self.arrived / self.past if self.past >= LEAST_CASES else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One message: why it is left out, if it is, and the risk if it was unclear."""

    exclusion: Exclusion | None
    unclear: bool = False
    risk: Risk | None = None


@dataclass(slots=True)
class Judge:
    """Judges the messages of one operation; what many share is asked once."""

    operation: ResendOperation
    now: datetime
    _vouched: int = 0
    _routes: dict[tuple[str, str, int | None], bool] = field(default_factory=dict)
    _risks: dict[tuple[int, str], Risk] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.operation.remedy == Remedy.HUMAN_JUDGEMENT:
            taken = self.operation.items.filter(state=ItemState.PLANNED)
            of_unknown = Q(cause=None) | Q(cause__family="unknown")
            self._vouched = taken.filter(of_unknown).count()

    def judge(self, message: Message, cause: FailureCategory | None) -> Judgement:
        """Judge one message; it is changed in memory by the operation's patch."""
        unclear = message.state == MessageState.UNKNOWN
        exclusion = self._exclusion(
            remedies.patched(message, self.operation.patch), cause
        )
        if exclusion is not None or not unclear:
            return Judgement(exclusion, unclear)
        return Judgement(None, unclear, self._risk(message))

    def _exclusion(
        self, message: Message, cause: FailureCategory | None
    ) -> Exclusion | None:
        if message.proven:
            return Exclusion.ALREADY_DELIVERED
        if message.state not in MAY_GO:
            return items.exclusion_for((message.state,))
        if message.state == MessageState.UNKNOWN and not self.operation.with_unclear:
            return Exclusion.NOT_RESENDABLE
        verdict = gate.check(message, now=self.now)
        if verdict.codes:
            return items.exclusion_for(verdict.codes)
        if not self._is_lifted(message, cause):
            return Exclusion.NEVER_UNREMEDIED
        return None if self._has_route(message) else Exclusion.NO_ROUTE

    def _is_lifted(self, message: Message, cause: FailureCategory | None) -> bool:
        remedy = self.operation.remedy
        if not remedies.is_lifted(message, cause, remedy, self.now):
            return False
        of_unknown = cause is None or cause.family == "unknown"
        if of_unknown and remedy == Remedy.HUMAN_JUDGEMENT:
            self._vouched += 1
            return self._vouched <= MOST_JUDGED
        return True

    def _has_route(self, message: Message) -> bool:
        other = self.operation.remedy == Remedy.OTHER_ROUTE
        provider = message.provider_id if other else None
        key = (message.channel, message.region, provider)
        if key not in self._routes:
            found = routing.next_route(
                message, now=self.now, exclude_provider_id=provider
            )
            self._routes[key] = found is not None
        return self._routes[key]

    def _risk(self, message: Message) -> Risk | None:
        """Look at what became of unclear answers like the message's last one."""
        last = message.attempts.select_related("route__provider").order_by("-n").first()
        if last is None:
            return None
        provider = last.route.provider
        key = (provider.pk, last.reply_code)
        if key not in self._risks:
            past, arrived = past_cases(*key, self.now)
            self._risks[key] = Risk(provider.name, last.reply_code, past, arrived)
        return self._risks[key]


def past_cases(provider_id: int, code: str, now: datetime) -> tuple[int, int]:
    """Count unclear answers of a provider with a code, and those that had arrived."""
    proof = DeliveryEvent.objects.filter(
        Q(attempt_n=None) | Q(attempt_n=OuterRef("n")),
        message=OuterRef("message"),
        trusted=True,
        level__gte=EvidenceLevel.DELIVERED,
    )
    rows = DeliveryAttempt.objects.filter(
        Q(outcome=Outcome.UNCLEAR) | ~Q(settled_by=""),
        route__provider=provider_id,
        reply_code=code,
        finished_at__gte=now - LOOK_BACK,
    )
    counted: dict[str, int] = rows.aggregate(
        past=Count("pk"), arrived=Count("pk", filter=Exists(proof))
    )
    return counted["past"], counted["arrived"]
