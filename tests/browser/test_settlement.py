"""Is it a pleasure to settle what nobody knows, in both languages and everywhere?"""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deliveries.models import Dedup, DeliveryAttempt, Message, MessageState, Outcome
from tests.chromium import Desk, look_at
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)
from tests.people import Person
from tests.work import make_ticket
from triage.models import Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WORDS = {
    "en": {"arrived": "It arrived", "settle": "Settle", "done": "Kim settled"},
    "zh-hans": {"arrived": "已送达", "settle": "判定", "done": "Kim判定"},
}


def unclear() -> Ticket:
    """A ticket about a message whose only try timed out."""
    message = make_message(address=make_address())
    provider = make_provider(dedup=Dedup.NONE)
    attempt = make_attempt(message, make_route(provider))
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.UNCLEAR,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        due_at=None,
        reply_code="timeout",
        raw_answer="The connection was open for 10 s; no answer came.",
    )
    Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
    message.refresh_from_db()
    return make_ticket(message)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_nobody_knows_is_settled_on_the_ticket(
    desk: Desk, kim: Person, ana: Person, language: str
) -> None:
    ticket, words = unclear(), WORDS[language]
    path = f"/tickets/{ticket.number}/"
    visit = desk.visit(kim, language=language)
    look_at(visit, "settlement", path)
    visit.page.get_by_label(words["arrived"], exact=True).check()
    reason = visit.page.locator("textarea[name=reason]").first
    reason.fill("Their console shows it as delivered.")
    visit.page.get_by_role("button", name=words["settle"], exact=True).click()
    expect(visit.page.locator(".timeline")).to_contain_text(words["done"])
    look_at(desk.visit(ana, language=language), "settled", path)


def test_who_may_not_settle_reads_the_facts(desk: Desk, ana: Person) -> None:
    ticket = unclear()
    visit = desk.visit(ana)
    look_at(visit, "settlement-agent", f"/tickets/{ticket.number}/")
    expect(visit.page.get_by_text("A specialist or a lead settles it.")).to_be_visible()
