"""What does a stored diagnosis say, as the values that it was made of?"""

from triage.diagnosis.changes import Run
from triage.diagnosis.evidence import Reason
from triage.diagnosis.plan import Action, Plan, Why
from triage.models import Diagnosis


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
