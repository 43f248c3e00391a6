"""Is a failure stored exactly once, whole, redacted, and due at once?"""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from deliveries import idempotency, vault
from deliveries.models import (
    Address,
    ChannelKind,
    EvidenceLevel,
    IdempotencyKey,
    Message,
    MessageState,
    Purpose,
    Recipient,
    RecipientKey,
    Source,
)
from tests.factories import make_address, make_message, make_provider, make_source
from tests.side_by_side import Other
from triage import intake
from triage.intake.row import shortened
from triage.intake.statement import FILE, PARAMETERS
from triage.models import REPORT_LIVE, FailureReport, LogBundle, LogKind, Symptom

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def submission(**said: Any) -> intake.Submission:
    """A failure with nothing but what is required, and what the test says."""
    values: dict[str, Any] = {
        "channel": ChannelKind.EMAIL,
        "symptom": Symptom.FAILED_ERROR,
        "occurred_at": NOW,
        **said,
    }
    values.setdefault(
        "body_digest", idempotency.digest_of_body(repr(sorted(said.items())))
    )
    return intake.Submission(**values)


def file(
    said: intake.Submission, source_id: int, key: str | None = None
) -> intake.Filed:
    return intake.file(said, source_id=source_id, now=NOW, key=key)


def stored(filed: intake.Filed) -> FailureReport:
    found: FailureReport = FailureReport.objects.get(public_id=filed.answer.id)
    return found


@pytest.fixture
def shop(db: None) -> int:
    return make_source("shop").pk


def test_it_is_stored_and_due_at_once(shop: int) -> None:
    filed = file(submission(detail="It never came."), shop)
    report = stored(filed)
    assert filed.status == 202
    assert (filed.answer.state, filed.answer.dedup) == ("received", "new")
    assert (report.state, report.detail) == ("received", "It never came.")
    assert report.received_at == NOW
    assert report.due_at is not None
    assert report.due_at <= timezone.now()


def test_without_any_key_it_is_stored_with_a_warning(shop: int) -> None:
    assert file(submission(), shop).answer.warnings == ("no_idempotency_key",)
    assert file(submission(), shop, "k").answer.warnings == ()


def test_a_time_that_cannot_be_is_clamped_and_suspected(shop: int) -> None:
    future = file(submission(occurred_at=NOW + timedelta(days=1)), shop, "a")
    past = file(submission(occurred_at=NOW - timedelta(days=90)), shop, "b")
    sound = file(submission(occurred_at=NOW + timedelta(minutes=4)), shop, "c")
    assert stored(future).occurred_at == NOW + timedelta(minutes=5)
    assert stored(past).occurred_at == NOW - timedelta(days=30)
    assert stored(future).clock_suspect
    assert "occurred_at_clamped" in past.answer.warnings
    assert not stored(sound).clock_suspect


def test_personal_values_are_gone_before_anything_is_stored(shop: int) -> None:
    address = "ana.smith@example.org"
    said = submission(
        provider_answer=f"550 5.1.1 <{address}>: unknown",
        provider_code=f"550 <{address}>",
        detail=f"Write to {address}",
        attempts=(intake.SourceAttempt(at=NOW, answer=f"421 {address}"),),
        logs=(intake.Log(LogKind.SMTP, f"RCPT TO:<{address}>"),),
        meta={"note": [address], address: 1},
    )
    report = stored(file(said, shop))
    row = FailureReport.objects.filter(pk=report.pk).values().get()
    log = LogBundle.objects.get()
    assert "ana.smith" not in repr(row)
    assert "ana.smith" not in log.text
    assert log.redactions == {"email": 1}
    assert report.provider_answer.startswith("550 5.1.1 <‹email:")


def test_a_log_keeps_head_and_tail(shop: int) -> None:
    text = "first line\n" + "é" * 200_000 + "\nlast line"
    file(submission(logs=(intake.Log(LogKind.CLIENT, text),)), shop)
    log = LogBundle.objects.get()
    assert log.size == len(log.text.encode()) <= 256 * 1024
    assert log.text.startswith("first line")
    assert log.text.endswith("last line")
    assert "left out" in log.text


def test_logs_without_consent_are_dropped_and_told(shop: int) -> None:
    log = intake.Log(LogKind.CLIENT, "x")
    filed = file(submission(logs=(log,), consent_to_logs=False), shop, "k")
    assert filed.answer.warnings == ("logs_dropped",)
    assert not LogBundle.objects.exists()


def test_an_unknown_message_gets_a_shell(shop: int) -> None:
    relay = make_provider(
        channel=ChannelKind.EMAIL, attainable_level=EvidenceLevel.ACCEPTED
    )
    said = submission(
        message_ref="order-7",
        recipient_ref="u-1",
        provider=relay.slug,
        purpose=Purpose.SECURITY,
        region="eu-west",
    )
    message = stored(file(said, shop)).message
    assert message is not None
    assert (message.external_id, message.state) == ("order-7", MessageState.FAILED)
    assert (message.purpose, message.region) == (Purpose.SECURITY, "eu-west")
    assert message.provider == relay
    assert message.needed_level == EvidenceLevel.ACCEPTED
    assert message.recipient == Recipient.objects.get(external_ref="u-1")


def test_a_known_message_gives_its_purpose_and_person(shop: int) -> None:
    message = make_message(address=make_address(), purpose=Purpose.SECURITY)
    said = submission(message_ref=message.external_id)
    report = stored(file(said, message.source_id))
    assert report.message == message
    assert report.purpose == Purpose.SECURITY
    assert report.recipient == message.recipient


def test_a_message_of_another_source_is_another_message(shop: int) -> None:
    foreign = make_message()
    assert foreign.source_id != shop
    report = stored(file(submission(message_ref=foreign.external_id), shop))
    assert report.message != foreign


def test_a_person_is_known_by_a_pseudonym(shop: int) -> None:
    report = stored(file(submission(recipient_ref="u-1"), shop))
    assert report.reporter_pseudonym == vault.pseudonym(shop, "recipient", "u-1")
    assert report.recipient is not None
    assert report.recipient.external_ref == "u-1"


def test_the_same_person_again_is_a_duplicate(shop: int) -> None:
    said = submission(message_ref="m", recipient_ref="u-1")
    first, again = file(said, shop, "a"), file(said, shop, "b")
    assert (again.status, again.answer.dedup) == (202, "same_person")
    assert (again.answer.state, stored(again).state) == ("duplicate", "duplicate")
    assert stored(again).duplicate_of == stored(first)
    assert stored(again).due_at is None
    assert file(said, shop, "b").answer == again.answer


def test_another_person_is_no_duplicate(shop: int) -> None:
    file(submission(message_ref="m", recipient_ref="u-1"), shop, "a")
    other = file(submission(message_ref="m", recipient_ref="u-2"), shop, "b")
    assert other.answer.dedup == "new"


def test_a_closed_report_hides_no_new_one(shop: int) -> None:
    said = submission(message_ref="m", recipient_ref="u-1")
    first = stored(file(said, shop, "a"))
    FailureReport.objects.filter(pk=first.pk).update(state="withdrawn")
    assert file(said, shop, "b").answer.dedup == "new"


def test_the_statement_knows_the_live_states() -> None:
    live = ", ".join(f"'{state.value}'" for state in REPORT_LIVE)
    assert f"({live})" in FILE
    assert len(PARAMETERS) == len(set(PARAMETERS))


def test_it_is_sealed_and_shown_masked(shop: int) -> None:
    contact = intake.Contact(ChannelKind.SMS, "+86 138 1234 5621")
    said = submission(recipient_ref="u-1", contact=contact)
    address = stored(file(said, shop)).contact_address
    assert address is not None
    assert address.value() == "+86 138 1234 5621"
    assert b"138" not in bytes(address.sealed_value)
    assert "1234" not in address.masked
    assert address.recipient.external_ref == "u-1"


def test_a_person_nobody_named_is_made(shop: int) -> None:
    contact = intake.Contact(ChannelKind.EMAIL, "ana@example.org")
    report = stored(file(submission(contact=contact), shop))
    assert report.recipient is not None
    assert report.recipient.external_ref == report.public_id


def test_the_failing_address_is_no_contact(shop: int) -> None:
    failing = make_address(value="Ana@Example.org", channel=ChannelKind.EMAIL)
    message = make_message(address=failing, channel=ChannelKind.EMAIL)
    contact = intake.Contact(ChannelKind.EMAIL, "ana@example.org")
    said = submission(message_ref=message.external_id, contact=contact)
    with pytest.raises(intake.SameAddress):
        file(said, message.source_id, "k")
    assert not FailureReport.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_what_nobody_can_write_to_is_left_out_and_told(shop: int) -> None:
    contact = intake.Contact(ChannelKind.SMS, "ana@example.org")
    filed = file(submission(contact=contact), shop, "k")
    assert filed.answer.warnings == ("contact_unusable",)
    assert not Address.objects.exists()


def test_a_person_who_was_forgotten_stays_forgotten(shop: int) -> None:
    make_address(Source.objects.get(pk=shop), recipient_ref="u")
    RecipientKey.objects.update(wrapped_key=None, destroyed_at=NOW)
    contact = intake.Contact(ChannelKind.EMAIL, "ana@example.org")
    report = stored(file(submission(recipient_ref="u", contact=contact), shop))
    assert report.contact_address is None


def test_a_repeated_key_gets_its_answer_again(shop: int) -> None:
    said = submission(detail="x")
    first, again = file(said, shop, "k"), file(said, shop, "k")
    assert (again.status, again.answer, again.replayed) == (202, first.answer, True)
    assert FailureReport.objects.count() == 1


def test_a_key_with_another_body_changes_nothing(shop: int) -> None:
    file(submission(detail="x"), shop, "k")
    with pytest.raises(idempotency.Mismatch):
        file(submission(detail="y"), shop, "k")
    assert FailureReport.objects.get().detail == "x"


def test_a_key_belongs_to_its_source(shop: int) -> None:
    elsewhere = make_source("elsewhere").pk
    assert not file(submission(), shop, "k").replayed
    assert not file(submission(), elsewhere, "k").replayed


def test_the_clients_own_id_is_a_key_too(shop: int) -> None:
    said = submission(client_report_id="r-1")
    first, again = file(said, shop), file(said, shop)
    assert (again.status, again.answer.dedup) == (200, "replay")
    assert again.answer.id == first.answer.id
    with pytest.raises(idempotency.Mismatch):
        file(submission(client_report_id="r-1", detail="other"), shop)
    assert FailureReport.objects.count() == 1


def test_a_new_key_for_a_known_report_is_kept_with_its_answer(shop: int) -> None:
    said = submission(client_report_id="r-1")
    file(said, shop, "a")
    second, third = file(said, shop, "b"), file(said, shop, "b")
    assert (second.status, third.status) == (200, 200)
    assert second.answer == third.answer
    with pytest.raises(idempotency.Mismatch):
        file(submission(client_report_id="r-2"), shop, "b")


def test_a_refusal_keeps_no_key(shop: int) -> None:
    file(submission(client_report_id="r-1"), shop, "a")
    with pytest.raises(idempotency.Mismatch):
        file(submission(client_report_id="r-1", detail="other"), shop, "b")
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"a"}


@pytest.mark.django_db(transaction=True)
def test_of_many_with_one_key_at_once_one_is_stored() -> None:
    source_id, barrier = make_source("shop").pk, threading.Barrier(4)
    said = submission(message_ref="m", recipient_ref="u", client_report_id="r")

    def at_once() -> str:
        barrier.wait()
        return file(said, source_id, "k").answer.id

    others = [Other(at_once) for _ in range(4)]
    assert len({other.end() for other in others}) == 1
    assert FailureReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_share_one_message() -> None:
    source_id, barrier = make_source("shop").pk, threading.Barrier(4)

    def at_once(person: str) -> str:
        barrier.wait()
        said = submission(message_ref="m", recipient_ref=person)
        return file(said, source_id, uuid.uuid4().hex).answer.dedup

    others = [Other(partial(at_once, f"u-{n % 2}")) for n in range(4)]
    ends = sorted(other.end() for other in others)
    assert ends == ["new", "new", "same_person", "same_person"]
    assert Message.objects.count() == 1
    assert Recipient.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_still_running_is_waited_for_and_then_told() -> None:
    source_id = make_source("shop").pk
    with transaction.atomic():
        file(submission(), source_id, "k")
        other = Other(lambda: file(submission(), source_id, "k"))
        with pytest.raises(idempotency.InProgress):
            other.end()
    assert FailureReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_gets_the_answer_of_the_first() -> None:
    source_id = make_source("shop").pk
    with transaction.atomic():
        first = file(submission(), source_id, "k")
        other = Other(lambda: file(submission(), source_id, "k")).until_it_waits()
    assert other.end().answer == first.answer


@pytest.mark.django_db(transaction=True)
def test_a_locked_table_is_no_request_in_progress() -> None:
    source_id = make_source("shop").pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE triage_failurereport IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(OperationalError):
            Other(lambda: file(submission(), source_id, "k")).end()
    assert not IdempotencyKey.objects.exists()


def test_a_web_process_needs_no_transaction_around_it(
    shop: int, settings: Settings
) -> None:
    settings.UNDELIVERED_ROLE = "web"
    said = submission(client_report_id="r-1", message_ref="m", recipient_ref="u")
    assert file(said, shop, "a").status == 202
    assert file(said, shop, "b").status == 200


def test_a_short_text_is_kept_whole() -> None:
    assert shortened("é" * 50, 100) == "é" * 50


def test_a_long_text_fits_the_limit_and_breaks_no_character() -> None:
    short = shortened("é" * 500, 200)
    assert len(short.encode()) <= 200
    assert short.startswith("é")
    assert short.endswith("é")
