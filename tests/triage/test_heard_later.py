"""What becomes of the work when a provider, or a mail, tells of a message later?"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    ChannelKind,
    EventKind,
    EvidenceLevel,
    Message,
    MessageState,
    Purpose,
    Suppression,
)
from deliveries.sending import recording
from tests.factories import make_address, make_message
from tests.people import Person
from tests.repairs import (
    answer,
    follow_up,
    message_of,
    prove,
    under_repair,
    with_a_person,
)
from triage import pipeline
from triage.models import EventKind as Happened
from triage.models import FailureReport, Origin, ReportState, Ticket, TicketState

TAKEN = Reply(ReplyKind.ACCEPTED, EvidenceLevel.ACCEPTED, reply_code="202")

pytestmark = pytest.mark.django_db


def heard(message: Message, **changes: Any) -> None:
    """Let a provider, or a mail, say that a message bounced; follow it up."""
    told: dict[str, Any] = {
        "level": EvidenceLevel.NONE,
        "kind": EventKind.BOUNCED,
        "provider": None,
        "dedup_hash": f"bounce-{message.pk}",
        "occurred_at": timezone.now(),
        "trusted": True,
        "said": sending.Said("550", "5.1.1", "550 5.1.1 User unknown"),
    }
    sending.prove(message.pk, **{**told, **changes})
    follow_up()


def digest() -> FailureReport:
    """Take the machine's own report through the pipeline."""
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())
    return FailureReport.objects.select_related("category", "ticket").get()


def sent_mail(**changes: Any) -> Message:
    """A mail that was handed over, and of which nothing has been heard."""
    address = make_address(value="lin@shop.example", channel=ChannelKind.EMAIL)
    given = {"address": address, "channel": ChannelKind.EMAIL, **changes}
    return make_message(state=MessageState.ACCEPTED, **given)


def test_a_bounce_that_nobody_reported_is_diagnosed_and_suppresses() -> None:
    message = sent_mail()

    heard(message)
    report = digest()

    assert (report.origin, report.provider_answer) == (
        Origin.MACHINE,
        "550 5.1.1 User unknown",
    )
    assert report.category is not None
    assert report.category.slug == "recipient.unknown"
    assert report.state == ReportState.TICKETED
    assert Suppression.objects.get().category == report.category


def test_a_bounce_that_anybody_could_have_written_reaches_people_alone() -> None:
    message = sent_mail()

    heard(message, trusted=False)
    report = digest()

    assert report.state == ReportState.TICKETED
    assert not Suppression.objects.exists()
    message.refresh_from_db()
    assert (message.state, message.evidence_level) == (MessageState.ACCEPTED, 0)


def test_a_bounce_after_the_machines_try_is_mended_further() -> None:
    report = under_repair()
    answer(message_of(report), TAKEN)
    busy = sending.Said("503", "", "HTTP 503 Service Unavailable")

    heard(message_of(report), said=busy)

    assert message_of(report).state == MessageState.RETRY_WAIT
    assert not Ticket.objects.exists()


def test_a_bounce_after_an_agents_try_goes_back_to_people(ana: Person) -> None:
    ticket = with_a_person(ana)
    message = Message.objects.get()
    answer(message, TAKEN)

    heard(message)

    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    told = ticket.events.get(kind=Happened.REPAIR_ENDED).change
    assert told == {"bounced": True, "category": "recipient.unknown"}
    assert FailureReport.objects.get().state == ReportState.TICKETED


def test_an_unproven_bounce_is_told_to_whoever_has_the_ticket(ana: Person) -> None:
    ticket = with_a_person(ana)
    message = Message.objects.get()
    answer(message, TAKEN)

    heard(message, trusted=False)

    told = ticket.events.get(kind=Happened.UNCLEAR).change
    assert told == {"bounced": "unproven"}


def test_a_bounce_after_a_delivery_opens_a_report_that_reaches_people() -> None:
    message = sent_mail()
    prove(message)

    heard(message, occurred_at=timezone.now() + timedelta(minutes=1))
    report = digest()

    message.refresh_from_db()
    assert (message.state, report.state) == (
        MessageState.DELIVERED,
        ReportState.TICKETED,
    )


def test_acceptance_that_suffices_does_not_hide_a_bounce() -> None:
    message = sent_mail(purpose=Purpose.MARKETING)
    Message.objects.update(evidence_level=EvidenceLevel.ACCEPTED)

    heard(message)

    assert digest().state == ReportState.TICKETED


def test_a_late_delivery_settles_what_a_bounce_had_opened() -> None:
    message = sent_mail()
    heard(message, occurred_at=timezone.now() - timedelta(minutes=5))
    digest()

    prove(message)

    message.refresh_from_db()
    assert message.recovered_late
    assert FailureReport.objects.get().state == ReportState.VERIFIED
    assert Ticket.objects.get().state == TicketState.VERIFIED


def test_a_bounce_that_is_faster_than_our_record_stays_with_people(
    ana: Person,
) -> None:
    with_a_person(ana)
    message = Message.objects.get()
    Message.objects.update(state=MessageState.SENDING)
    heard(message)
    attempt = message.attempts.select_related("route__provider").get()

    recording.record(attempt, TAKEN, timezone.now())
    follow_up()

    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert FailureReport.objects.get().state == ReportState.TICKETED
