"""How do tests come by taught rules? Each is taught the way the product teaches it."""

from django.utils import timezone

from tests.people import Person
from tests.work import category
from triage import teaching
from triage.models import DiagnosisRule, RehearsalState, RuleKind, RuleRehearsal

GREYLISTED = "server.greylisted"  # safe to send again
INACTIVE = "recipient.inactive"


def a_lesson(
    pattern: str = "box is asleep",
    cause: str = INACTIVE,
    *,
    kind: RuleKind = RuleKind.PHRASE,
    provider: str = "",
    channel: str = "",
    reason: str = "Their support said so.",
) -> teaching.Lesson:
    """What somebody wants to teach."""
    return teaching.Lesson(kind, pattern, category(cause), reason, provider, channel)


def taught(
    author: Person, pattern: str = "box is asleep", **lesson: str
) -> DiagnosisRule:
    """A rule that stands in the shadow."""
    return teaching.teach(author.actor, a_lesson(pattern, **lesson))  # type: ignore[arg-type]


def rehearsed(rule: DiagnosisRule, author: Person) -> RuleRehearsal:
    """A rehearsal of the rule that ended now, over whatever reports there are."""
    run = teaching.ask(rule.reference, author.actor, days=7, now=timezone.now())
    teaching.rehearse(run.pk, timezone.now)
    run.refresh_from_db()
    assert run.state == RehearsalState.DONE, run.fault
    return run


def switched_on(rule: DiagnosisRule, lead: Person) -> DiagnosisRule:
    """The rule, rehearsed and live."""
    rehearsed(rule, lead)
    return teaching.switch_on(rule.reference, lead.actor, seen=True, now=timezone.now())
