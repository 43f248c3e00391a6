"""Which tip does somebody get, and did it spare them a report?

A tip is shown to a person once a day, however often they look. An hour later the
machine looks whether a report of that person followed; what they say themselves counts
at once. The article's figures are then counted anew from all showings.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from deliveries import language, readers, taxonomy, vault
from deliveries.leases import LeaseLost
from deliveries.models import FailureCategory
from knowledgebase import effects, guidance
from knowledgebase.guidance import Tip
from triage import reporters
from triage.advice import tip_for
from triage.diagnosis import codes
from triage.diagnosis.evidence import Evidence
from triage.models import AfterTip, FailureReport, ReportState, TipShowing
from triage.models.showing import SPARED
from triage.reporters import Word

log = logging.getLogger(__name__)

BATCH = 100
HOUR = timedelta(hours=1)  # in which a report would have followed
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")

Cell = tuple[int, int, str]  # version, category, channel


def category_of(channel: str, code: str, provider: str = "") -> str:
    """Say what a code means by the tables of the diagnosis; empty if they do not know.

    ``code`` is an enhanced or SMTP status or a provider's own; numbers of a provider
    mean something only with its name.
    """
    enhanced = code if _ENHANCED.fullmatch(code) else ""
    own = "" if enhanced else code
    channel = channel or "email"
    reading = readers.read(channel, code, own, enhanced)
    evidence = Evidence(channel, provider, "", code, own, enhanced)
    votes = list(codes.judge(evidence, reading))
    return max(votes, key=lambda vote: vote.weight).category if votes else ""


def show(report: FailureReport, tip: Tip, now: datetime) -> None:
    """Note that the reporter sees a tip on the page of their report; once a day."""
    _show(
        TipShowing(
            version_id=tip.version_id,
            category_id=report.category_id or _category(taxonomy.UNKNOWN).pk,
            channel=report.channel,
            source_id=report.source_id,
            person=report.reporter_pseudonym or report.public_id,
            report=report,
        ),
        now,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A source showed a text to one of its people, about a channel and a cause."""

    version_id: int
    source_id: int
    recipient_ref: str
    channel: str
    category: str = taxonomy.UNKNOWN
    helped: bool = False


def show_before(shown: Shown, now: datetime) -> TipShowing:
    """Note that somebody saw a tip before they reported anything; once a day.

    That it helped, as they say themselves, may come with it or later. Raises
    ``FailureCategory.DoesNotExist``.
    """
    person = vault.pseudonym(shown.source_id, "recipient", shown.recipient_ref)
    with transaction.atomic():
        row = _show(
            TipShowing(
                version_id=shown.version_id,
                category=_category(shown.category),
                channel=shown.channel,
                source_id=shown.source_id,
                person=person,
            ),
            now,
        )
        if shown.helped:
            _say_helped(row)
        return row


def _category(slug: str) -> FailureCategory:
    found: FailureCategory = FailureCategory.objects.get(slug=slug)
    return found


def _show(row: TipShowing, now: datetime) -> TipShowing:
    """Store a showing unless there is one of that day; return the one there is."""
    row.day, row.shown_at, row.due_at = now.astimezone(UTC).date(), now, now + HOUR
    that_day = TipShowing.objects.filter(
        version=row.version_id, source=row.source_id, person=row.person, day=row.day
    )
    known: TipShowing | None = that_day.first()
    if known is not None:
        return known
    with transaction.atomic():
        TipShowing.objects.bulk_create([row], ignore_conflicts=True)
        stored: TipShowing = that_day.get()
        _recount(_cell(stored))
        return stored


def _say_helped(row: TipShowing) -> None:
    """Believe the person: what they say comes before what the machine finds."""
    said = TipShowing.objects.filter(pk=row.pk).exclude(after=AfterTip.HELPED)
    if said.update(after=AfterTip.HELPED, due_at=None, parked_at=None):
        _recount(_cell(row))


def helped(word: Word, now: datetime) -> FailureReport:
    """Take a report back because its tip helped; what was shown of it counts so.

    Raises :class:`reporters.NotNow` and ``FailureReport.DoesNotExist``.
    """
    with transaction.atomic():
        rows = FailureReport.objects.visible_to(word.actor)
        found = rows.select_related("category", "duplicate_of__category").get(
            public_id=word.report
        )
        tip = tip_for(found.duplicate_of or found, language.current())
        report = reporters.withdraw(word, now)
        if tip is not None:
            show(report, tip, now)
        newest = TipShowing.objects.filter(report=report).order_by("-pk").first()
        if newest is not None:
            _say_helped(newest)
        return report


def settle_due(now: datetime) -> int:
    """Look at what came after tips an hour ago; return how many were claimed."""
    claimed: list[TipShowing] = TipShowing.objects.claim(BATCH)
    for row in claimed:
        try:
            with transaction.atomic():
                after = AfterTip.REPORTED if _reported(row) else AfterTip.NO_REPORT
                TipShowing.objects.settle(row, after=after)
                _recount(_cell(row))
        except LeaseLost:
            log.warning("The tip shown as %d is settled by another worker.", row.pk)
        except Exception:  # one row must not hold up the others
            log.exception("What came after the tip shown as %d is not known.", row.pk)
    for row in TipShowing.objects.exhausted(BATCH):
        TipShowing.objects.park(row, now)
    return len(claimed)


def _reported(row: TipShowing) -> bool:
    """Whether a report of the person stands from before, or came within the hour."""
    reports = FailureReport.objects.filter(source=row.source_id).exclude(
        state=ReportState.WITHDRAWN
    )
    own = Q(
        reporter_pseudonym=row.person,
        received_at__gt=row.shown_at,
        received_at__lte=row.shown_at + HOUR,
    )
    return reports.filter(own | Q(pk=row.report_id)).exists()


def _cell(row: TipShowing) -> Cell:
    return row.version_id, row.category_id, row.channel


def _recount(cell: Cell) -> None:
    version, category, channel = cell
    held = effects.locked(version, category, channel)
    counted = TipShowing.objects.filter(
        version=version, category=category, channel=channel
    ).aggregate(shown=Count("pk"), solved=Count("pk", filter=Q(after__in=SPARED)))
    guidance.record(held, counted["shown"], counted["solved"])
