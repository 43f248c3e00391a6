"""Which taught rules count now?"""

from triage.diagnosis.taught import Kind, Rule, Rulebook
from triage.models import DiagnosisRule, RuleMode


def now() -> Rulebook:
    """Read what operators have taught, once for a whole batch; one query."""
    standing = DiagnosisRule.objects.standing().select_related("category")
    rows = list(standing.order_by("pk"))
    live = [rule_of(row) for row in rows if row.mode == RuleMode.LIVE]
    shadow = [rule_of(row) for row in rows if row.mode == RuleMode.SHADOW]
    return Rulebook(tuple(live), tuple(shadow))


def rule_of(row: DiagnosisRule) -> Rule:
    """A stored version of a rule as the judge reads it."""
    return Rule(
        reference=row.reference,
        number=row.number,
        kind=Kind(row.kind),
        pattern=row.pattern,
        category=row.category.slug,
        provider=row.provider or "",
        channel=row.channel,
    )
