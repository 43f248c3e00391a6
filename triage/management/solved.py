"""Which failures has the desk itself explained, for the machine to learn from?"""

from collections.abc import Iterator

from triage.diagnosis.evidence import Evidence
from triage.diagnosis.lessons import Case
from triage.models import FailureReport


def solved_cases() -> Iterator[Case]:
    """Yield a case for each report whose ticket has a current resolution.

    The category is the one that a person chose; the answer is the redacted one.
    """
    reports = FailureReport.objects.filter(
        ticket__resolutions__superseded_at=None, ticket__resolutions__isnull=False
    ).order_by("pk")
    rows = reports.values_list(
        "pk",
        "channel",
        "provider",
        "symptom",
        "provider_answer",
        "provider_code",
        "enhanced_code",
        "ticket__resolutions__category__slug",
    )
    for pk, channel, provider, symptom, answer, code, enhanced, category in rows:
        yield Case(
            id=str(pk),
            evidence=Evidence(channel, provider, symptom, answer, code, enhanced),
            accept=(category,),
            families=(category.partition(".")[0],),
        )
