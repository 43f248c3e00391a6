"""Does what a source says afterwards count once, and change what it may?"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries import sending
from deliveries.models import (
    DeliveryEvent,
    EventKind,
    EvidenceLevel,
    FactChange,
    Message,
    MessageState,
    issue_key,
)
from tests.callers import Caller, problem
from tests.factories import make_address, make_message
from tests.people import Program, make_person
from tests.repairs import follow_up, prove
from tests.work import make_report, make_ticket
from triage import resolution, webhooks
from triage.models import (
    Diagnosis,
    FailureGroup,
    FailureReport,
    MemberRole,
    ReportState,
    Ticket,
    TicketEvent,
    TicketState,
    WebhookDelivery,
)
from triage.models import EventKind as Happened

MONTH = timedelta(days=31)
TERMINAL = [ReportState.REJECTED, ReportState.WITHDRAWN]
DONE = [ReportState.VERIFIED, ReportState.CLOSED_UNVERIFIED]


@pytest.fixture
def ticket(api: Caller) -> Ticket:
    """A ticket about one message of the shop, of which nobody knows what became."""
    message = make_message(
        address=make_address(api.program.source), state=MessageState.UNKNOWN
    )
    return make_ticket(message)


def report_of(ticket: Ticket) -> FailureReport:
    return FailureReport.objects.select_related("message").get(ticket=ticket)


def say(api: Caller, report: FailureReport, what: str, **body: object) -> Any:
    return api.post(body, f"/api/v1/reports/{report.public_id}/{what}/")


def confirm(api: Caller, report: FailureReport, outcome: str, **more: object) -> Any:
    return say(api, report, "confirmation", outcome=outcome, **more)


def shown(api: Caller, report: FailureReport) -> Any:
    return api.get(f"/api/v1/reports/{report.public_id}/").json()


def put(report: FailureReport, state: ReportState) -> FailureReport:
    FailureReport.objects.filter(pk=report.pk).update(state=state)
    report.refresh_from_db()
    return report


def words(ticket: Ticket) -> list[str]:
    events = ticket.events.filter(kind=Happened.ANSWERED)
    return [each.change["outcome"] for each in events]


def counters() -> tuple[int, int, int]:
    group = FailureGroup.objects.get()
    return group.reports, group.recipients, group.unserved


class TestArrived:
    def test_it_is_evidence_of_the_highest_level_and_closes_everything(
        self, api: Caller, ticket: Ticket
    ) -> None:
        report = report_of(ticket)

        response = confirm(api, report, "arrived", note="It was in the other folder.")

        assert response.status_code == 200
        assert response.json()["state"] == "verified"
        message, event = Message.objects.get(), DeliveryEvent.objects.get()
        assert (message.state, message.evidence_level) == (MessageState.DELIVERED, 4)
        assert (event.kind, event.level) == (EventKind.CONFIRMED, 4)
        ticket.refresh_from_db()
        assert ticket.state == TicketState.VERIFIED
        assert counters() == (1, 1, 0)
        assert words(ticket) == ["arrived"]
        assert FactChange.objects.count() == 1

    def test_said_twice_it_counts_once(self, api: Caller, ticket: Ticket) -> None:
        report = report_of(ticket)
        first = confirm(api, report, "arrived")
        before = TicketEvent.objects.count()

        second = confirm(api, report, "arrived")

        assert (second.status_code, second.json()) == (200, first.json())
        assert DeliveryEvent.objects.count() == 1
        assert TicketEvent.objects.count() == before

    def test_its_time_is_the_reporters_within_reason(
        self, api: Caller, ticket: Ticket
    ) -> None:
        at = timezone.now() - timedelta(hours=1)
        confirm(api, report_of(ticket), "arrived", at=f"{at.isoformat()}")
        assert DeliveryEvent.objects.get().occurred_at == at

    @pytest.mark.parametrize("days", [-40, 1])
    def test_a_time_beyond_belief_is_now(
        self, api: Caller, ticket: Ticket, days: int
    ) -> None:
        before = timezone.now()
        at = before + timedelta(days=days)
        confirm(api, report_of(ticket), "arrived", at=f"{at.isoformat()}")
        assert DeliveryEvent.objects.get().occurred_at >= before

    def test_without_a_message_the_word_alone_closes_the_report(
        self, api: Caller
    ) -> None:
        ticket = make_ticket(source=api.program.source)

        response = confirm(api, report_of(ticket), "arrived")

        assert response.json()["state"] == "verified"
        assert not DeliveryEvent.objects.exists()

    def test_before_the_diagnosis_evidence_is_kept(self, api: Caller) -> None:
        message = make_message(api.program.source)
        report = make_report(message, state=ReportState.RECEIVED, cause=None)

        response = confirm(api, report, "arrived")

        assert (response.status_code, response.json()["state"]) == (200, "received")
        assert Message.objects.get().evidence_level == EvidenceLevel.CONFIRMED

    def test_before_the_diagnosis_and_without_a_message_it_comes_too_early(
        self, api: Caller
    ) -> None:
        report = make_report(
            source=api.program.source, state=ReportState.RECEIVED, cause=None
        )
        refusal = confirm(api, report, "arrived")
        assert problem(refusal) == (422, "transition_not_allowed")

    def test_of_a_duplicate_it_is_said_of_its_original(
        self, api: Caller, ticket: Ticket
    ) -> None:
        original = report_of(ticket)
        twin = make_report(original.message, person="twin")
        FailureReport.objects.filter(pk=twin.pk).update(
            state=ReportState.DUPLICATE, duplicate_of=original
        )

        response = confirm(api, twin, "arrived")

        assert response.json()["id"] == original.public_id
        assert response.json()["state"] == "verified"


class TestStillFailing:
    def test_a_mended_report_goes_back_to_people(
        self, api: Caller, ticket: Ticket
    ) -> None:
        report = put(report_of(ticket), ReportState.RESOLVED)

        response = confirm(api, report, "still_failing", note="Nothing in any folder.")

        assert response.json()["state"] == "ticketed"
        assert words(ticket) == ["still_failing"]

    def test_a_solved_ticket_is_opened_again(self, api: Caller, ticket: Ticket) -> None:
        solve(ticket)

        confirm(api, report_of(ticket), "still_failing")

        ticket.refresh_from_db()
        assert (ticket.state, ticket.reopen_count) == (TicketState.OPEN, 1)
        assert report_of(ticket).state == ReportState.TICKETED

    @pytest.mark.parametrize(
        "state", [ReportState.TICKETED, ReportState.REPAIRING, ReportState.DIAGNOSED]
    )
    def test_what_is_worked_on_stays_and_the_word_is_kept(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        response = confirm(api, report, "still_failing")
        assert (response.status_code, response.json()["state"]) == (200, state)
        assert words(ticket) == ["still_failing"]

    @pytest.mark.parametrize("state", [*DONE, *TERMINAL])
    def test_what_is_closed_is_not_reopened_by_the_way(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        refusal = confirm(api, report, "still_failing")
        assert problem(refusal) == (422, "transition_not_allowed")


class TestReopening:
    @pytest.mark.parametrize("state", [*DONE, ReportState.RESOLVED])
    def test_a_closed_report_goes_to_people_again(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        response = say(api, report, "reopening", reason="It was another message.")
        assert response.json()["state"] == "ticketed"
        assert report_of(ticket).state == ReportState.TICKETED
        assert words(ticket) == ["reopened"]

    def test_a_verified_ticket_is_taken_up_and_its_person_counted_again(
        self, api: Caller, ticket: Ticket
    ) -> None:
        solve(ticket)
        report = report_of(ticket)
        assert report.message is not None
        prove(report.message)
        ticket.refresh_from_db()
        assert (ticket.state, counters()) == (TicketState.VERIFIED, (1, 1, 0))

        say(api, report, "reopening", reason="It was another message.")

        ticket.refresh_from_db()
        assert (ticket.state, counters()) == (TicketState.OPEN, (1, 1, 1))
        assert Ticket.objects.count() == 1

    def test_asked_twice_it_is_open_once(self, api: Caller, ticket: Ticket) -> None:
        report = put(report_of(ticket), ReportState.VERIFIED)
        first = say(api, report, "reopening", reason="It was another message.")
        again = say(api, report, "reopening", reason="It was another message.")
        assert (again.status_code, again.json()) == (200, first.json())
        assert words(ticket) == ["reopened"]

    def test_later_than_thirty_days_after_the_last_change_it_stays(
        self, api: Caller
    ) -> None:
        report = make_report(source=api.program.source, state=ReportState.VERIFIED)
        FailureReport.objects.update(received_at=timezone.now() - MONTH)
        refusal = say(api, report, "reopening", reason="It fails again.")
        assert problem(refusal) == (422, "transition_not_allowed")

    def test_a_change_since_then_counts(self, api: Caller) -> None:
        report = make_report(source=api.program.source, state=ReportState.VERIFIED)
        FailureReport.objects.update(received_at=timezone.now() - MONTH)
        Diagnosis.objects.create(
            report=report, ruleset_version="1", evidence_digest="", took_ms=1.0
        )
        assert say(api, report, "reopening", reason="It fails.").status_code == 200

    def test_a_live_report_of_the_same_person_goes_on_instead(
        self, api: Caller, ticket: Ticket
    ) -> None:
        live = report_of(ticket)
        closed = make_report(live.message, person="once")
        put(closed, ReportState.VERIFIED)
        FailureReport.objects.filter(pk=live.pk).update(reporter_pseudonym="once")

        response = say(api, closed, "reopening", reason="It fails again.")

        assert response.json()["state"] == "duplicate"
        assert response.json()["duplicate_of"] == live.public_id

    def test_a_reason_is_needed(self, api: Caller, ticket: Ticket) -> None:
        report = put(report_of(ticket), ReportState.VERIFIED)
        assert problem(say(api, report, "reopening")) == (400, "invalid")

    @pytest.mark.parametrize("state", TERMINAL)
    def test_the_end_is_the_end(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        refusal = say(api, report, "reopening", reason="It fails again.")
        assert problem(refusal) == (422, "transition_not_allowed")


class TestWithdrawal:
    @pytest.mark.parametrize(
        "state",
        [
            ReportState.RECEIVED,
            ReportState.DIAGNOSED,
            ReportState.REPAIRING,
            ReportState.TICKETED,
            ReportState.RESOLVED,
        ],
    )
    def test_an_open_report_is_taken_back(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        response = say(api, report, "withdrawal", reason="It was my mistake.")
        assert response.json()["state"] == "withdrawn"
        assert counters() == (1, 1, 0)
        assert words(ticket) == ["withdrawn"]
        assert say(api, report, "withdrawal").status_code == 200
        assert words(ticket) == ["withdrawn"]

    @pytest.mark.parametrize("state", [*DONE, ReportState.REJECTED])
    def test_what_is_closed_is_not(
        self, api: Caller, ticket: Ticket, state: ReportState
    ) -> None:
        report = put(report_of(ticket), state)
        refusal = say(api, report, "withdrawal")
        assert problem(refusal) == (422, "transition_not_allowed")

    def test_the_last_unproven_report_no_longer_holds_up_its_ticket(
        self, api: Caller
    ) -> None:
        ticket = make_ticket(source=api.program.source, reports=2)
        first, second = FailureReport.objects.order_by("pk")
        solve(ticket)
        confirm(api, first, "arrived")

        say(api, second, "withdrawal")

        ticket.refresh_from_db()
        assert ticket.state == TicketState.VERIFIED


class TestWhoMay:
    @pytest.mark.parametrize("what", ["confirmation", "reopening", "withdrawal"])
    def test_a_foreign_report_is_not_there(
        self, api: Caller, stranger: Program, ticket: Ticket, what: str
    ) -> None:
        other = Caller(stranger, api.client)
        body = {"confirmation": {"outcome": "arrived"}, "reopening": {"reason": "No."}}
        response = say(other, report_of(ticket), what, **body.get(what, {}))
        assert problem(response) == (404, "not_found")
        assert report_of(ticket).state == ReportState.TICKETED

    def test_a_key_that_only_reads_says_nothing(
        self, api: Caller, ticket: Ticket
    ) -> None:
        row, key = issue_key(api.program.source, "reader", ["report:read"])
        reader = Caller(Program(api.program.source, row, key), api.client)
        refusal = confirm(reader, report_of(ticket), "arrived")
        assert problem(refusal) == (403, "scope_missing")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/outcome"),
            ({"outcome": "maybe"}, "/outcome"),
            ({"outcome": "arrived", "at": "yesterday"}, "/at"),
            ({"outcome": "arrived", "note": 3}, "/note"),
            ({"outcome": "arrived", "state": "verified"}, "/state"),
        ],
    )
    def test_half_a_word_changes_nothing(
        self, api: Caller, ticket: Ticket, body: dict[str, object], pointer: str
    ) -> None:
        response = say(api, report_of(ticket), "confirmation", **body)
        assert response.status_code == 400
        assert [each["pointer"] for each in response.json()["errors"]] == [pointer]
        assert report_of(ticket).state == ReportState.TICKETED

    def test_a_note_is_redacted(self, api: Caller, ticket: Ticket) -> None:
        confirm(api, report_of(ticket), "still_failing", note="Ask lin@example.org.")
        event = ticket.events.get(kind=Happened.ANSWERED)
        assert "lin@" not in event.change["note"]


class TestAnAnswerIsWanted:
    def test_while_nobody_knows_the_reporter_is_asked(
        self, api: Caller, ticket: Ticket
    ) -> None:
        assert shown(api, report_of(ticket))["answer_wanted"] is True

    @pytest.mark.parametrize("outcome", ["arrived", "still_failing"])
    def test_once_they_have_answered_they_are_not(
        self, api: Caller, ticket: Ticket, outcome: str
    ) -> None:
        confirm(api, report_of(ticket), outcome)
        assert shown(api, report_of(ticket))["answer_wanted"] is False

    def test_while_proof_may_still_come_they_are_not(
        self, api: Caller, ticket: Ticket
    ) -> None:
        Message.objects.update(state=MessageState.ACCEPTED)
        assert shown(api, report_of(ticket))["answer_wanted"] is False

    def test_silence_tells_the_source_that_it_is_asked(
        self, api: Caller, ticket: Ticket
    ) -> None:
        from_now = timezone.now()
        webhooks.create(
            api.program.source,
            url="https://shop.example/hooks",
            events=["report.answer_wanted"],
        )
        Message.objects.update(state=MessageState.ACCEPTED, verify_by=from_now)
        sweep(from_now)

        told = WebhookDelivery.objects.get()
        assert told.kind == "report.answer_wanted"
        assert '"answer_wanted":true' in told.body


def sweep(now: Any) -> None:
    sending.sweep_silence(now)
    follow_up()


def solve(ticket: Ticket) -> None:
    """Let a lead solve a ticket."""
    leo = make_person("solver", MemberRole.LEAD, ticket.queue)
    answer = resolution.Answer(ticket.group.category)
    resolution.resolve(ticket.number, leo.actor, answer, now=timezone.now())
