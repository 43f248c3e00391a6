"""Who may teach the diagnosis, and what must come before a rule counts?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import FailureCategory
from tests.people import Person, make_member
from tests.rules import GREYLISTED, INACTIVE, a_lesson, rehearsed, switched_on, taught
from tests.work import RELAY_DENIED, make_report
from triage import diagnosis, teaching, tickets
from triage.diagnosis import rulebook
from triage.models import (
    Diagnosis,
    DiagnosisRule,
    RuleEvent,
    RuleKind,
    RuleMode,
    RuleRehearsal,
    ShadowVerdict,
)
from triage.models.rehearsal import GOOD_FOR
from triage.teaching import lessons

pytestmark = pytest.mark.django_db

ASLEEP = "550 5.1.1 User unknown: the box is asleep"


def diagnosed(answer: str = ASLEEP, **report: object) -> Diagnosis:
    """The newest diagnosis of a new report."""
    row = make_report(cause=None, answer=answer, **report)  # type: ignore[arg-type]
    diagnosis.diagnose([row], timezone.now())
    row.save()
    return row.diagnoses.get()


def first_of(row: Diagnosis) -> str:
    return row.findings.get(rank=1).category.slug


def refused(rule: DiagnosisRule, person: Person, *, seen: bool = True) -> str:
    """What the desk answers to somebody who wants to switch a rule on."""
    with pytest.raises(tickets.Invalid) as caught:
        teaching.switch_on(rule.reference, person.actor, seen=seen, now=timezone.now())
    rule.refresh_from_db()
    assert rule.mode == RuleMode.SHADOW
    return caught.value.message


def acts(rule: DiagnosisRule) -> list[str]:
    rows = RuleEvent.objects.filter(rule__reference=rule.reference).order_by("pk")
    return [f"{each.act} v{each.rule.number}" for each in rows]


# --- who ------------------------------------------------------------------------------


def test_ana_may_neither_teach_nor_rehearse_nor_switch_on(
    ana: Person, leo: Person
) -> None:
    rule = taught(leo)
    rehearsed(rule, leo)
    now = timezone.now()
    for act in (
        lambda: teaching.teach(ana.actor, a_lesson("other words")),
        lambda: teaching.change(
            rule.reference, ana.actor, a_lesson("other words"), now=now
        ),
        lambda: teaching.ask(rule.reference, ana.actor, days=7, now=now),
        lambda: teaching.stop(rule.reference, ana.actor, now=now),
        lambda: teaching.switch_on(rule.reference, ana.actor, seen=True, now=now),
        lambda: teaching.switch_off(rule.reference, ana.actor, now=now),
        lambda: teaching.retire(rule.reference, ana.actor, now=now),
    ):
        with pytest.raises(tickets.Forbidden):
            act()
    assert acts(rule) == ["taught v1"]
    assert RuleRehearsal.objects.count() == 1


def test_kim_teaches_and_leo_switches_on(kim: Person, leo: Person) -> None:
    rule = taught(kim)
    rehearsed(rule, kim)
    with pytest.raises(tickets.Forbidden):
        teaching.switch_on(rule.reference, kim.actor, seen=True, now=timezone.now())
    teaching.switch_on(rule.reference, leo.actor, seen=False, now=timezone.now())
    rule.refresh_from_db()
    assert (rule.mode, rule.mode_by) == (RuleMode.LIVE, leo.user)
    assert acts(rule) == ["taught v1", "switched_on v1"]


def test_a_rule_that_is_not_there_is_not_found(leo: Person) -> None:
    with pytest.raises(tickets.NotFound):
        teaching.retire(999, leo.actor, now=timezone.now())
    with pytest.raises(tickets.NotFound):
        teaching.ask(999, leo.actor, days=7, now=timezone.now())


# --- shadow, live, retired ------------------------------------------------------------


def test_a_rule_counts_from_the_moment_it_is_switched_on(leo: Person) -> None:
    before = diagnosed()
    rule = taught(leo)
    in_shadow = diagnosed()
    switched_on(rule, leo)
    live = diagnosed()
    teaching.switch_off(rule.reference, leo.actor, now=timezone.now())
    after = diagnosed()
    found = [first_of(each) for each in (before, in_shadow, live, after)]
    unknown = "recipient.unknown"
    assert found == [unknown, unknown, INACTIVE, unknown]
    assert before.ruleset_version == in_shadow.ruleset_version == after.ruleset_version
    assert live.ruleset_version.startswith(f"{before.ruleset_version}+")
    spoke = live.findings.get(rank=1).speaks_for[0]
    assert (spoke["rule"], spoke["version"]) == (f"taught.{rule.reference}", 1)
    assert acts(rule) == ["taught v1", "switched_on v1", "to_shadow v1"]


def test_rules_are_read_once_for_a_whole_batch(
    leo: Person,
) -> None:
    switched_on(taught(leo), leo)

    def cost(count: int) -> int:
        reports = [make_report(cause=None, answer=ASLEEP) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            diagnosis.diagnose(reports, timezone.now())
        return len(queries)

    assert cost(1) == cost(20)


def test_the_shadow_notes_what_a_rule_would_have_said(leo: Person) -> None:
    rule = taught(leo)
    row = diagnosed()
    diagnosed("452 4.2.2 The mailbox is full")
    (verdict,) = ShadowVerdict.objects.all()
    assert (verdict.diagnosis, verdict.rule) == (row, rule)
    assert (verdict.said.slug, verdict.would.slug) == ("recipient.unknown", INACTIVE)
    figures = ShadowVerdict.objects.figures(rule)
    assert (figures["heard"], figures["changed"]) == (1, 1)


def test_a_change_is_a_new_version_and_the_live_one_goes_on(leo: Person) -> None:
    rule = switched_on(taught(leo), leo)
    changed = teaching.change(
        rule.reference,
        leo.actor,
        a_lesson("box is asleep", "recipient.moved"),
        now=timezone.now(),
    )
    assert (changed.number, changed.replaces) == (2, rule)
    assert first_of(diagnosed()) == INACTIVE
    rehearsed(changed, leo)
    teaching.switch_on(rule.reference, leo.actor, seen=True, now=timezone.now())
    assert first_of(diagnosed()) == "recipient.moved"
    rule.refresh_from_db()
    assert rule.retired_by == leo.user
    assert acts(rule) == [
        "taught v1",
        "switched_on v1",
        "changed v2",
        "retired v1",
        "switched_on v2",
    ]


def test_a_change_ends_an_older_version_in_the_shadow(leo: Person) -> None:
    rule = taught(leo)
    teaching.change(
        rule.reference, leo.actor, a_lesson("box sleeps"), now=timezone.now()
    )
    assert [each.number for each in DiagnosisRule.objects.standing()] == [2]


def test_switching_off_beside_a_newer_version_ends_the_live_one(leo: Person) -> None:
    rule = switched_on(taught(leo), leo)
    lesson = a_lesson("box sleeps")
    teaching.change(rule.reference, leo.actor, lesson, now=timezone.now())
    teaching.switch_off(rule.reference, leo.actor, now=timezone.now())
    book = rulebook.now()
    assert (book.live, [each.number for each in book.shadow]) == ((), [2])


def test_a_retired_rule_is_silent_and_stays_so(leo: Person) -> None:
    rule = switched_on(taught(leo), leo)
    teaching.retire(rule.reference, leo.actor, now=timezone.now())
    assert first_of(diagnosed()) == "recipient.unknown"
    assert not ShadowVerdict.objects.exists()
    for act in (
        lambda: teaching.ask(rule.reference, leo.actor, days=7, now=timezone.now()),
        lambda: teaching.switch_off(rule.reference, leo.actor, now=timezone.now()),
    ):
        with pytest.raises(tickets.Invalid, match="retired"):
            act()


# --- what must come before ------------------------------------------------------------


def test_nothing_is_switched_on_without_a_rehearsal(leo: Person) -> None:
    rule = taught(leo)
    assert "Rehearse this version first" in refused(rule, leo)
    run = rehearsed(rule, leo)
    RuleRehearsal.objects.filter(pk=run.pk).update(
        ended_at=timezone.now() - GOOD_FOR - timedelta(minutes=1)
    )
    assert "Rehearse this version first" in refused(rule, leo)


def test_a_rehearsal_of_an_earlier_text_does_not_count(leo: Person) -> None:
    rule = taught(leo)
    rehearsed(rule, leo)
    newer = teaching.change(
        rule.reference, leo.actor, a_lesson("box sleeps"), now=timezone.now()
    )
    assert "Rehearse this version first" in refused(newer, leo)


def test_what_is_sent_again_at_once_needs_a_second_person_who_has_looked(
    leo: Person, ada: Person
) -> None:
    rule = taught(leo, cause=GREYLISTED)
    assert rule.resends
    rehearsed(rule, leo)
    assert "somebody else" in refused(rule, leo)
    assert "looked at the rehearsal" in refused(rule, ada, seen=False)
    teaching.switch_on(rule.reference, ada.actor, seen=True, now=timezone.now())
    assert first_of(diagnosed()) == GREYLISTED


def test_a_cause_that_became_safe_since_needs_the_second_person_too(
    leo: Person,
) -> None:
    rule = taught(leo, cause=RELAY_DENIED)
    rehearsed(rule, leo)
    FailureCategory.objects.filter(slug=RELAY_DENIED).update(retry_class="safe")
    assert "somebody else" in refused(rule, leo)


def test_two_roles_in_one_person_are_not_two_persons(leo: Person) -> None:
    leo.user.is_superuser = True
    leo.user.save()
    rule = taught(leo, cause=GREYLISTED)
    rehearsed(rule, leo)
    assert "somebody else" in refused(rule, leo)


def test_a_live_rule_is_not_switched_on_again(leo: Person) -> None:
    rule = switched_on(taught(leo), leo)
    with pytest.raises(tickets.Invalid, match="live already"):
        teaching.switch_on(rule.reference, leo.actor, seen=True, now=timezone.now())


# --- what can be taught ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("lesson", "field", "words"),
    [
        ({"pattern": "of"}, "pattern", "too short"),
        ({"pattern": "a*b*c*d*e*f"}, "pattern", "stars"),
        ({"pattern": "two words", "kind": RuleKind.CODE}, "pattern", "one word"),
        ({"pattern": "box\x07asleep"}, "pattern", "cannot be seen"),
        ({"pattern": "x" * 201}, "pattern", "200 characters"),
        ({"pattern": "no box jo@example.org here"}, "pattern", "personal value"),
        ({"pattern": "no box ‹email:1a2b› here"}, "pattern", "personal value"),
        ({"reason": "  "}, "reason", "why"),
    ],
)
def test_a_lesson_that_makes_no_sense_is_refused_with_words(
    leo: Person, lesson: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(tickets.Invalid, match=words) as caught:
        teaching.teach(leo.actor, a_lesson(**lesson))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert not DiagnosisRule.objects.exists()


def test_the_same_is_not_taught_twice(leo: Person) -> None:
    rule = taught(leo, provider="northpost")
    with pytest.raises(tickets.Invalid, match=f"Rule {rule.reference} says"):
        taught(leo, "BOX is  asleep", provider="northpost")
    assert taught(leo, provider="southpost").reference != rule.reference
    with pytest.raises(tickets.Invalid, match="Nothing was changed"):
        teaching.change(
            rule.reference,
            leo.actor,
            a_lesson("box is asleep", provider="northpost"),
            now=timezone.now(),
        )


def test_there_is_an_end_to_the_rules(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "MOST_STANDING", 1)
    taught(leo)
    with pytest.raises(tickets.Invalid, match="1 rules already"):
        taught(leo, "other words")


def test_a_person_with_no_role_teaches_nothing(db: None) -> None:
    nobody = make_member("nobody")
    with pytest.raises(tickets.Forbidden):
        teaching.teach(nobody.actor, a_lesson())
