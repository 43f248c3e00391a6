"""What does a stored diagnosis say, as the values that it was made of?"""

from deliveries.models import MessageState, Outcome
from triage.diagnosis.changes import Run
from triage.diagnosis.evidence import Reason
from triage.diagnosis.plan import Action, Plan, Why
from triage.models import Diagnosis, FailureReport, ReportState

UNSETTLED = (
    ReportState.RECEIVED,
    ReportState.DIAGNOSED,
    ReportState.REPAIRING,
    ReportState.TICKETED,
)
RUNNING = (Outcome.PLANNED, Outcome.SENDING)


def plan_of(diagnosis: Diagnosis) -> Plan | None:
    """Return the plan; None for a row of a time before plans, or of other words."""
    known = diagnosis.plan_action in set(Action) and diagnosis.plan_reason in set(Why)
    if not known:
        return None
    return Plan(
        Action(diagnosis.plan_action),
        Why(diagnosis.plan_reason),
        diagnosis.plan_at,
        diagnosis.plan_params,
    )


def standing_plan(diagnosis: Diagnosis, report: FailureReport) -> Plan | None:
    """Return the plan as it stands for a report now; None once it is settled.

    A try that a person has asked for meanwhile takes the place of waiting for one.
    """
    if report.state not in UNSETTLED:
        return None
    plan = plan_of(diagnosis)
    if plan is None or plan.sends or report.message is None:
        return plan
    if report.message.state not in (MessageState.RETRY_WAIT, MessageState.SENDING):
        return plan
    running = report.message.attempts.filter(outcome__in=RUNNING).first()
    planned = running is not None and running.outcome == Outcome.PLANNED
    at = running.due_at if running is not None and planned else None
    return Plan(Action.RETRY_AT, Why.UNDER_WAY, at)


def run_of(diagnosis: Diagnosis) -> Run:
    """Return the whole run; its findings and their categories are fetched already."""
    findings = list(diagnosis.findings.all())
    first = findings[0] if findings else None
    return Run(
        causes={each.category.slug: each.confidence for each in findings},
        speaks_for=reasons_of(first.speaks_for) if first else (),
        speaks_against=reasons_of(first.speaks_against) if first else (),
        checks={each["code"]: each["outcome"] for each in diagnosis.checks},
        plan=(diagnosis.plan_action, diagnosis.plan_at),
        ruleset_version=diagnosis.ruleset_version,
        model_version=diagnosis.model_version,
    )


def reasons_of(stored: list[dict[str, object]]) -> tuple[Reason, ...]:
    """Read the reasons of a finding back."""
    return tuple(Reason.from_json(each) for each in stored)  # type: ignore[arg-type]  # a JSON column
