"""Is a second run written only where something is new?"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind, MessageState, Outcome
from tests.factories import make_address, make_attempt, make_message
from tests.work import make_report
from triage import diagnosis
from triage.diagnosis import engine, stored
from triage.diagnosis.plan import Action, Why
from triage.models import Diagnosis, FailureReport

pytestmark = pytest.mark.django_db


def diagnosed(answer: str = "552 5.2.2 Mailbox full") -> FailureReport:
    """A report that was diagnosed once, with a person."""
    mail = ChannelKind.EMAIL
    address = make_address(value="lea@example.org", channel=mail)
    message = make_message(address=address, channel=mail)
    report = make_report(message, cause=None, answer=answer)
    diagnosis.diagnose([report], timezone.now())
    report.state = "ticketed"
    report.save()
    return FailureReport.objects.select_related("message__address").get(pk=report.pk)


def again(*reports: FailureReport) -> list[diagnosis.Again]:
    with transaction.atomic():
        return diagnosis.rerun(reports, timezone.now())


def test_where_nothing_is_new_nothing_is_written() -> None:
    report = diagnosed()
    assert again(report) == []
    assert report.diagnoses.count() == 1


def test_time_alone_makes_nothing_new() -> None:
    report = diagnosed()
    with transaction.atomic():
        assert diagnosis.rerun([report], timezone.now() + timedelta(hours=5)) == []


def test_other_rules_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    report = diagnosed()
    monkeypatch.setattr(engine, "ruleset_version", lambda: "1.other")
    (run,) = again(report)
    assert run.before is not None
    assert (run.after.ruleset_version, run.cause_changed) == ("1.other", False)
    assert again(report) == [], "the second run is the last one now"


def test_new_evidence_is_new_and_may_change_the_cause() -> None:
    report = diagnosed()
    FailureReport.objects.filter(pk=report.pk).update(
        provider_answer="550 5.1.1 User unknown"
    )
    report.refresh_from_db(fields=["provider_answer"])
    (run,) = again(report)
    assert run.cause_changed
    assert run.judged.category.slug == "recipient.unknown"
    report.refresh_from_db()
    assert report.category != run.judged.category, "the caller moves the report"


def test_a_second_run_is_about_the_last_try_that_was_refused() -> None:
    report = diagnosed("451 4.3.2 Try again later")
    assert report.message is not None
    attempt = make_attempt(report.message)
    attempt.raw_answer, attempt.outcome = "550 5.1.1 User unknown", Outcome.REFUSED
    attempt.due_at, attempt.finished_at = None, timezone.now()
    attempt.save()
    judged = diagnosis.diagnose_attempt(report, attempt, timezone.now())
    type(attempt).objects.filter(pk=attempt.pk).update(category=judged.category)
    assert again(report) == []
    newest = report.diagnoses.first()
    assert newest is not None
    assert newest.attempt_n == attempt.n


def test_what_a_person_holds_is_not_sent_again_by_a_second_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = diagnosed("451 4.3.2 Try again later")
    monkeypatch.setattr(engine, "ruleset_version", lambda: "1.other")
    (run,) = again(report)
    assert (run.judged.plan.action, run.judged.plan.reason) == (
        Action.HUMAN,
        Why.WITH_PEOPLE,
    )
    assert report.message is not None
    assert not report.message.attempts.exists()
    report.message.refresh_from_db()
    assert report.message.state == MessageState.FAILED


def test_a_report_that_was_never_diagnosed_gets_its_first_run() -> None:
    report = make_report(answer="550 5.1.1 User unknown", cause=None)
    (run,) = again(report)
    assert run.before is None


def test_many_cost_the_queries_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = [diagnosed() for _ in range(20)]
    counts = []
    for version, batch in (("1.b", reports[:1]), ("1.c", reports)):
        monkeypatch.setattr(engine, "ruleset_version", lambda version=version: version)
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            assert len(diagnosis.rerun(batch, timezone.now())) == len(batch)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert diagnosis.rerun([], timezone.now()) == []


def test_a_stored_run_reads_back_as_it_was_made() -> None:
    report = diagnosed()
    row = report.diagnoses.get()
    plan, run = stored.plan_of(row), stored.run_of(row)
    assert plan is not None
    assert (plan.action, plan.reason) == (row.plan_action, row.plan_reason)
    assert run.first == "recipient.mailbox_full"
    assert run.speaks_for[0].code in ("enhanced_code", "answer_words")
    assert run.checks["delivered"] == "did_not_hold"


def test_a_plan_stands_until_the_report_is_settled() -> None:
    report = diagnosed("550 5.1.1 User unknown")
    row = report.diagnoses.get()
    plan = stored.standing_plan(row, report)
    assert plan is not None
    assert plan.action is Action.SUPPRESS
    for state in ("resolved", "verified", "rejected"):
        report.state = state
        assert stored.standing_plan(row, report) is None


def test_a_try_that_a_person_asked_for_is_the_plan_meanwhile() -> None:
    report = diagnosed("550 5.7.1 Relaying denied")
    assert report.message is not None
    attempt = make_attempt(report.message)
    report.message.refresh_from_db()
    plan = stored.standing_plan(report.diagnoses.get(), report)
    assert plan is not None
    assert (plan.reason, plan.at) == (Why.UNDER_WAY, attempt.due_at)
    attempt.outcome = Outcome.SENDING
    attempt.save()
    plan = stored.standing_plan(report.diagnoses.get(), report)
    assert plan is not None
    assert (plan.reason, plan.at) == (Why.UNDER_WAY, None)


def test_a_row_of_a_time_before_plans_has_none() -> None:
    report = diagnosed()
    row = Diagnosis(report=report, ruleset_version="1", took_ms=1.0)
    assert stored.plan_of(row) is None
    row.plan_action, row.plan_reason = "human", "a_word_of_tomorrow"
    assert stored.plan_of(row) is None
