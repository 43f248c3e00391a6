"""Which ways are sent over now, and how often? Pure: seconds come in.

A little over each way all the time; more over one whose provider somebody has changed,
so that whoever watches it sees twenty requests in a minute, which is what a breaker
needs before it judges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deliveries.models import ChannelKind, Purpose
from triage.demo.scenarios import Scenario

CALM_S = 3.0  # between two messages when all is well: at most 28,800 a day
BUSY_S = 2.0  # between two over a way that is watched
SLOWLY_S = 8.0  # a slow provider takes no more: it would only pile up
WATCHED_S = 15 * 60.0  # a forgotten outage is not sent to for ever
AFTER_S = 3 * 60.0  # what has come back is tried often at first


@dataclass(frozen=True, slots=True)
class Lane:
    """One way: who sends what, and the provider that should carry it."""

    source: str
    channel: ChannelKind
    region: str
    purpose: Purpose
    locale: str
    provider: str


C, P = ChannelKind, Purpose
LANES = (
    Lane("shop", C.EMAIL, "eu-west", P.TRANSACTIONAL, "en", "northpost"),
    Lane("passport", C.EMAIL, "cn-east", P.SECURITY, "zh-hans", "skyline-mail"),
    Lane("shop", C.SMS, "eu-west", P.TRANSACTIONAL, "en", "harbour-sms"),
    Lane("passport", C.SMS, "cn-east", P.SECURITY, "zh-hans", "lotus-sms"),
    Lane("shop", C.PUSH, "eu-west", P.TRANSACTIONAL, "en", "pushgate"),
    Lane("shop", C.CHAT, "", P.TRANSACTIONAL, "en", "chatline"),
    Lane("shop", C.SOCIAL, "", P.TRANSACTIONAL, "en", "commons"),
    Lane("shop", C.WEBHOOK, "", P.TRANSACTIONAL, "en", "partner-hooks"),
)


@dataclass
class Tempo:
    """Remembers what was sent when, and since when a provider behaves as it does."""

    lanes: tuple[Lane, ...] = LANES
    _since: dict[str, tuple[Scenario, float]] = field(default_factory=dict)
    _sent: dict[Lane, float] = field(default_factory=dict)
    _calm_at: float = float("-inf")
    _turn: int = 0

    def due(self, scenarios: Mapping[str, Scenario], now_s: float) -> list[Lane]:
        """Return over which ways one message goes now; they count as sent.

        ``scenarios`` says how each provider behaves, by its slug.
        """
        found = [
            lane
            for lane in self.lanes
            if self._is_watched(lane.provider, scenarios.get(lane.provider), now_s)
            and now_s - self._sent.get(lane, float("-inf"))
            >= (SLOWLY_S if scenarios[lane.provider] is Scenario.SLOW else BUSY_S)
        ]
        if now_s - self._calm_at >= CALM_S:
            self._calm_at = now_s
            lane = self.lanes[self._turn % len(self.lanes)]
            self._turn += 1
            if lane not in found:
                found.append(lane)
        self._sent.update(dict.fromkeys(found, now_s))
        return found

    def _is_watched(self, slug: str, scenario: Scenario | None, now_s: float) -> bool:
        if scenario is None:
            return False
        before = self._since.get(slug)
        if before is None:
            # What was healthy at the start has not come back from anything.
            since = float("-inf") if scenario is Scenario.OK else now_s
            before = self._since[slug] = (scenario, since)
        elif before[0] is not scenario:
            before = self._since[slug] = (scenario, now_s)
        lasts = AFTER_S if scenario is Scenario.OK else WATCHED_S
        return now_s - before[1] < lasts
