"""What can be taught, and what is wrong with a lesson that cannot?"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.models import FailureCategory
from triage.diagnosis import literal, taught
from triage.diagnosis.evidence import Evidence
from triage.diagnosis.literal import Flaw
from triage.models import DiagnosisRule, FailureReport, RuleKind
from triage.models.rule import REASON_MAX
from triage.tickets import Invalid, staff_text

MOST_STANDING = 500  # each one is asked about every failure
RETIRED = gettext_lazy("This rule is retired. Teach a new one instead.")
MASK = "‹"  # begins what redaction put in the place of a personal value


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a person wants to teach; empty ``provider`` and ``channel`` mean any."""

    kind: RuleKind
    pattern: str
    category: FailureCategory
    reason: str
    provider: str = ""
    channel: str = ""

    @property
    def tidy(self) -> str:
        """The pattern with white space as the judge reads it."""
        return " ".join(self.pattern.split())


def check(lesson: Lesson, reference: int | None = None) -> None:
    """Raise :class:`Invalid` for a lesson that cannot be taught.

    ``reference`` is the rule that it changes, if it changes one.
    """
    wrong = literal.flaw(lesson.tidy, of_code=lesson.kind == RuleKind.CODE)
    if wrong is not None:
        raise Invalid("pattern", flaw_in_words(wrong))
    if lesson.kind == RuleKind.PHRASE and _is_personal(lesson.tidy):
        raise Invalid(
            "pattern",
            _("This holds a personal value, or its mask. Write a * in its place."),
        )
    if not lesson.reason.strip() or len(lesson.reason) > REASON_MAX:
        raise Invalid("reason", _("Say in a sentence why this is so."))
    standing = DiagnosisRule.objects.standing()
    others = standing.exclude(reference=reference) if reference else standing
    twin = others.filter(
        provider=lesson.provider.strip() or None,
        channel=lesson.channel,
        kind=lesson.kind,
        pattern__iexact=lesson.tidy,
    ).first()
    if twin is not None:
        raise Invalid(
            "pattern",
            _("Rule %(number)d says something about this already. Change that one.")
            % {"number": twin.reference},
        )
    if standing.count() >= MOST_STANDING:
        raise Invalid(
            "pattern",
            _("There are %(max)d rules already. Retire one that says nothing.")
            % {"max": MOST_STANDING},
        )


def flaw_in_words(flaw: Flaw) -> str:
    """Say what is wrong with a pattern and what to do."""
    match flaw:
        case Flaw.EMPTY:
            return _("Write a code or a wording.")
        case Flaw.TOO_LONG:
            return _("A pattern may have %(max)d characters.") % {
                "max": literal.LONGEST_PATTERN
            }
        case Flaw.CONTROL:
            return _("The pattern holds characters that cannot be seen. Type it anew.")
        case Flaw.TOO_MANY_STARS:
            return _("A wording may have %(max)d stars.") % {"max": literal.MOST_STARS}
        case Flaw.TOO_LITTLE:
            return _("This is too short: it would stand in many answers by chance.")
        case Flaw.NOT_A_CODE:
            return _("A code is one word without a star.")


def _is_personal(pattern: str) -> bool:
    """Whether redaction has touched the words, or would: such words never recur."""
    return MASK in pattern or staff_text(pattern) != pattern


def is_same(rule: DiagnosisRule, lesson: Lesson) -> bool:
    """Whether a version says just what a lesson says."""
    return (
        rule.provider or "",
        rule.channel,
        rule.kind,
        rule.pattern,
        rule.category_id,
    ) == (
        lesson.provider.strip(),
        lesson.channel,
        lesson.kind,
        lesson.tidy,
        lesson.category.pk,
    )


def fits(lesson: Lesson, report: FailureReport) -> bool:
    """Whether a rule that says this would speak about a report."""
    evidence = Evidence(
        channel=report.channel,
        provider=report.provider,
        symptom=report.symptom,
        answer=report.provider_answer,
        provider_code=report.provider_code,
        enhanced_code=report.enhanced_code,
        detail=report.detail,
    )
    rule = taught.Rule(
        reference=0,
        number=0,
        kind=taught.Kind(lesson.kind),
        pattern=lesson.tidy,
        category=lesson.category.slug,
        provider=lesson.provider.strip(),
        channel=lesson.channel,
    )
    return taught.speaks(evidence, rule)
