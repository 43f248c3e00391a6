"""How is a verdict written down, never to change?"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deliveries import taxonomy
from deliveries.models import DeliveryAttempt, DeliveryEvent, FailureCategory
from triage.diagnosis import collect, detours, outcomes, rulebook, shadow
from triage.diagnosis.collect import Collected
from triage.diagnosis.engine import diagnose as judge
from triage.diagnosis.evidence import Evidence, Verdict
from triage.diagnosis.plan import Plan, Policy, beside
from triage.diagnosis.plan import plan as plan_for
from triage.diagnosis.taught import Rulebook
from triage.models import Diagnosis, FailureReport, Finding

# The jitter of a retry protects nothing that a stranger could profit from guessing.
_rng = random.Random()  # noqa: S311


@dataclass(frozen=True, slots=True)
class Judged:
    """What one run over one report came to; nothing is written yet.

    ``causes`` are the categories of the findings, in their order; ``taught`` are the
    rules of operators that counted.
    """

    report: FailureReport
    known: Collected
    verdict: Verdict
    causes: tuple[FailureCategory, ...]
    plan: Plan
    took_ms: float
    taught: Rulebook

    @property
    def category(self) -> FailureCategory:
        """Return the likeliest cause."""
        return self.causes[0]

    @property
    def digest(self) -> str:
        """Return the digest of the evidence."""
        return self.known.evidence.digest()


def diagnose(reports: Sequence[FailureReport], now: datetime) -> list[Plan]:
    """Diagnose reports and set ``category`` on each, without saving the reports.

    Writes one Diagnosis with its Findings for each report, and returns their plans in
    the same order: whoever calls acts by them. Needs an open transaction.
    """
    judged = judge_all(reports, collect.of_reports(reports, now), now)
    for each in judged:
        each.report.category = each.category
    write(judged)
    return [each.plan for each in judged]


def diagnose_attempt(
    report: FailureReport, attempt: DeliveryAttempt, now: datetime
) -> Judged:
    """Diagnose what came back to one attempt; a new Diagnosis of its report.

    Returns the category and the plan; the report itself is left as it is.
    """
    (judged,) = judge_all([report], [collect.of_attempt(report, attempt, now)], now)
    write([judged])
    return judged


def diagnose_event(
    report: FailureReport, event: DeliveryEvent, now: datetime
) -> Judged:
    """Diagnose what a receipt says; else like :func:`diagnose_attempt`."""
    (judged,) = judge_all([report], [collect.of_event(report, event, now)], now)
    write([judged])
    return judged


def give_up_waiting(reports: Sequence[FailureReport], now: datetime) -> None:
    """Say of reports whose delivery stayed silent that nobody knows the cause.

    A delay notice promised more news and none came: that is for a person.
    """
    if reports:
        unknown = FailureCategory.objects.get(slug=taxonomy.UNKNOWN)
        for report in reports:
            report.category = unknown


def judge_all(
    reports: Sequence[FailureReport], known: Sequence[Collected], now: datetime
) -> list[Judged]:
    """Judge and plan for each report, in order; writes nothing."""
    if not reports:
        return []
    categories = {each.slug: each for each in FailureCategory.objects.all()}
    taught = rulebook.now()
    judged: list[Judged] = []
    planned: dict[int, Plan] = {}
    # An outage says the same a thousand times, and equal evidence has equal verdicts.
    verdicts: dict[Evidence, Verdict] = {}
    for report, collected in zip(reports, known, strict=True):
        started = time.perf_counter()
        verdict = verdicts.get(collected.evidence)
        if verdict is None:
            verdict = judge(collected.evidence, taught)
            verdicts[collected.evidence] = verdict
        took_ms = 1000 * (time.perf_counter() - started)
        causes = tuple(categories[each.category] for each in verdict.findings)
        category = causes[0]
        plan = plan_for(
            verdict, collected.standing, _policy(report, category), now=now, rng=_rng
        )
        plan = detours.around(plan, report.message, category.slug, now)
        if plan.sends and report.message_id is not None:
            first = planned.setdefault(report.message_id, plan)
            plan = plan if first is plan else beside(first)
        judged.append(Judged(report, collected, verdict, causes, plan, took_ms, taught))
    return judged


def _policy(report: FailureReport, category: FailureCategory) -> Policy:
    purpose = report.message.purpose if report.message else report.purpose
    return Policy(category.slug, category.retry_class, category.repair_policy, purpose)


def write(judged: Sequence[Judged]) -> list[Diagnosis]:
    """Write one Diagnosis with its Findings for each; two statements for all.

    What rules in the shadow would have said is written beside, if they spoke.
    """
    rows = [_row(each) for each in judged]
    Diagnosis.objects.bulk_create(rows)
    Finding.objects.bulk_create(
        Finding(
            diagnosis=row,
            rank=finding.rank,
            category=cause,
            confidence=finding.confidence,
            speaks_for=[reason.to_json() for reason in finding.speaks_for],
            speaks_against=[reason.to_json() for reason in finding.speaks_against],
        )
        for row, each in zip(rows, judged, strict=True)
        for finding, cause in zip(each.verdict.findings, each.causes, strict=True)
    )
    if judged:
        evidence = [each.known.evidence for each in judged]
        shadow.write(
            judged[0].taught, rows, evidence, [each.verdict for each in judged]
        )
    return rows


def _row(judged: Judged) -> Diagnosis:
    checks = outcomes.run(judged.known.evidence)
    return Diagnosis(
        report=judged.report,
        attempt_n=judged.known.attempt_n,
        ruleset_version=judged.verdict.ruleset_version,
        model_version=judged.verdict.model_version,
        evidence_digest=judged.digest,
        checks=[check.to_json() for check in checks],
        next_check=judged.verdict.next_check,
        plan_action=judged.plan.action,
        plan_reason=judged.plan.reason,
        plan_at=judged.plan.at,
        plan_params=dict(judged.plan.params),
        took_ms=round(judged.took_ms, 3),
    )
