"""Can operators teach the diagnosis on its pages, and only as far as they may?"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, make_person
from tests.rules import GREYLISTED, INACTIVE, rehearsed, switched_on, taught
from tests.work import category, make_report, make_ticket
from triage import diagnosis, resolution, teaching
from triage.models import (
    DiagnosisRule,
    FailureReport,
    MemberRole,
    Queue,
    RehearsalState,
    RuleRehearsal,
)

pytestmark = pytest.mark.django_db

RULES = "/diagnosis/rules/"
ASLEEP = "550 5.1.1 User unknown: the box is asleep"
LESSON = {
    "kind": "phrase",
    "pattern": "box is asleep",
    "provider": "northpost",
    "channel": "email",
    "category": INACTIVE,
    "reason": "Their support said so.",
}


def path(rule: DiagnosisRule, rest: str = "") -> str:
    return f"{RULES}{rule.reference}/{rest}"


def patterns(page: Any) -> list[str]:
    return [row["pattern"] for row in page.context["page"]["rows"]]


# --- the list -------------------------------------------------------------------------


def test_the_list_is_narrowed_by_provider_kind_mode_and_cause(leo: Person) -> None:
    switched_on(taught(leo, "box is asleep"), leo)
    taught(leo, "box is awake", provider="northpost", cause="recipient.moved")
    gone = taught(leo, "box is gone")
    teaching.retire(gone.reference, leo.actor, now=timezone.now())
    taught(leo, "E-77", kind="code")
    for query, expected in (
        ("", ["E-77", "box is awake", "box is asleep"]),
        ("?mode=live", ["box is asleep"]),
        ("?mode=shadow", ["E-77", "box is awake"]),
        ("?mode=retired", ["box is gone"]),
        ("?provider=NorthPost", ["box is awake"]),
        ("?kind=code", ["E-77"]),
        ("?category=recipient.moved", ["box is awake"]),
    ):
        assert patterns(leo.browser.get(RULES + query)) == expected, query
    assert leo.browser.get(f"{RULES}?mode=loud").status_code == 400


def test_a_change_of_the_filters_brings_the_rows_alone(leo: Person) -> None:
    taught(leo)
    page = leo.browser.get(f"{RULES}?kind=code", headers={"HX-Request": "true"})
    assert "<html" not in page.text
    assert "No rule matches" in page.text


def test_an_empty_list_says_how_it_begins(leo: Person, ana: Person) -> None:
    page = leo.browser.get(RULES)
    assert "Nothing has been taught yet" in page.text
    assert f"{RULES}new/" in page.text
    assert f"{RULES}new/" not in ana.browser.get(RULES).text


def test_the_list_is_paged_both_ways(
    leo: Person, make_many: Callable[[int], None]
) -> None:
    make_many(51)
    first = leo.browser.get(RULES)
    second = leo.browser.get(first.context["page"]["next_url"])
    assert (len(patterns(first)), len(patterns(second))) == (50, 1)
    back = leo.browser.get(second.context["page"]["previous_url"])
    assert patterns(back) == patterns(first)
    assert leo.browser.get(f"{RULES}?cursor=made-up").status_code == 404


def test_the_list_costs_the_same_queries_at_1_and_at_50_rules(
    leo: Person, make_many: Callable[[int], None]
) -> None:
    make_many(1)
    few = queries_of(leo.browser, RULES)
    make_many(49)
    assert queries_of(leo.browser, RULES) == few
    assert few <= 7


# --- teaching -------------------------------------------------------------------------


def test_leo_teaches_a_rule(leo: Person) -> None:
    answer = leo.browser.post(f"{RULES}new/", LESSON)
    rule = DiagnosisRule.objects.get()
    assert answer["Location"] == path(rule)
    assert (rule.pattern, rule.provider, rule.mode) == (
        "box is asleep",
        "northpost",
        "shadow",
    )
    page = leo.browser.get(path(rule))
    assert "Their support said so." in page.text
    assert "This version was never rehearsed" in page.text


def test_what_was_typed_is_kept_beside_what_is_wrong_with_it(leo: Person) -> None:
    page = leo.browser.post(f"{RULES}new/", {**LESSON, "pattern": "of"})
    assert page.status_code == 400
    assert "too short" in page.text
    assert "Their support said so." in page.text
    assert not DiagnosisRule.objects.exists()


def test_a_ticket_leads_to_a_form_that_is_filled_in(leo: Person, ana: Person) -> None:
    ticket = make_ticket(answer=ASLEEP, provider="northpost", assignee=leo.user)
    report = FailureReport.objects.get()
    FailureReport.objects.update(enhanced_code="5.1.1")
    choice = resolution.Answer(category(INACTIVE))
    resolution.resolve(ticket.number, leo.actor, choice, now=timezone.now())
    address = f"{RULES}new/?report={report.public_id}"
    assert address in leo.browser.get(f"/tickets/{ticket.number}/").text
    assert (
        "diagnosis/rules/new" not in ana.browser.get(f"/tickets/{ticket.number}/").text
    )
    page = leo.browser.get(address)
    assert ASLEEP in page.text
    assert page.context["form"].initial == {
        "kind": "code",
        "pattern": "5.1.1",
        "provider": "northpost",
        "channel": "email",
        "category": INACTIVE,
    }


def test_words_that_do_not_stand_in_the_report_are_refused(leo: Person) -> None:
    make_ticket(answer=ASLEEP, provider="northpost")
    report = FailureReport.objects.get()
    lesson = {**LESSON, "report": report.public_id}
    page = leo.browser.post(f"{RULES}new/", {**lesson, "pattern": "box is awake"})
    assert page.status_code == 400
    assert "does not stand in the report" in page.text
    assert leo.browser.post(f"{RULES}new/", lesson).status_code == 302


def test_eve_teaches_nothing_from_a_report_that_she_does_not_see(
    eve: Person, leo: Person
) -> None:
    make_ticket(answer=ASLEEP)
    report = FailureReport.objects.get()
    eve.user.memberships.update(role=MemberRole.LEAD)
    address = f"{RULES}new/?report={report.public_id}"
    assert eve.browser.get(address).status_code == 404
    lesson = {**LESSON, "report": report.public_id}
    assert eve.browser.post(f"{RULES}new/", lesson).status_code == 404
    assert leo.browser.get(address).status_code == 200


def test_a_change_begins_with_what_is_said_now(leo: Person) -> None:
    rule = taught(leo, provider="northpost")
    page = leo.browser.get(path(rule, "change/"))
    assert page.context["form"].initial["pattern"] == "box is asleep"
    leo.browser.post(path(rule, "change/"), {**LESSON, "pattern": "box sleeps"})
    page = leo.browser.get(path(rule))
    assert [each["number"] for each in page.context["versions"]] == [2, 1]
    same = leo.browser.post(path(rule, "change/"), {**LESSON, "pattern": "box sleeps"})
    assert same.status_code == 400


# --- one rule -------------------------------------------------------------------------


def test_a_rule_is_rehearsed_switched_on_and_off_and_retired(leo: Person) -> None:
    rule = taught(leo)
    leo.browser.post(path(rule, "rehearsals/"), {"days": "30"})
    run = RuleRehearsal.objects.get()
    assert (run.days, run.state) == (30, RehearsalState.QUEUED)
    waiting = leo.browser.get(path(rule))
    assert f'hx-get="{path(rule, "rehearsal/")}"' in waiting.text
    assert "Waiting for a worker." in waiting.text
    teaching.rehearse(run.pk, timezone.now)
    for rest, data in (
        ("mode/", {"mode": "live"}),
        ("mode/", {"mode": "shadow"}),
        ("retirement/", {}),
    ):
        assert leo.browser.post(path(rule, rest), data).status_code == 302
    page = leo.browser.get(path(rule))
    acts = [str(each["act"]) for each in page.context["events"]]
    assert acts == ["Retired", "Back to the shadow", "Switched on", "Taught"]
    assert not any(page.context["actions"].values())


def test_a_rehearsal_is_stopped(leo: Person) -> None:
    rule = taught(leo)
    leo.browser.post(path(rule, "rehearsals/"), {"days": "7"})
    leo.browser.post(path(rule, "rehearsal/end/"))
    assert RuleRehearsal.objects.get().state == RehearsalState.CANCELLED
    assert "It was stopped before its end" in leo.browser.get(path(rule)).text


def test_days_that_are_not_offered_are_refused(leo: Person) -> None:
    rule = taught(leo)
    for days in ("365", "x", ""):
        answer = leo.browser.post(
            path(rule, "rehearsals/"), {"days": days}, follow=True
        )
        assert "Choose how many days to look back." in answer.text
    assert not RuleRehearsal.objects.exists()


def test_the_result_of_a_rehearsal_is_told_with_its_examples(
    leo: Person, eve: Person
) -> None:
    ticket = make_ticket(cause="recipient.unknown", answer=ASLEEP, reports=2)
    rule = taught(leo)
    rehearsed(rule, leo)
    page = leo.browser.get(path(rule, "rehearsal/"))
    assert "It would have changed 2 diagnoses" in page.text
    assert "<html" not in page.text
    assert f"/tickets/{ticket.number}/" in page.text
    assert 'hx-swap-oob="true"' in page.text
    hidden = eve.browser.get(path(rule, "rehearsal/"))
    assert "It would have changed 2 diagnoses" in hidden.text
    assert f"/tickets/{ticket.number}/" not in hidden.text
    assert "lie in queues that you do not see" in hidden.text


def test_what_would_be_sent_again_at_once_is_a_warning(leo: Person) -> None:
    make_report(cause="recipient.unknown", answer=ASLEEP)
    rule = taught(leo, cause=GREYLISTED)
    rehearsed(rule, leo)
    page = leo.browser.get(path(rule))
    assert "1 message would newly be sent again at once" in page.text
    assert "somebody else has to switch the rule on" in page.text
    mira = make_person("mira", MemberRole.LEAD, Queue.objects.get(slug="general"))
    assert 'name="seen"' in mira.browser.get(path(rule)).text
    unseen = mira.browser.post(path(rule, "mode/"), {"mode": "live"}, follow=True)
    assert "Say that you have looked at the rehearsal." in unseen.text
    mira.browser.post(path(rule, "mode/"), {"mode": "live", "seen": "on"})
    rule.refresh_from_db()
    assert rule.is_live


@pytest.mark.parametrize("fault", ["crashed", "died", "no_worker"])
def test_a_rehearsal_that_failed_says_what_to_do(leo: Person, fault: str) -> None:
    rule = taught(leo)
    RuleRehearsal.objects.create(
        rule=rule,
        days=7,
        asked_by=leo.user,
        state=RehearsalState.FAILED,
        ended_at=timezone.now(),
        fault=fault,
    )
    page = leo.browser.get(path(rule))
    assert "The rehearsal failed" in page.text
    assert "ehearse again." in page.text


def test_the_figures_of_the_shadow_are_told(leo: Person) -> None:
    rule = taught(leo)
    reports = []
    for _ in range(3):
        report = make_report(cause=None, answer=ASLEEP)
        diagnosis.diagnose([report], timezone.now())
        report.save()
        reports.append(report)
    ticket = make_ticket(assignee=leo.user)
    FailureReport.objects.filter(pk=reports[0].pk).update(ticket=ticket)
    choice = resolution.Answer(category(INACTIVE))
    resolution.resolve(ticket.number, leo.actor, choice, now=timezone.now())
    page = leo.browser.get(path(rule))
    assert page.context["shadow"] == {
        "heard": 3,
        "changed": 3,
        "agreed": 1,
        "differed": 0,
        "undecided": 2,
    }
    assert "It would have changed 3 of the 3 failures" in page.text


def test_a_rule_that_is_not_there_is_missing(leo: Person) -> None:
    for rest in ("", "change/", "rehearsal/"):
        assert leo.browser.get(f"{RULES}999/{rest}").status_code == 404
    assert leo.browser.get(f"{RULES}{10**20}/").status_code == 404
    assert leo.browser.get(f"{RULES}new/?report=rep_gone").status_code == 404
    assert leo.browser.get(f"{RULES}new/?report=%00").status_code == 400
    for rest in ("rehearsals/", "mode/", "retirement/"):
        assert leo.browser.post(f"{RULES}999/{rest}", {"days": "7"}).status_code == 404


def test_an_agent_reads_a_rule_and_is_offered_nothing(leo: Person, ana: Person) -> None:
    rule = taught(leo)
    page = ana.browser.get(path(rule))
    assert page.status_code == 200
    assert f'action="{path(rule)}' not in page.text
    assert path(rule, "change/") not in page.text


def test_the_page_of_a_rule_costs_the_same_with_1_and_with_20_versions(
    leo: Person,
) -> None:
    rule = taught(leo)
    rehearsed(rule, leo)
    few = queries_of(leo.browser, path(rule))
    for number in range(19):
        leo.browser.post(
            path(rule, "change/"), {**LESSON, "pattern": f"box {number} sleeps"}
        )
        newest = DiagnosisRule.objects.of(rule.reference)[0]
    for _ in range(9):
        make_ticket(cause="recipient.unknown", answer="550 box 18 sleeps")
    rehearsed(newest, leo)
    assert queries_of(leo.browser, path(rule)) <= few
    assert few <= 9


def test_the_pages_speak_chinese(leo: Person) -> None:
    leo.browser.cookies["django_language"] = "zh-hans"
    rule = taught(leo)
    assert "诊断规则" in leo.browser.get(RULES).text
    assert "尚未预演" in leo.browser.get(path(rule)).text


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


@pytest.fixture
def make_many(leo: Person) -> Callable[[int], None]:
    """Makes rules, each of another author and provider."""

    def make(count: int) -> None:
        for _ in range(count):
            number = DiagnosisRule.objects.count()
            author = make_person(f"author-{number}", None, None)
            rule = taught(leo, f"wording {number}", provider=f"provider-{number}")
            DiagnosisRule.objects.filter(pk=rule.pk).update(author=author.user)

    return make
