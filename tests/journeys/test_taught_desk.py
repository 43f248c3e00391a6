"""Does the desk learn from a person who knows better than the machine?

A program files failures that the machine misreads. Ana corrects the cause on a ticket,
Leo sees it in the confusion table, follows the figure to the ticket, teaches a rule
from its report, rehearses it and switches it on; the next failure is read rightly.
"""

from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.chromium import Desk, Visit
from tests.people import Person, Program
from triage import jobs, pipeline
from triage.models import FailureReport, RuleRehearsal, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

FAILURE = {
    "channel": "email",
    "symptom": "failed_error",
    "occurred_at": "2026-03-01T12:00:00Z",
    "purpose": "transactional",
    "provider": "northpost",
    "provider_answer": "550 5.1.1 User unknown: box of <jo@box.example> is asleep",
}


@dataclass(frozen=True)
class Words:
    """What the desk says at the places that the journey passes."""

    diagnosis: str
    how_often: str
    teach_this: str
    rehearse: str
    finding: str
    switch_on: str
    live: str


ENGLISH = Words(
    diagnosis="Diagnosis",
    how_often="How often right",
    teach_this="Teach this",
    rehearse="Rehearse",
    finding="It would have changed 1 diagnosis",
    switch_on="Switch on",
    live="The rule is live",
)
CHINESE = Words(
    diagnosis="诊断",
    how_often="准确度",
    teach_this="据此新增规则",
    rehearse="预演",
    finding="它本会改变1个诊断",
    switch_on="启用",
    live="规则已生效",
)


def file_over_rest(desk: Desk, program: Program, person: str) -> FailureReport:
    """What the shop's program does, and then what a worker does."""
    failure = {**FAILURE, "message_ref": f"order-{person}", "recipient_ref": person}
    url = f"{desk.base}/api/v1/reports/"
    answer = desk.visit().page.request.post(url, data=failure, headers=program.headers)
    assert answer.status == 202, answer.text()
    while pipeline.digest_due(timezone.now()):
        pass
    return FailureReport.objects.latest("pk")


def correct_the_cause(visit: Visit, ticket: Ticket) -> None:
    """Ana solves the ticket with another cause than the machine had said."""
    page = visit.page
    visit.go(f"/tickets/{ticket.number}/resolution/")
    expect(page.locator("[name=category]")).to_have_value("recipient.unknown")
    page.locator("[name=category]").select_option("recipient.inactive")
    page.locator("[name=article][value='']").check()
    page.locator("form[data-composer] .btn.primary").click()
    expect(page.locator(".head")).to_contain_text(f"#{ticket.number}")


def follow_the_figure(visit: Visit, words: Words, ticket: Ticket) -> None:
    """Leo goes from the rail to the figure, and on to the ticket behind it."""
    page = visit.page
    visit.go("/")
    page.locator(".rail").get_by_role("link", name=words.diagnosis).click()
    page.get_by_role("link", name=words.how_often).click()
    figure = page.locator("table.confusion tbody td a")
    expect(figure).to_have_count(1)
    figure.click()
    leaf = page.locator("#cell tbody tr")
    expect(leaf).to_have_count(1)
    visit.look("confusion")
    page.locator("#cell").get_by_role("link", name=f"#{ticket.number}").click()


def teach_from_the_report(visit: Visit, words: Words) -> None:
    page = visit.page
    page.get_by_role("link", name=words.teach_this).click()
    expect(page.locator("[name=category]")).to_have_value("recipient.inactive")
    page.locator("[name=kind][value=phrase]").check()
    page.locator("[name=pattern]").fill("box of * is asleep")
    page.locator("[name=reason]").fill("Ana asked their support.")
    page.locator("form[data-composer] .btn.primary").click()


def rehearse_and_switch_on(visit: Visit, words: Words) -> None:
    page = visit.page
    page.get_by_role("button", name=words.rehearse, exact=True).click()
    expect(page.locator("[data-rehearsal] progress")).to_be_visible()
    jobs.rehearse(RuleRehearsal.objects.unfinished().get().pk)
    expect(page.locator(".finding")).to_have_text(words.finding, timeout=15_000)
    visit.look("rule")
    page.get_by_role("button", name=words.switch_on, exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text(words.live)


@pytest.mark.parametrize(
    ("language", "theme", "words"),
    [("en", "light", ENGLISH), ("zh-hans", "dark", CHINESE)],
)
def test_a_corrected_cause_is_seen_counted_and_learned(
    desk: Desk,
    sam: Program,
    ana: Person,
    leo: Person,
    language: str,
    theme: str,
    words: Words,
) -> None:
    first = file_over_rest(desk, sam, "customer-17")
    assert first.category is not None
    assert first.category.slug == "recipient.unknown"
    ticket = Ticket.objects.get()
    correct_the_cause(desk.visit(ana, language=language, theme=theme), ticket)
    visit = desk.visit(leo, language=language, theme=theme)
    follow_the_figure(visit, words, ticket)
    teach_from_the_report(visit, words)
    rehearse_and_switch_on(visit, words)
    second = file_over_rest(desk, sam, "customer-18")
    assert second.category is not None
    assert second.category.slug == "recipient.inactive"
