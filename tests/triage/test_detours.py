"""Does a message go over another channel once, in the open, and nobody is blamed?"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import addresses, aiming, contents, sending, suppressions
from deliveries.channels import Reply, ReplyKind
from deliveries.contents import Content
from deliveries.models import (
    Adapter,
    Address,
    ChannelKind,
    DeliveryAttempt,
    EventKind,
    EvidenceLevel,
    FailureCategory,
    Message,
    MessageState,
    Outcome,
    Provider,
    Route,
    Suppression,
    SuppressionOrigin,
)
from deliveries.sending.running import Sender
from tests.factories import make_address, make_message, make_provider, make_route
from tests.people import Person
from tests.repairs import digested, follow_up, read
from triage.models import EventKind as Happened
from triage.models import FailureGroup, FailureReport, ReportState, Ticket

pytestmark = pytest.mark.django_db(transaction=True)

NO_TLS = "454 4.7.0 TLS not available due to temporary reason"
ARRIVED = Reply(ReplyKind.ACCEPTED, EvidenceLevel.DELIVERED, reply_code="200")
TAKEN = Reply(ReplyKind.ACCEPTED, EvidenceLevel.ACCEPTED, reply_code="202")
NOBODY = Reply(ReplyKind.REFUSED, reply_code="30006", raw_answer="550 5.1.1 unknown")


class Text:
    """A provider of text messages that notes whom it was to write to."""

    dedup_window = timedelta(0)

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.sent: list[tuple[str, str, str]] = []

    def send(self, message: Message, route: Route, *, key: str, now: object) -> Reply:
        assert message.address is not None
        self.sent.append((message.channel, message.address.value(), key))
        return self.reply


def failed_mail(*, with_words: bool = True) -> FailureReport:
    """A mail that no other mail route can carry, to a person with a phone."""
    address = make_address(value="lin@example.org", channel=ChannelKind.EMAIL)
    message = make_message(address=address, channel=ChannelKind.EMAIL)
    mail = make_provider(channel=ChannelKind.EMAIL)
    make_route(mail)
    Message.objects.filter(pk=message.pk).update(provider=mail)
    text = make_provider(channel=ChannelKind.SMS)
    Provider.objects.filter(pk=text.pk).update(adapter=Adapter.TWILIO)
    make_route(text)
    with transaction.atomic():
        addresses.keep(address.recipient, ChannelKind.SMS, "+4915112345678")
        if with_words:
            contents.keep(message, Content(subject="Hello", text="Hello."))
    message.refresh_from_db()
    return digested(message, NO_TLS)


def send(reply: Reply) -> Text:
    text = Text(reply)
    DeliveryAttempt.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(minutes=5)
    )
    Sender({Adapter.TWILIO: text}).run(10)
    follow_up()
    return text


def phone() -> Address:
    return Address.objects.get(channel=ChannelKind.SMS)


def test_a_mail_that_finds_no_route_goes_to_the_phone() -> None:
    report = failed_mail()

    text = send(ARRIVED)

    attempt = DeliveryAttempt.objects.get()
    assert text.sent == [("sms", "+4915112345678", attempt.idempotency_key)]
    assert (attempt.channel, attempt.address) == (ChannelKind.SMS, phone())
    message = Message.objects.get()
    assert (message.channel, message.state) == ("email", MessageState.DELIVERED)
    assert message.address != phone()
    assert read(report).state == ReportState.VERIFIED


def test_the_plan_says_so_before_anything_is_sent() -> None:
    report = failed_mail()
    plan = report.diagnoses.get()
    assert (plan.plan_action, plan.plan_params) == (
        "other_channel",
        {"from": "email", "to": "sms"},
    )
    assert report.state == ReportState.REPAIRING


def test_proof_is_awaited_as_long_as_the_channel_takes() -> None:
    failed_mail()
    before = timezone.now()

    send(TAKEN)

    message = Message.objects.get()
    assert message.verify_by is not None
    assert message.verify_by - before < timedelta(minutes=31)


def test_without_words_a_person_is_told_why() -> None:
    report = failed_mail(with_words=False)
    assert not DeliveryAttempt.objects.exists()
    assert report.diagnoses.get().plan_reason == "no_words_for_it"
    assert report.state == ReportState.TICKETED


def test_what_is_refused_there_goes_to_people_and_is_told_in_words(leo: Person) -> None:
    report = failed_mail()
    group = FailureGroup.objects.get()

    send(NOBODY)

    report = read(report)
    assert report.state == ReportState.TICKETED
    assert DeliveryAttempt.objects.count() == 1
    assert report.group == group  # the cause of the mail stays what it was
    ticket = Ticket.objects.get()
    told = ticket.events.get(kind=Happened.REROUTED)
    assert (told.change["from"], told.change["to"]) == ("email", "sms")
    page = leo.browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert (
        "Attempt 1 goes over SMS instead of Email, as no other route was left" in page
    )


def test_only_the_address_that_refused_is_suppressed() -> None:
    failed_mail()

    send(NOBODY)

    assert {each.pseudonym for each in Suppression.objects.all()} == {phone().pseudonym}


def test_a_complaint_from_there_stops_that_address_alone() -> None:
    failed_mail()
    send(TAKEN)
    attempt = DeliveryAttempt.objects.get()

    sending.prove(
        attempt.message_id,
        level=EvidenceLevel.DELIVERED,
        kind=EventKind.COMPLAINED,
        provider=attempt.route.provider,
        dedup_hash="complaint",
        occurred_at=timezone.now(),
        trusted=True,
        attempt_n=attempt.n,
    )

    assert {each.pseudonym for each in Suppression.objects.all()} == {phone().pseudonym}


def test_an_address_that_was_forgotten_meanwhile_is_none() -> None:
    failed_mail()
    phone().delete()
    attempt = DeliveryAttempt.objects.get()
    message = attempt.message

    aiming.aim(message, attempt)

    assert (message.channel, message.address) == (ChannelKind.SMS, None)


def test_the_gate_has_its_word_right_before_the_send() -> None:
    failed_mail()
    suppressions.suppress(
        phone(),
        category=FailureCategory.objects.get(slug="consent.complaint"),
        origin=SuppressionOrigin.EVENT,
    )

    text = send(ARRIVED)

    assert not text.sent
    assert DeliveryAttempt.objects.get().outcome == Outcome.CANCELLED
