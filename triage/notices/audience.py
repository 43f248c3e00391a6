"""Whom would an answer reach, in which language and by which channel, and whom not?

A forecast, counted before anything is written: the ways of :mod:`triage.notices.ways`,
and the gate asked about each. What only passes with time, such as quiet hours, keeps
nobody from being counted as reached.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from deliveries import gate
from deliveries.models import Address, Message, Purpose, ResendMode, Route
from triage.models import FailureReport, Skipped
from triage.notices import ways, words
from triage.notices.planning import reporters


@dataclass(frozen=True, slots=True)
class Audience:
    """People, each once. ``reached`` counts by language and channel."""

    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[Skipped] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        """All of them."""
        return self.reached.total() + self.left.total()


def audience(reports: QuerySet[FailureReport], now: datetime) -> Audience:
    """Foresee what becomes of an answer to the people behind reports."""
    found, asked = Audience(), []
    for report in reporters(reports):
        if report.source.resend_mode == ResendMode.DELEGATED:
            found.left[Skipped.SOURCE_TELLS] += 1
        else:
            asked.append(report)
    channels = _channels(asked, now)
    for report in asked:
        channel = channels.get(report.pk)
        if channel is None:
            found.left[Skipped.NO_CHANNEL] += 1
        else:
            found.reached[words.locale_of(report), channel] += 1
    return found


def _channels(reports: Sequence[FailureReport], now: datetime) -> dict[int, str]:
    """Return by report the channel of the first address that nothing speaks against."""
    ranked = ways.ranked(reports)
    tries = [(report, each) for report in reports for each in ranked[report.pk]]
    messages = [_message(n, *each) for n, each in enumerate(tries)]
    closed = gate.forbidden(messages, now) if messages else set()
    open_ways = _in_use({(each.channel, report.region) for report, each in tries})
    found: dict[int, str] = {}
    for n, (report, address) in enumerate(tries):
        if n not in closed and (address.channel, report.region) in open_ways:
            found.setdefault(report.pk, address.channel)
    return found


def _message(n: int, report: FailureReport, address: Address) -> Message:
    return Message(
        pk=n,
        source_id=report.source_id,
        channel=address.channel,
        purpose=Purpose.TRANSACTIONAL,
        address=address,
    )


def _in_use(places: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Narrow channels and regions to those that a route in use serves."""
    rows = Route.objects.filter(enabled=True, provider__enabled=True)
    served = set(rows.values_list("channel", "region"))
    return {(c, r) for c, r in places if {(c, r), (c, "")} & served}
