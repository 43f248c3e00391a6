"""How is a verdict written down, never to change?"""

import time
from collections.abc import Sequence
from datetime import datetime

from deliveries import taxonomy
from deliveries.models import DeliveryAttempt, DeliveryEvent, FailureCategory
from triage.diagnosis import collect
from triage.diagnosis.engine import diagnose as judge
from triage.diagnosis.evidence import Evidence, Verdict
from triage.models import Diagnosis, FailureReport, Finding


def diagnose(reports: Sequence[FailureReport], now: datetime) -> None:
    """Diagnose reports and set ``category`` on each, without saving the reports.

    Writes one Diagnosis with its Findings for each report. Needs an open transaction.
    """
    _write(reports, collect.of_reports(reports, now))


def diagnose_attempt(
    report: FailureReport, attempt: DeliveryAttempt, now: datetime
) -> FailureCategory:
    """Diagnose what came back to one attempt; a new Diagnosis of its report.

    Returns the category; the report itself is left as it is.
    """
    return _diagnose_again(report, collect.of_attempt(report, attempt, now))


def diagnose_event(
    report: FailureReport, event: DeliveryEvent, now: datetime
) -> FailureCategory:
    """Diagnose what a receipt says; else like :func:`diagnose_attempt`."""
    return _diagnose_again(report, collect.of_event(report, event, now))


def _diagnose_again(report: FailureReport, known: Evidence) -> FailureCategory:
    before = report.category
    _write([report], [known])
    found, report.category = report.category, before
    if found is None:
        raise taxonomy.UnknownCategory(taxonomy.UNKNOWN)
    return found


def give_up_waiting(reports: Sequence[FailureReport], now: datetime) -> None:
    """Say of reports whose delivery stayed silent that nobody knows the cause.

    A delay notice promised more news and none came: that is for a person.
    """
    if reports:
        unknown = FailureCategory.objects.get(slug=taxonomy.UNKNOWN)
        for report in reports:
            report.category = unknown


def _write(reports: Sequence[FailureReport], evidence: Sequence[Evidence]) -> None:
    if not reports:
        return
    categories = {each.slug: each for each in FailureCategory.objects.all()}
    verdicts: list[Verdict] = []
    rows: list[Diagnosis] = []
    for report, known in zip(reports, evidence, strict=True):
        started = time.perf_counter()
        verdict = judge(known)
        took_ms = 1000 * (time.perf_counter() - started)
        verdicts.append(verdict)
        rows.append(
            Diagnosis(
                report=report,
                ruleset_version=verdict.ruleset_version,
                evidence_digest=known.digest(),
                next_check=verdict.next_check,
                took_ms=round(took_ms, 3),
            )
        )
        report.category = categories[verdict.findings[0].category]
    Diagnosis.objects.bulk_create(rows)
    Finding.objects.bulk_create(
        Finding(
            diagnosis=row,
            rank=finding.rank,
            category=categories[finding.category],
            confidence=finding.confidence,
            speaks_for=[reason.to_json() for reason in finding.speaks_for],
            speaks_against=[reason.to_json() for reason in finding.speaks_against],
        )
        for row, verdict in zip(rows, verdicts, strict=True)
        for finding in verdict.findings
    )
