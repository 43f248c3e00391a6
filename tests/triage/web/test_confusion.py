"""Is what the machine said held against what people chose, for who may see it?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.people import Person
from tests.work import category, make_ticket
from triage import diagnosis, resolution
from triage.models import FailureReport, Queue, Resolution, Ticket

pytestmark = pytest.mark.django_db

PAGE = "/diagnosis/confusion/"
UNKNOWN_USER = "550 5.1.1 User unknown"


def solved(
    person: Person, cause: str, answer: str = UNKNOWN_USER, **report: object
) -> Ticket:
    """A ticket that was diagnosed by the machine and solved by a person."""
    ticket = make_ticket(
        cause="recipient.unknown",
        answer=answer,
        assignee=person.user,
        **report,  # type: ignore[arg-type]
    )
    diagnosis.diagnose(list(ticket.reports.all()), timezone.now())
    choice = resolution.Answer(category(cause))
    resolution.resolve(ticket.number, person.actor, choice, now=timezone.now())
    return ticket


def cells(person: Person, query: str = "") -> dict[tuple[str, str], int]:
    """The figures of the table by the names of its row and column."""
    table = person.browser.get(PAGE + query).context["table"]
    if table is None:
        return {}
    return {
        (row["name"], cell["name"]): cell["count"]
        for row in table["rows"]
        for cell in row["cells"]
        if cell["count"]
    }


RECIPIENT, CONFIG = "Recipient / user error", "Configuration / authentication"


def test_a_cause_that_was_corrected_shows_at_once(leo: Person) -> None:
    assert cells(leo) == {}
    assert "Nothing to compare yet" in leo.browser.get(PAGE).text
    solved(leo, "recipient.unknown")
    solved(leo, "recipient.moved")
    solved(leo, "config.billing")
    assert cells(leo) == {(RECIPIENT, RECIPIENT): 2, (RECIPIENT, CONFIG): 1}
    context = leo.browser.get(PAGE).context
    assert (context["total"], context["right"], context["right_family"]) == (3, 33, 67)


def test_a_figure_opens_its_causes_and_a_cause_its_tickets(leo: Person) -> None:
    right = solved(leo, "recipient.unknown")
    moved = [solved(leo, "recipient.moved") for _ in range(2)]
    solved(leo, "config.billing")
    table = leo.browser.get(PAGE).context["table"]
    (row,) = table["rows"]
    (figure,) = [each for each in row["cells"] if each["name"] == RECIPIENT]
    assert figure["percent"] == 75
    cell = leo.browser.get(figure["url"]).context["cell"]
    found = [(each["chose"], each["count"], each["right"]) for each in cell["leaves"]]
    assert found == [
        (category("recipient.moved").name, 2, False),
        (category("recipient.unknown").name, 1, True),
    ]
    assert {each.number for each in cell["tickets"]} == {
        right.number,
        *(each.number for each in moved),
    }
    leaf = leo.browser.get(cell["leaves"][0]["url"]).context["cell"]
    assert {each.number for each in leaf["tickets"]} == {each.number for each in moved}
    assert leaf["leaves"][0]["open"]


def test_a_resolution_that_was_replaced_counts_no_more(leo: Person) -> None:
    ticket = solved(leo, "config.billing")
    Resolution.objects.filter(ticket=ticket).update(superseded_at=timezone.now())
    Resolution.objects.create(
        ticket=ticket, category=category("recipient.moved"), resolved_by=leo.user
    )
    assert cells(leo) == {(RECIPIENT, RECIPIENT): 1}


def test_what_the_machine_solved_by_itself_says_nothing(leo: Person) -> None:
    ticket = solved(leo, "config.billing")
    Resolution.objects.filter(ticket=ticket).update(resolved_by=None)
    assert cells(leo) == {}


@pytest.mark.django_db(transaction=True)
def test_only_what_was_said_before_the_person_decided_counts(leo: Person) -> None:
    ticket = solved(leo, "config.billing")
    FailureReport.objects.update(provider_answer="452 4.2.2 The mailbox is full")
    diagnosis.diagnose(list(ticket.reports.all()), timezone.now())
    cell = leo.browser.get(f"{PAGE}?said=recipient&chose=config").context["cell"]
    assert [each["said"] for each in cell["leaves"]] == [
        category("recipient.unknown").name
    ]
    assert ticket.reports.get().diagnoses.count() == 2


def test_the_newest_word_before_the_decision_counts(leo: Person) -> None:
    ticket = make_ticket(
        cause="recipient.unknown", answer=UNKNOWN_USER, assignee=leo.user
    )
    diagnosis.diagnose(list(ticket.reports.all()), timezone.now())
    FailureReport.objects.update(provider_answer="452 4.2.2 The mailbox is full")
    diagnosis.diagnose(list(ticket.reports.all()), timezone.now())
    choice = resolution.Answer(category("recipient.mailbox_full"))
    resolution.resolve(ticket.number, leo.actor, choice, now=timezone.now())
    assert leo.browser.get(PAGE).context["right"] == 100


def test_the_table_is_narrowed_by_window_channel_and_provider(leo: Person) -> None:
    old = solved(leo, "config.billing")
    Resolution.objects.filter(ticket=old).update(
        resolved_at=timezone.now() - timedelta(days=8)
    )
    solved(leo, "config.billing", provider="southpost")
    solved(leo, "config.billing", channel=ChannelKind.SMS, provider="carrier")
    for query, total in (
        ("", 2),
        ("?days=7", 2),
        ("?channel=sms", 1),
        ("?provider=SouthPost", 1),
        ("?channel=push", 0),
    ):
        page = leo.browser.get(PAGE + query)
        assert page.context["total"] == total, query
    for query in ("?days=365", "?channel=pigeon", "?said=%00&chose=x", "?said=a.b.c"):
        assert leo.browser.get(PAGE + query).status_code == 400, query


def test_stated_confidence_stands_beside_what_proved_right(leo: Person) -> None:
    solved(leo, "recipient.unknown")
    solved(leo, "config.billing")
    bins = leo.browser.get(PAGE).context["bins"]
    assert [each["low"] for each in bins] == list(range(0, 100, 10))
    (used,) = [each for each in bins if each["tickets"]]
    assert (used["tickets"], used["right"]) == (2, 50)
    assert used["low"] <= used["stated"] <= used["high"]


def test_eve_counts_and_opens_nothing_of_others(leo: Person, eve: Person) -> None:
    ticket = solved(leo, "config.billing")
    assert cells(eve) == {}
    opened = eve.browser.get(f"{PAGE}?said=recipient&chose=config")
    assert f"/tickets/{ticket.number}/" not in opened.text
    assert cells(leo) == {(RECIPIENT, CONFIG): 1}


def test_an_editor_and_an_auditor_see_what_is_in_their_scope(
    leo: Person, mia: Person, aud: Person
) -> None:
    solved(leo, "config.billing")
    assert cells(mia) == cells(aud) == cells(leo)


def test_the_page_costs_the_same_queries_at_1_and_at_50_tickets(
    leo: Person, general: Queue
) -> None:
    address = f"{PAGE}?said=recipient&chose=recipient"

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert leo.browser.get(address).status_code == 200
        return len(captured)

    solved(leo, "recipient.moved")
    few = cost()
    for _ in range(49):
        solved(leo, "recipient.unknown")
    assert cost() == few
    assert few <= 6


def test_the_page_speaks_chinese(leo: Person) -> None:
    leo.browser.cookies["django_language"] = "zh-hans"
    solved(leo, "config.billing")
    page = leo.browser.get(f"{PAGE}?said=recipient&chose=config")
    assert "系统判断为" in page.text
