"""Are messages, suppressions and approvals read and decided in a real browser?"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deliveries import suppressions
from deliveries.models import (
    Address,
    AttemptCause,
    DeliveryAttempt,
    DeliveryEvent,
    Message,
    MessageState,
    Outcome,
    Purpose,
    Suppression,
    SuppressionOrigin,
)
from tests.chromium import Desk, look_at
from tests.factories import make_address, make_message, make_route, make_source
from tests.people import Person
from tests.resends import make_failed, planned
from tests.work import category, make_report, make_ticket
from triage.models import Queue, Reveal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

BUSY = "451 4.3.2 Please try again later\nqueue full at mx1"
GONE = "550 5.1.1 No such user\nqueue full at mx1"


def tell(message: Message, kind: str, level: int, *, trusted: bool = True) -> None:
    DeliveryEvent.objects.create(
        source=message.source,
        message=message,
        attempt_n=1,
        dedup_hash=f"{message.pk} {kind}",
        kind=kind,
        level=level,
        trusted=trusted,
        enhanced_code="5.1.1" if kind == "bounced" else "",
        answer="550 5.1.1 No such user" if kind == "bounced" else "",
        occurred_at=timezone.now(),
    )


def make_tried() -> Message:
    """A message whose tries ended in two ways, and about which two things were told."""
    route = make_route()
    message = make_message(address=make_address(make_source("shop")))
    start = timezone.now() - timedelta(hours=3)
    for n, answer in enumerate((BUSY, GONE), start=1):
        at = start + timedelta(hours=n)
        DeliveryAttempt.objects.create(
            source=message.source,
            message=message,
            n=n,
            route=route,
            cause=AttemptCause.INITIAL if n == 1 else AttemptCause.AUTO,
            idempotency_key=f"{message.public_id}:{n}",
            outcome=Outcome.REFUSED,
            started_at=at,
            finished_at=at + timedelta(seconds=1),
            reply_code=answer[:3],
            raw_answer=answer,
        )
    Message.objects.filter(pk=message.pk).update(
        last_category=category("recipient.unknown")
    )
    tell(message, "requested", 1)
    tell(message, "bounced", 0, trusted=False)
    make_ticket(message, cause="recipient.unknown")
    return message


def forbid(address: Address, leo: Person) -> Suppression:
    """Three orders about an address, one of them lifted; return the first."""
    orders = [
        suppressions.suppress(
            address,
            category=category(cause),
            origin=SuppressionOrigin.EVENT,
            purpose=purpose,
            until=until,
        )
        for cause, purpose, until in (
            ("consent.complaint", Purpose.MARKETING, None),
            ("recipient.inactive", None, timezone.now() + timedelta(days=30)),
        )
    ]
    suppressions.lift(
        suppressions.suppress(
            address,
            category=category("recipient.unknown"),
            origin=SuppressionOrigin.CLIENT,
            purpose=Purpose.SOCIAL,
        ).pk,
        person_id=leo.user.pk,
        reason="They have a new mailbox, says the shop.",
        now=timezone.now(),
    )
    return orders[0]


def test_a_recipient_is_looked_at_and_hidden_again(
    desk: Desk, kim: Person, general: Queue
) -> None:
    message = make_tried()
    visit = desk.visit(kim).go("/messages/")
    page = visit.page
    page.get_by_role("link", name=message.address.masked).click()  # type: ignore[union-attr]
    page.get_by_role("link", name="Show the recipient").click()
    page.get_by_label("Why do you need it?").fill("The carrier asks for it.")
    page.get_by_role("button", name="Show the recipient").click()
    expect(page.get_by_text("https://sink.example/in", exact=True)).to_be_visible()
    assert Reveal.objects.get().person == kim.user
    page.get_by_role("link", name="Hide it now").click()
    expect(page.get_by_text("https://sink.example/in", exact=True)).to_have_count(0)


def test_filters_ask_for_the_rows_anew(desk: Desk, ana: Person, general: Queue) -> None:
    message = make_tried()
    visit = desk.visit(ana).go("/messages/")
    page = visit.page
    page.get_by_label("State").select_option("delivered")
    expect(page.get_by_role("heading", name="No message matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_text(message.external_id)).to_be_visible()
    page.get_by_label("Id, masked recipient").fill(message.external_id)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text(message.external_id)).to_be_visible()


def test_without_scripts_a_message_is_read_and_compared(
    desk: Desk, ana: Person, general: Queue
) -> None:
    message = make_tried()
    visit = desk.visit(ana, scripts=False).go(f"/messages/{message.public_id}/")
    page = visit.page
    page.get_by_label("compared with", exact=True).select_option("1")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("exactly the same way")).to_be_visible()
    page.get_by_role("link", name="Reports and tickets about it").click()
    expect(
        page.get_by_role("heading", name="Tickets about it", exact=True)
    ).to_be_visible()


def test_lifting_plans_what_was_held_back(
    desk: Desk, kim: Person, general: Queue
) -> None:
    message = make_tried()
    assert message.address is not None
    suppressions.suppress(
        message.address,
        category=category("recipient.inactive"),
        origin=SuppressionOrigin.EVENT,
    )
    visit = desk.visit(kim).go("/suppressions/")
    visit.page.get_by_role("link", name="Lift the suppression").click()
    visit.page.get_by_label("Why may we write again?").fill("The mailbox is back.")
    visit.page.get_by_label("Also plan to resend 1 message").check()
    visit.page.get_by_role("button", name="Lift").click()
    expect(visit.page.get_by_text("The resend is being planned")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_messages_is_whole(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    for name in ("messages", "suppressions", "approvals"):
        look_at(visit, f"{name}-empty", f"/{name}/")
    message = make_tried()
    ticket = make_ticket(
        make_message(state=MessageState.UNKNOWN, purpose=Purpose.SECURITY)
    )
    unknown = ticket.reports.get().message
    assert unknown is not None
    make_report(message, detail="It never came.")
    address = message.address
    assert address is not None
    order = forbid(address, leo)
    far = (timezone.now() + timedelta(days=1)).isoformat()
    waiting = planned(
        ana.user,
        make_failed(3),
        limit=1,
        queues=[general.pk],
        patch={"expires_at": far},
        query={"channel": "webhook"},
    )
    planned(leo.user, make_failed(2), limit=1, queues=[general.pk])
    look_at(visit, "messages", "/messages/")
    look_at(visit, "messages-filtered", "/messages/?state=delivered")
    look_at(visit, "message", f"/messages/{message.public_id}/")
    look_at(visit, "message-work", f"/messages/{message.public_id}/work/")
    look_at(visit, "message-unknown", f"/messages/{unknown.public_id}/")
    look_at(visit, "message-reveal", f"/messages/{message.public_id}/reveal/")
    look_at(visit, "suppressions", "/suppressions/?standing=all")
    look_at(visit, "suppression-lifting", f"/suppressions/{order.pk}/lifting/")
    look_at(visit, "approvals", "/approvals/")
    look_at(visit, "resend-refusal", f"/resends/{waiting.number}/refusal/")
    refused = f"/messages/{message.public_id}/reveal/"
    visit.go(refused)
    visit.refused.add(refused)
    visit.page.locator("[name=reason]").fill("too short")
    visit.page.evaluate(
        "document.querySelector('form[data-composer]').noValidate = true"
    )
    visit.page.locator("form[data-composer] .btn.primary").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("reveal with a fault")
