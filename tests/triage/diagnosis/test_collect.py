"""Is everything that we hold about a failure found, and with few queries?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import (
    AttemptCause,
    DeliveryAttempt,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    SuppressionOrigin,
)
from deliveries.suppressions import suppress
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
)
from tests.rows import make
from tests.work import UNAVAILABLE, UNKNOWN, category, make_report
from triage import diagnosis
from triage.diagnosis import collect
from triage.diagnosis.evidence import Evidence, Siblings
from triage.diagnosis.plan import Hands, Standing, Why
from triage.models import FailureReport, LogBundle

pytestmark = pytest.mark.django_db

NOBODY = "recipient.unknown"


def known_of(report: FailureReport) -> collect.Collected:
    (known,) = collect.of_reports([report], timezone.now())
    return known


def evidence_of(report: FailureReport) -> Evidence:
    return known_of(report).evidence


def standing_of(report: FailureReport) -> Standing:
    return known_of(report).standing


def refuse(
    attempt: DeliveryAttempt, answer: str = "HTTP 503 busy", **changes: Any
) -> DeliveryAttempt:
    """End a try with a refusal."""
    rows = DeliveryAttempt.objects.filter(pk=attempt.pk)
    at = timezone.now() - timedelta(minutes=1)
    fields = {"outcome": Outcome.REFUSED, "due_at": None, "finished_at": at}
    rows.update(**fields, raw_answer=answer, reply_code=answer[5:8], **changes)
    Message.objects.filter(pk=attempt.message_id).update(state=MessageState.FAILED)
    attempt.refresh_from_db()
    return attempt


def whole() -> FailureReport:
    """A report about a message of which much is known."""
    message = make_message(address=make_address())
    refuse(make_attempt(message))
    return make_report(message, answer="", region="eu-west")


def fetched(count: int) -> list[FailureReport]:
    """Such reports as the pipeline fetches them."""
    ids = [whole().pk for _ in range(count)]
    rows = FailureReport.objects.select_related("source", "message__address")
    return list(rows.filter(pk__in=ids))


def test_fifty_reports_cost_the_queries_of_one() -> None:
    make_route()
    reports = fetched(50)
    counts = []
    for batch in (reports[:1], reports):
        with CaptureQueriesContext(connection) as captured:
            collect.of_reports(batch, timezone.now())
        counts.append(len(captured))
    assert counts == [7, 7]


def test_a_whole_run_costs_the_queries_of_one() -> None:
    reports = fetched(20)
    counts = []
    for batch in (reports[:1], reports):
        with CaptureQueriesContext(connection) as captured:
            diagnosis.diagnose(batch, timezone.now())
        counts.append(len(captured))
    assert counts == [
        11,
        11,
    ]  # with the causes, the taught rules, the runs and findings


# --- others at the same provider ------------------------------------------------------


def failing(
    people: int, *, minutes: float = 5, cause: str | None = UNAVAILABLE, **fields: Any
) -> None:
    """Let so many people fail so many minutes ago."""
    at = timezone.now() - timedelta(minutes=minutes)
    for _ in range(people):
        report = make_report(cause=cause, **fields)
        FailureReport.objects.filter(pk=report.pk).update(received_at=at)


def siblings_now(**fields: Any) -> Siblings | None:
    report = make_report(cause=None, answer="", **fields)
    FailureReport.objects.filter(pk=report.pk).update(
        received_at=timezone.now() - timedelta(hours=9)
    )
    return evidence_of(report).facts.siblings


def test_many_who_fail_at_once_are_an_outage_of_the_provider() -> None:
    failing(12)
    failing(12, cause="network.connection_failed")
    failing(3, minutes=40)
    assert siblings_now() == Siblings(24, 600.0, 3, 3600.0)
    report = make_report(cause=None, answer="")
    diagnosis.diagnose([report], timezone.now())
    assert report.category == category(UNAVAILABLE)
    (check,) = [
        each for each in report.diagnoses.get().checks if each["code"] == "outage"
    ]
    assert check == {
        "code": "outage",
        "outcome": "held",
        "params": {"people": 24, "minutes": 10},
    }


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"provider": "southpost"},
        {"region": "cn-east"},
        {"cause": NOBODY},
        {"cause": None},
        {"cause": UNKNOWN},
        {"minutes": 90},
        {"person": "the-same"},
    ],
)
def test_what_happens_elsewhere_or_to_one_person_is_none(
    elsewhere: dict[str, Any],
) -> None:
    failing(25, **elsewhere)
    found = siblings_now()
    assert found is not None
    assert not found.surging


def test_where_as_many_failed_an_hour_before_it_is_as_usual() -> None:
    failing(25)
    failing(60, minutes=30)
    found = siblings_now()
    assert found is not None
    assert (found.people, found.people_before, found.surging) == (25, 60, False)


def test_of_a_flood_only_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.diagnosis.surge.SAMPLE", 20)
    failing(30, minutes=1)
    found = siblings_now()
    assert found is not None
    assert (found.people, found.surging) == (20, True)
    assert 59 < found.seconds < 70


def test_without_a_provider_nobody_can_be_compared() -> None:
    failing(25, provider="")
    assert siblings_now(provider="") is None


# --- the message, its address, its tries ----------------------------------------------


def test_an_address_that_worked_lately_is_known_to_work() -> None:
    address = make_address()
    report = make_report(make_message(address=address))
    assert evidence_of(report).facts.arrived_before is False
    arrived = make_message(
        address=address,
        state=MessageState.DELIVERED,
        evidence_level=EvidenceLevel.DELIVERED,
    )
    assert evidence_of(report).facts.arrived_before is True
    Message.objects.filter(pk=arrived.pk).update(
        created_at=timezone.now() - timedelta(days=91)
    )
    assert evidence_of(report).facts.arrived_before is False


def test_a_message_is_no_witness_of_its_own_address() -> None:
    message = make_message(
        address=make_address(),
        state=MessageState.DELIVERED,
        evidence_level=EvidenceLevel.DELIVERED,
    )
    facts = evidence_of(make_report(message)).facts
    assert (facts.arrived_before, facts.delivered) == (False, True)
    assert evidence_of(make_report(None)).facts.arrived_before is None


def test_what_stops_a_message_is_known() -> None:
    message = make_message(address=make_address())
    assert standing_of(make_report(message, person="a")).stopped == ()
    make_message(message.source, supersedes=message)
    assert message.address is not None
    suppress(
        message.address, category=category(NOBODY), origin=SuppressionOrigin.CLIENT
    )
    known = known_of(make_report(message, person="b"))
    assert known.evidence.facts.suppressed
    assert known.evidence.facts.superseded
    assert known.standing.stopped == (Why.SUPERSEDED, Why.SUPPRESSED)


@pytest.mark.parametrize(
    ("minutes", "soon", "over"),
    [(5, True, False), (60, False, False), (-5, False, True), (None, None, False)],
)
def test_the_end_of_a_message_is_seen_coming(
    minutes: int | None, *, soon: bool | None, over: bool
) -> None:
    at = minutes and timezone.now() + timedelta(minutes=minutes)
    report = make_report(None, expires_at=at or None)
    facts = evidence_of(report).facts
    assert (facts.expires_soon, facts.expired) == (soon, over)


def test_the_earlier_end_counts() -> None:
    soon, later = (timezone.now() + timedelta(hours=hours) for hours in (1, 2))
    assert standing_of(expiring(soon, later)).expires_at == soon
    assert standing_of(expiring(later, soon)).expires_at == soon


def expiring(message: datetime, report: datetime) -> FailureReport:
    return make_report(make_message(expires_at=message), expires_at=report)


def test_earlier_tries_are_those_of_the_source_and_our_own() -> None:
    message = make_message(address=make_address())
    refuse(make_attempt(message), "HTTP 503 one")
    told = {"at": "2026-03-01T12:00:00Z", "code": "500", "answer": "told"}
    report = make_report(message, attempts=[told])
    assert [each.answer for each in evidence_of(report).earlier] == [
        "told",
        "HTTP 503 one",
    ]
    last = refuse(make_attempt(message), "HTTP 410 two")
    known = collect.of_attempt(report, last, timezone.now())
    assert [each.answer for each in known.evidence.earlier] == ["HTTP 503 one"]
    assert (known.attempt_n, known.evidence.answer) == (2, "HTTP 410 two")
    assert (known.standing.refused, known.standing.hands) == (True, Hands.MACHINE)


def test_a_try_that_a_person_wanted_leaves_it_in_their_hands() -> None:
    message = make_message(address=make_address())
    attempt = refuse(make_attempt(message, cause=AttemptCause.AGENT))
    known = collect.of_attempt(make_report(message), attempt, timezone.now())
    assert known.standing.hands is Hands.PERSON
    assert known.standing.tries_made == 1


def test_the_tries_of_the_machine_and_its_routes_are_counted() -> None:
    first, second = make_provider(), make_provider()
    route = make_route(first)
    message = make_message(address=make_address())
    refuse(make_attempt(message, route), retry_after_s=60)
    report = make_report(message)
    standing = standing_of(report)
    assert (standing.tries_made, standing.retry_after_s) == (2, 60)
    assert (standing.route, standing.other_route) == (True, False)
    make_route(second, region="elsewhere")
    assert standing_of(report).other_route is False
    make_route(second)
    assert standing_of(report).other_route is True


def test_a_try_under_way_is_known_with_its_time() -> None:
    message = make_message(address=make_address())
    attempt = make_attempt(message)
    standing = standing_of(make_report(message))
    assert (standing.under_way, standing.tries_at) == (True, attempt.due_at)


def test_only_the_end_of_the_clients_log_is_read_and_only_where_it_is_silent() -> None:
    text = "x" * 9_000 + " Connection timed out"
    silent = make_report(None, answer=" ")
    make(LogBundle, report=silent, kind="client", text=text)
    make(LogBundle, report=silent, kind="http", text="HTTP 410 Gone")
    log = evidence_of(silent).log
    assert (len(log), log[-9:]) == (4_000, "timed out")
    told = make_report(None, answer="550 no")
    make(LogBundle, report=told, kind="client", text=text)
    assert evidence_of(told).log == ""
