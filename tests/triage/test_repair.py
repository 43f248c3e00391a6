"""What becomes of a message that the machine, or a person, sends again?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import facts, sending
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    ChangeKind,
    DeliveryAttempt,
    EvidenceLevel,
    FactChange,
    Message,
    Outcome,
    Suppression,
    SuppressionOrigin,
)
from deliveries.sending import recording
from deliveries.suppressions import suppress
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_route,
    make_source,
)
from tests.people import Person
from tests.repairs import (
    answer,
    digested,
    follow_up,
    message_of,
    prove,
    read,
    under_repair,
    with_a_person,
)
from tests.side_by_side import Other
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_report,
    make_ticket,
)
from triage import pipeline, repair, resolution, tickets
from triage.models import EventKind as Happened
from triage.models import (
    FailureGroup,
    FailureReport,
    Origin,
    ReportState,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db

BUSY = Reply(ReplyKind.REFUSED, reply_code="503", raw_answer="HTTP 503 Unavailable")
GONE = Reply(ReplyKind.REFUSED, reply_code="410", raw_answer="HTTP 410 Gone")
UNKNOWN_PERSON = Reply(
    ReplyKind.REFUSED, reply_code="404", raw_answer="550 5.1.1 User unknown"
)
LATE = Reply(ReplyKind.REFUSED, raw_answer="Delivery delayed, still queued")
TAKEN = Reply(ReplyKind.ACCEPTED, EvidenceLevel.ACCEPTED, reply_code="202")
ARRIVED = Reply(ReplyKind.ACCEPTED, EvidenceLevel.DELIVERED, reply_code="200")
NO_ANSWER = Reply(ReplyKind.UNCLEAR, reply_code="timeout")


def be_silent(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(verify_by=timezone.now())
    sending.sweep_silence(timezone.now())
    follow_up()


# --- the machine mends ----------------------------------------------------------------


def test_what_arrives_is_verified_without_any_person() -> None:
    report = under_repair()
    answer(message_of(report), ARRIVED)
    report = read(report)
    assert (report.state, report.ticket) == (ReportState.VERIFIED, None)
    assert not Ticket.objects.exists()
    group = FailureGroup.objects.get()
    assert (group.reports, group.recipients, group.unserved) == (1, 1, 0)


def test_what_is_accepted_is_resolved_and_verified_by_the_receipt() -> None:
    report = under_repair()
    answer(message_of(report), TAKEN)
    assert read(report).state == ReportState.RESOLVED
    prove(message_of(report))
    assert read(report).state == ReportState.VERIFIED


def test_a_refusal_that_passes_is_tried_again_later_and_later() -> None:
    report = under_repair()
    first = DeliveryAttempt.objects.get()
    answer(message_of(report), BUSY)
    again = DeliveryAttempt.objects.get(outcome=Outcome.PLANNED)
    assert again.n == first.n + 1
    assert again.idempotency_key != first.idempotency_key
    wait = again.due_at - timezone.now()
    assert timedelta(minutes=1.9) < wait < timedelta(minutes=2.6)
    assert read(report).state == ReportState.REPAIRING
    first.refresh_from_db()
    assert first.category is not None
    assert first.category.slug == UNAVAILABLE


def test_when_every_try_is_used_up_people_get_a_ticket() -> None:
    report = under_repair()
    for _ in range(20):
        if read(report).state != ReportState.REPAIRING:
            break
        answer(message_of(report), BUSY)
    assert read(report).state == ReportState.TICKETED
    assert DeliveryAttempt.objects.count() == 7
    ticket = Ticket.objects.get()
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert kinds == [Happened.OPENED, Happened.REPAIR_ENDED]
    assert ticket.events.last().change["attempt"] == 7


def test_another_cause_moves_the_report_and_ends_the_repair() -> None:
    report = under_repair()
    answer(message_of(report), GONE)
    report = read(report)
    assert report.state == ReportState.TICKETED
    assert report.category is not None
    assert report.category.slug == "client.endpoint_gone"
    assert message_of(report).last_category == report.category
    assert {
        group.category.slug: group.reports for group in FailureGroup.objects.all()
    } == {
        UNAVAILABLE: 0,
        "client.endpoint_gone": 1,
    }
    assert report.diagnoses.count() == 2


def test_somebody_who_turns_out_not_to_be_there_is_suppressed() -> None:
    report = under_repair()
    answer(message_of(report), UNKNOWN_PERSON)
    assert Suppression.objects.count() == 1
    assert read(report).state == ReportState.TICKETED


def test_a_refusal_that_reads_like_a_notice_is_still_for_people() -> None:
    report = under_repair()
    answer(message_of(report), LATE)
    report = read(report)
    assert report.state == ReportState.TICKETED
    assert report.group is not None
    assert report.group.reports == 1


def test_no_clear_answer_is_never_sent_again_by_the_machine() -> None:
    report = under_repair()
    answer(message_of(report), NO_ANSWER)
    assert read(report).state == ReportState.TICKETED
    assert not DeliveryAttempt.objects.filter(outcome=Outcome.PLANNED).exists()
    assert Ticket.objects.get().events.last().kind == Happened.UNCLEAR


def test_silence_after_acceptance_goes_to_people_once() -> None:
    report = under_repair()
    answer(message_of(report), TAKEN)
    be_silent(message_of(report))
    assert read(report).state == ReportState.TICKETED
    kinds = list(Ticket.objects.get().events.values_list("kind", flat=True))
    assert kinds == [Happened.OPENED, Happened.UNCLEAR]


def test_a_try_that_the_gate_stopped_goes_to_people() -> None:
    report = under_repair()
    message = message_of(report)
    attempt = message.attempts.get()
    with transaction.atomic():
        recording.cancel(message, attempt, ("expired",), timezone.now())
    follow_up()
    assert read(report).state == ReportState.TICKETED
    assert Ticket.objects.get().events.last().change == {
        "attempt": 1,
        "gate": "expired",
    }


def test_a_delivery_that_fails_without_any_report_gets_one_of_its_own() -> None:
    message = make_message(address=make_address())
    make_attempt(message)
    answer(message, GONE)
    report = FailureReport.objects.get()
    assert (report.origin, report.state) == (Origin.MACHINE, ReportState.RECEIVED)
    assert report.due_at is not None
    assert report.provider_code == "410"
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())
    assert read(report).state == ReportState.TICKETED


@pytest.mark.parametrize(
    "reply", [NO_ANSWER, recording.SILENCE], ids=["no answer", "no record"]
)
def test_people_are_asked_about_an_unclear_try_that_nobody_reported(
    reply: Reply,
) -> None:
    message = make_message(address=make_address())
    make_attempt(message)
    answer(message, reply)
    report = FailureReport.objects.get()
    assert (report.origin, report.message) == (Origin.MACHINE, message)
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())
    assert read(report).state == ReportState.TICKETED
    assert message.attempts.count() == 1  # the machine sends nothing again


def test_people_are_told_of_a_try_that_nobody_could_make_nor_reported() -> None:
    message = make_message(address=make_address())
    attempt = make_attempt(message)
    with transaction.atomic():
        now = timezone.now()
        recording.cancel(message, attempt, ("crashed",), now, parked_at=now)
    follow_up()
    FailureReport.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    pipeline.digest_due(timezone.now())
    assert FailureReport.objects.get().state == ReportState.TICKETED


def test_nobody_is_told_of_a_try_that_was_not_to_be_made_any_more() -> None:
    message = make_message(address=make_address())
    attempt = make_attempt(message)
    with transaction.atomic():
        recording.cancel(message, attempt, ("superseded",), timezone.now())
    follow_up()
    assert not FailureReport.objects.exists()


def test_a_cause_that_asks_for_another_route_gets_one() -> None:
    failed, other = make_route(), make_route(position=2)
    message = make_message(address=make_address())
    Message.objects.filter(pk=message.pk).update(provider=failed.provider)
    report = digested(message, answer="TLS handshake failed")
    assert report.category is not None
    assert report.category.slug == "network.tls_failure"
    assert report.state == ReportState.REPAIRING
    assert DeliveryAttempt.objects.get().route == other


def test_without_another_route_it_goes_to_people() -> None:
    only = make_route()
    message = make_message(address=make_address())
    Message.objects.filter(pk=message.pk).update(provider=only.provider)
    assert digested(message, answer="TLS handshake failed").state == "ticketed"


def test_a_second_report_of_a_message_under_repair_waits_with_the_first() -> None:
    first = under_repair()
    second = digested(first.message)
    assert read(second).state == ReportState.REPAIRING
    assert DeliveryAttempt.objects.count() == 1
    answer(message_of(first), ARRIVED)
    assert {read(first).state, read(second).state} == {ReportState.VERIFIED}


def test_a_suppressed_address_ends_the_repair() -> None:
    report = under_repair()
    message = message_of(report)
    assert message.address is not None
    suppress(
        message.address,
        category=category(MAILBOX_FULL),
        origin=SuppressionOrigin.CLIENT,
    )
    answer(message, BUSY)
    assert read(report).state == ReportState.TICKETED


def test_a_change_that_fails_comes_back_and_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = under_repair(), under_repair()
    real = repair.diagnosis.diagnose_attempt

    def diagnose(report: FailureReport, *args: Any) -> Any:
        if report.pk == bad.pk:
            raise RuntimeError("poison")
        return real(report, *args)

    monkeypatch.setattr(repair.diagnosis, "diagnose_attempt", diagnose)
    answer(message_of(bad), GONE)
    answer(message_of(good), GONE)
    assert read(bad).state == ReportState.REPAIRING
    assert read(good).state == ReportState.TICKETED
    assert FactChange.objects.get(message=bad.message).due_at is not None
    assert "could not be followed up" in caplog.text


def test_a_change_that_was_claimed_again_is_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    report = under_repair()
    real = tickets.open_or_join

    def while_somebody_claims(*args: Any) -> Any:
        FactChange.objects.update(epoch=99)
        return real(*args)

    monkeypatch.setattr(tickets, "open_or_join", while_somebody_claims)
    answer(message_of(report), GONE)
    assert read(report).state == ReportState.REPAIRING
    assert not Ticket.objects.exists()
    assert "claimed again meanwhile" in caplog.text


def test_a_change_without_a_message_is_settled() -> None:
    with transaction.atomic():
        facts.record(ChangeKind.SUPPRESSION, source=make_source(), subject_id=1)
    assert follow_up() == 1
    assert FactChange.objects.get().due_at is None


# --- a person had it sent again -------------------------------------------------------


def test_what_a_person_sent_again_and_arrived_is_solved_by_evidence(
    ana: Person,
) -> None:
    ticket = with_a_person(ana)
    answer(message_of(ticket.reports.get()), ARRIVED)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.VERIFIED
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert kinds[-2:] == [Happened.SOLVED, Happened.VERIFIED]


def test_what_a_person_sent_again_and_failed_is_open_again(ana: Person) -> None:
    ticket = with_a_person(ana)
    answer(message_of(ticket.reports.get()), BUSY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (TicketState.OPEN, ana.user)
    assert not DeliveryAttempt.objects.filter(outcome=Outcome.PLANNED).exists()
    assert ticket.events.filter(kind=Happened.REPAIR_ENDED).count() == 1


def test_a_ticket_with_other_reports_is_open_again_when_one_is_served(
    ana: Person,
) -> None:
    ticket = with_a_person(ana, reports=2)
    assert ticket.state == TicketState.IN_REPAIR
    first = ticket.reports.order_by("pk").first()
    assert first is not None
    answer(message_of(first), ARRIVED)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    assert ticket.events.last().change == {"proven": True}
    assert ticket.group.unserved == 1


def test_silence_after_a_person_sent_again_is_said_once(ana: Person) -> None:
    ticket = with_a_person(ana)
    report = ticket.reports.get()
    answer(message_of(report), TAKEN)
    assert read(report).state == ReportState.RESOLVED
    be_silent(message_of(report))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN
    assert read(report).state == ReportState.TICKETED
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert kinds == [Happened.OPENED, Happened.RETRIED, Happened.UNCLEAR]


def test_silence_takes_up_no_solved_ticket(ana: Person) -> None:
    ticket = with_a_person(ana)
    message = message_of(ticket.reports.get())
    answer(message, TAKEN)
    resolve(ticket, ana)
    be_silent(message)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopen_count) == (TicketState.SOLVED, 0)
    assert ticket.events.last().kind == Happened.UNCLEAR


def test_a_failure_takes_up_a_solved_ticket(ana: Person) -> None:
    ticket = with_a_person(ana)
    resolve(ticket, ana)
    answer(message_of(ticket.reports.get()), BUSY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopen_count) == (TicketState.OPEN, 1)


def test_late_evidence_verifies_a_solved_ticket(ana: Person) -> None:
    ticket = make_ticket(make_message(address=make_address()), cause=MAILBOX_FULL)
    resolve(ticket, ana)
    prove(message_of(ticket.reports.get()))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.VERIFIED
    assert ticket.group.unserved == 0


def resolve(ticket: Ticket, by: Person) -> None:
    answer = resolution.Answer(category=ticket.group.category)
    resolution.resolve(ticket.number, by.actor, answer, now=timezone.now())


# --- at the same time -----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_evidence_that_comes_while_a_person_solves_verifies_afterwards(
    ana: Person,
) -> None:
    ticket = make_ticket(make_message(address=make_address()))
    message = message_of(ticket.reports.get())
    with transaction.atomic():
        resolve(ticket, ana)
        other = Other(lambda: prove(message)).until_it_waits()
    other.end()
    ticket.refresh_from_db()
    assert ticket.state == TicketState.VERIFIED
    assert [event.seq for event in ticket.events.all()] == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_person_who_solves_while_evidence_comes_waits_and_is_told(
    ana: Person,
) -> None:
    ticket = make_ticket(make_message(address=make_address()))
    message = message_of(ticket.reports.get())
    with transaction.atomic():
        prove(message)
        other = Other(lambda: resolve(ticket, ana)).until_it_waits()
    with pytest.raises(tickets.Invalid, match="solved already"):
        other.end()
    ticket.refresh_from_db()
    assert ticket.state == TicketState.VERIFIED


@pytest.mark.django_db(transaction=True)
def test_evidence_that_comes_while_another_report_is_digested_reaches_it() -> None:
    ticket = make_ticket(make_message(address=make_address()))
    message = message_of(ticket.reports.get())
    report = make_report(
        message, state=ReportState.RECEIVED, cause=None, answer="HTTP 410 Gone"
    )
    FailureReport.objects.filter(pk=report.pk).update(due_at=timezone.now())
    with transaction.atomic():
        pipeline.digest(FailureReport.objects.claim(1), timezone.now())
        other = Other(lambda: prove(message)).until_it_waits()
    other.end()
    assert set(FailureReport.objects.values_list("state", flat=True)) == {"verified"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_follow_up_one_change_once(ana: Person) -> None:
    ticket = with_a_person(ana)
    message = message_of(ticket.reports.get())
    with transaction.atomic():
        answer(message, BUSY)
        assert Other(lambda: repair.follow_up_due(timezone.now())).end() == 0
    assert ticket.events.filter(kind=Happened.REPAIR_ENDED).count() == 1
