"""Is the plan that people are shown what the machine does?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.models import DeliveryAttempt, Outcome, Suppression
from tests.factories import make_address, make_message, make_route
from tests.people import Person
from tests.triage.test_repair import (
    BUSY,
    answer,
    digested,
    message_of,
    read,
    under_repair,
    with_a_person,
)
from tests.work import make_report
from triage import pipeline
from triage.models import FailureReport, ReportState

pytestmark = pytest.mark.django_db

NOBODY_THERE = "550 5.1.1 User unknown"
PLANNED = {
    "retry_at": ReportState.REPAIRING,
    "other_route": ReportState.REPAIRING,
    "wait": ReportState.REPAIRING,
    "human": ReportState.TICKETED,
    "suppress": ReportState.TICKETED,
    "fix_template": ReportState.TICKETED,
    "ask_user": ReportState.TICKETED,
}


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("HTTP 503 Service Unavailable", "retry_at"),
        ("TLS handshake failed: certificate has expired", "other_route"),
        ("Delivery delayed, will keep trying", "wait"),
        ("wibble", "human"),
        (NOBODY_THERE, "suppress"),
        ("HTTP 413 Payload Too Large", "fix_template"),
        ("HTTP 410 Gone", "ask_user"),
    ],
)
def test_the_machine_does_what_the_plan_says(said: str, action: str) -> None:
    make_route(position=1)
    make_route(position=2)
    report = digested(make_message(address=make_address()), said)
    run = report.diagnoses.get()
    assert run.plan_action == action
    assert report.state == PLANNED[action]
    made = DeliveryAttempt.objects.first()
    assert (made is not None) is (action in ("retry_at", "other_route"))
    assert (made.due_at if made else report.due_at) == run.plan_at
    assert Suppression.objects.exists() is (action == "suppress")


def test_after_each_refusal_the_plan_is_what_happens_next() -> None:
    report = under_repair()
    while read(report).state == ReportState.REPAIRING:
        run = report.diagnoses.first()
        planned = DeliveryAttempt.objects.get(outcome=Outcome.PLANNED)
        assert run is not None
        assert (run.plan_action, run.plan_at) == ("retry_at", planned.due_at)
        assert run.plan_params["try"] == planned.n
        answer(message_of(report), BUSY)
    last = report.diagnoses.first()
    assert last is not None
    assert (last.plan_action, last.plan_reason) == ("human", "used_up")
    assert DeliveryAttempt.objects.count() == 7


def test_a_persons_try_that_fails_leaves_the_plan_to_people(ana: Person) -> None:
    ticket = with_a_person(ana)
    report = ticket.reports.select_related("message").get()
    answer(message_of(report), BUSY)
    run = report.diagnoses.first()
    assert run is not None
    assert (run.plan_action, run.plan_reason) == ("human", "with_people")
    assert not DeliveryAttempt.objects.filter(outcome=Outcome.PLANNED).exists()


def test_two_reports_of_one_message_have_one_try_in_their_plans() -> None:
    make_route()
    message = make_message(address=make_address())
    texts = {"answer": "HTTP 503 Service Unavailable", "cause": None}
    reports = [
        make_report(message, state=ReportState.RECEIVED, **texts) for _ in range(2)
    ]
    overdue = timezone.now() - timedelta(minutes=1)
    FailureReport.objects.update(due_at=overdue)
    pipeline.digest_due(timezone.now())
    planned = DeliveryAttempt.objects.get()
    for report in reports:
        assert read(report).state == ReportState.REPAIRING
        assert report.diagnoses.get().plan_at == planned.due_at


def test_what_comes_between_plan_and_try_hands_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*args: object, **named: object) -> None:
        raise sending.NotSendable(("suppressed",))

    monkeypatch.setattr(sending, "plan", stopped)
    assert under_repair().state == ReportState.TICKETED
