"""What would rules in the shadow have said about what was just diagnosed?"""

from collections.abc import Iterator, Sequence

from deliveries.models import FailureCategory
from triage.diagnosis import engine, taught
from triage.diagnosis.evidence import Evidence, Verdict
from triage.diagnosis.taught import Rulebook
from triage.models import Diagnosis, DiagnosisRule, ShadowVerdict


def write(
    rulebook: Rulebook,
    diagnoses: Sequence[Diagnosis],
    evidence: Sequence[Evidence],
    verdicts: Sequence[Verdict],
) -> None:
    """Write down what each rule in the shadow that was spoken to would have said.

    All lists are in one order. Three statements if any rule was spoken to, else none.
    """
    heard = [
        (diagnosis, verdict.findings[0].category, rule, would)
        for diagnosis, known, verdict in zip(diagnoses, evidence, verdicts, strict=True)
        for rule, would in _heard(rulebook, known)
    ]
    if not heard:
        return
    ids = {
        (reference, number): pk
        for pk, reference, number in DiagnosisRule.objects.standing()
        .filter(reference__in={rule.reference for _, _, rule, _ in heard})
        .values_list("pk", "reference", "number")
    }
    categories = {each.slug: each for each in FailureCategory.objects.all()}
    ShadowVerdict.objects.bulk_create(
        ShadowVerdict(
            rule_id=ids[rule.reference, rule.number],
            diagnosis=diagnosis,
            said=categories[said],
            would=categories[would],
        )
        for diagnosis, said, rule, would in heard
        if (rule.reference, rule.number) in ids  # or it was retired meanwhile
    )


def _heard(rulebook: Rulebook, known: Evidence) -> Iterator[tuple[taught.Rule, str]]:
    for rule in taught.speaking(known, rulebook.shadow):
        verdict = engine.diagnose(known, rulebook.with_live(rule))
        yield rule, verdict.findings[0].category
