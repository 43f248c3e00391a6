"""Is an operator's rule taught, rehearsed and switched on in a real browser?"""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.chromium import Desk, look_at
from tests.people import Person, make_person
from tests.rules import GREYLISTED, rehearsed, switched_on, taught
from tests.work import category, make_report, make_ticket
from triage import diagnosis, resolution, teaching
from triage.models import (
    DiagnosisRule,
    FailureReport,
    MemberRole,
    Queue,
    RuleRehearsal,
    Ticket,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ASLEEP = "550 5.1.1 User unknown:\r\n the Box  is asleep since ‹date:1a2b›"


@pytest.fixture
def ticket(leo: Person) -> Ticket:
    """A ticket about an answer that the machine misreads."""
    made = make_ticket(cause="recipient.unknown", answer=ASLEEP, provider="northpost")
    diagnosis.diagnose(list(made.reports.all()), timezone.now())
    return made


def let_the_worker_run() -> None:
    """What a worker of RQ does when it is rung for."""
    run = RuleRehearsal.objects.unfinished().get()
    teaching.rehearse(run.pk, timezone.now)


def select_words(page: Page, words: str) -> None:
    """Select words of the answer, as a person does with the mouse."""
    page.locator("[data-answer]").evaluate(
        """(answer, words) => {
          const text = answer.firstChild;
          const start = text.data.indexOf(words);
          const range = document.createRange();
          range.setStart(text, start);
          range.setEnd(text, start + words.length);
          const chosen = document.getSelection();
          chosen.removeAllRanges();
          chosen.addRange(range);
        }""",
        words,
    )


def test_a_rule_is_taught_rehearsed_and_switched_on(
    desk: Desk, leo: Person, ticket: Ticket
) -> None:
    visit = desk.visit(leo).go(f"/tickets/{ticket.number}/")
    page = visit.page
    page.get_by_role("link", name="Teach this").click()
    select_words(page, "Box  is asleep")
    page.get_by_role("button", name="Use the selected words").click()
    expect(page.locator("[name=pattern]")).to_have_value("Box is asleep")
    expect(page.get_by_label("Wording", exact=True)).to_be_checked()
    expect(page.locator("[name=provider]")).to_have_value("northpost")
    page.locator("[name=category]").select_option("recipient.inactive")
    page.locator("[name=reason]").fill("Their support said so.")
    visit.look("teach")
    page.get_by_role("button", name="Teach").click()
    expect(page.get_by_role("button", name="Switch on")).to_have_attribute(
        "aria-disabled", "true"
    )
    page.get_by_role("button", name="Rehearse").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    visit.look("rehearsal runs")
    page.evaluate("window.same = true")
    let_the_worker_run()
    expect(page.locator(".finding")).to_have_text(
        "It would have changed 1 diagnosis", timeout=15_000
    )
    expect(page.locator("[data-live]")).to_have_text(
        "It would have changed 1 diagnosis"
    )
    assert page.evaluate("window.same") is True  # nobody loaded the page again
    page.get_by_text("Examples", exact=True).first.click()
    expect(page.get_by_role("link", name=f"#{ticket.number}")).to_be_visible()
    visit.look("rehearsal done")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("The rule is live: it votes from now on.")).to_be_visible()
    next_report = make_report(cause=None, answer=ASLEEP)
    diagnosis.diagnose([next_report], timezone.now())
    assert next_report.category is not None
    assert next_report.category.slug == "recipient.inactive"


def test_without_scripts_the_rehearsal_is_seen_by_a_reload(
    desk: Desk, leo: Person, ticket: Ticket
) -> None:
    rule = taught(leo)
    visit = desk.visit(leo, scripts=False).go(f"/diagnosis/rules/{rule.reference}/")
    visit.page.get_by_role("button", name="Rehearse").click()
    expect(visit.page.get_by_text("Waiting for a worker.")).to_be_visible()
    let_the_worker_run()
    visit.page.reload()
    expect(visit.page.locator(".finding")).to_be_visible()
    visit.go(f"/diagnosis/rules/new/?report={FailureReport.objects.get().public_id}")
    expect(visit.page.locator("[data-answer]")).to_be_visible()
    expect(visit.page.locator("[data-takes-words]")).to_be_hidden()


def test_the_filters_of_the_rules_bring_rows_without_a_reload(
    desk: Desk, leo: Person
) -> None:
    taught(leo)
    visit = desk.visit(leo).go("/diagnosis/rules/")
    visit.page.evaluate("window.same = true")
    visit.page.get_by_label("Kind").select_option("code")
    expect(visit.page.get_by_role("heading", name="No rule matches")).to_be_visible()
    expect(visit.page.locator("[data-live]")).to_have_text("No rule matches")
    assert visit.page.evaluate("window.same") is True


@pytest.fixture
def world(leo: Person, ticket: Ticket, general: Queue) -> dict[str, DiagnosisRule]:
    """Rules in every mode, one that warns, and tickets that were decided."""
    for cause, answer in (
        ("recipient.unknown", ASLEEP),
        ("recipient.inactive", ASLEEP),
        ("config.sender_auth", "550 5.7.26 SPF and DKIM did not pass"),
        ("rate.sender_throttled", "554 5.7.1 Message refused by policy"),
    ):
        made = make_ticket(cause="recipient.unknown", answer=answer, assignee=leo.user)
        diagnosis.diagnose(list(made.reports.all()), timezone.now())
        choice = resolution.Answer(category(cause))
        resolution.resolve(made.number, leo.actor, choice, now=timezone.now())
    live = switched_on(taught(leo, provider="northpost"), leo)
    mira = make_person("mira", MemberRole.LEAD, general)
    risky = taught(mira, "the box * since", cause=GREYLISTED)
    report = make_report(cause=None, answer=ASLEEP)
    diagnosis.diagnose([report], timezone.now())
    report.save()
    rehearsed(risky, mira)
    fresh = taught(leo, "E-77-" + "X" * 60, kind="code", channel="push")
    waiting = taught(leo, "未找到该收件箱 * 停用")
    teaching.ask(waiting.reference, leo.actor, days=30, now=timezone.now())
    gone = taught(leo, "words that are gone")
    teaching.retire(gone.reference, leo.actor, now=timezone.now())
    return {
        "live": live,
        "risky": risky,
        "fresh": fresh,
        "waiting": waiting,
        "gone": gone,
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_the_diagnosis_is_whole(
    desk: Desk, leo: Person, world: dict[str, DiagnosisRule], language: str
) -> None:
    visit = desk.visit(leo, language=language)
    report = FailureReport.objects.order_by("pk")[0].public_id
    look_at(visit, "rules", "/diagnosis/rules/")
    look_at(visit, "rules-filtered", "/diagnosis/rules/?kind=code&mode=live")
    look_at(visit, "rule-new", f"/diagnosis/rules/new/?report={report}")
    for name, rule in world.items():
        look_at(visit, f"rule-{name}", f"/diagnosis/rules/{rule.reference}/")
    look_at(visit, "confusion", "/diagnosis/confusion/?said=recipient&chose=recipient")
    look_at(visit, "confusion-empty", "/diagnosis/confusion/?channel=push")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_cannot_be_taught_is_said_on_a_whole_page(
    desk: Desk, leo: Person, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "rules-empty", "/diagnosis/rules/")
    visit.refused.add("/diagnosis/rules/new/")
    visit.go("/diagnosis/rules/new/")
    visit.page.locator("[name=pattern]").fill("of")
    visit.page.locator("[name=category]").select_option("recipient.moved")
    visit.page.locator("[name=reason]").fill("They said so.")
    visit.page.locator("form[data-composer] .btn.primary").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("rule with a fault")
    visit.keep(f"rule-fault-{language}-dark-narrow")
