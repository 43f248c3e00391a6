"""Does a failure that comes back after its proof open its ticket again by itself?"""

from datetime import datetime, timedelta

import pytest

from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    category,
    hand_to_people,
    join,
    make_report,
    make_ticket,
)
from triage import measuring, recurrence, resolution
from triage.models import (
    EventKind,
    FailureReport,
    ReportState,
    Resolution,
    ResolutionState,
    Ticket,
    TicketState,
)
from triage.resolution import Answer

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
DAY = timedelta(days=1)
PROVIDER = "southpost"


@pytest.fixture
def proven(ana: Person) -> Resolution:
    """A ticket whose message arrived after Ana had solved it."""
    ticket = make_ticket(cause=MAILBOX_FULL, provider=PROVIDER)
    answer = Answer(category(MAILBOX_FULL))
    row = resolution.resolve(ticket.number, ana.actor, answer, now=NOW)
    ticket.reports.update(state=ReportState.VERIFIED, received_at=NOW - DAY)
    resolution.settle(Ticket.objects.select_for_update().get(pk=ticket.pk), NOW)
    row.refresh_from_db()
    return row


def again(at: datetime, state: ReportState = ReportState.DIAGNOSED) -> FailureReport:
    """The same failure, for another person."""
    report = make_report(cause=MAILBOX_FULL, provider=PROVIDER, state=state)
    FailureReport.objects.filter(pk=report.pk).update(received_at=at)
    report.refresh_from_db()
    join([report])
    return report


def test_a_proven_resolution_is_looked_at_after_a_week_and_after_a_month(
    proven: Resolution,
) -> None:
    assert recurrence.next_check(proven, NOW) == NOW + 7 * DAY
    assert recurrence.next_check(proven, NOW + 7 * DAY) == NOW + 30 * DAY
    assert recurrence.next_check(proven, NOW + 30 * DAY) is None


def test_the_machine_comes_back_to_it_by_itself(proven: Resolution) -> None:
    for at, due in ((NOW, 7), (NOW + 7 * DAY, 30)):
        Resolution.objects.update(due_at=NOW)
        assert measuring.measure_due(at) == 1
        assert Resolution.objects.get().due_at == NOW + due * DAY


def test_what_was_not_seen_again_holds(proven: Resolution) -> None:
    assert not recurrence.check(proven.pk, NOW + 7 * DAY)
    proven.refresh_from_db()
    assert proven.state == ResolutionState.EFFECTIVE


def test_what_the_machine_had_to_mend_again_opens_the_ticket(
    proven: Resolution,
) -> None:
    again(NOW + 3 * DAY, ReportState.VERIFIED)
    assert recurrence.check(proven.pk, NOW + 7 * DAY)
    proven.refresh_from_db()
    assert (proven.state, proven.regressed_at) == (
        ResolutionState.REGRESSED,
        NOW + 3 * DAY,
    )
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.reopen_count) == (TicketState.OPEN, 1)
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert kinds[-3:] == [EventKind.CAME_BACK, EventKind.REOPENED, EventKind.TIER]
    said = ticket.events.get(kind=EventKind.CAME_BACK).change
    assert said == {"reports": 1, "days": 3}


def test_what_a_new_ticket_works_on_is_told_on_both(proven: Resolution) -> None:
    taken_over = hand_to_people([again(NOW + 2 * DAY)])[0]
    assert taken_over.pk != proven.ticket_id
    assert recurrence.check(proven.pk, NOW + 7 * DAY)
    old = Ticket.objects.get(pk=proven.ticket_id)
    assert old.state == TicketState.VERIFIED
    assert old.events.get(kind=EventKind.CAME_BACK).change["ticket"] == (
        taken_over.number
    )
    told = taken_over.events.get(kind=EventKind.CAME_BACK).change
    assert told["before"] == old.number


def test_rare_repairs_by_the_machine_are_no_return(
    ana: Person, proven: Resolution
) -> None:
    more = [make_report(cause=MAILBOX_FULL, provider=PROVIDER) for _ in range(2)]
    join(more)
    FailureReport.objects.filter(pk__in=[each.pk for each in more]).update(
        ticket=proven.ticket, state=ReportState.VERIFIED, received_at=NOW - DAY
    )
    again(NOW + 3 * DAY, ReportState.VERIFIED)
    assert not recurrence.check(proven.pk, NOW + 7 * DAY)


@pytest.mark.parametrize(
    ("received", "looked"), [(-1, 7), (31, 40), (3, 6)], ids=["old", "late", "early"]
)
def test_what_came_before_the_proof_or_much_later_does_not_count(
    proven: Resolution, received: int, looked: int
) -> None:
    again(NOW + received * DAY, ReportState.VERIFIED)
    assert not recurrence.check(proven.pk, NOW + looked * DAY)


def test_a_report_that_was_no_failure_does_not_count(proven: Resolution) -> None:
    again(NOW + 3 * DAY, ReportState.REJECTED)
    assert not recurrence.check(proven.pk, NOW + 7 * DAY)


def test_it_is_told_once(proven: Resolution) -> None:
    hand_to_people([again(NOW + 2 * DAY)])
    assert recurrence.check(proven.pk, NOW + 7 * DAY)
    assert not recurrence.check(proven.pk, NOW + 30 * DAY)
    old = Ticket.objects.get(pk=proven.ticket_id)
    assert old.events.filter(kind=EventKind.CAME_BACK).count() == 1


def test_another_cause_of_the_same_provider_is_another_failure(
    proven: Resolution,
) -> None:
    report = make_report(provider=PROVIDER, state=ReportState.VERIFIED)
    join([report])
    FailureReport.objects.filter(pk=report.pk).update(received_at=NOW + DAY)
    assert not recurrence.check(proven.pk, NOW + 7 * DAY)
