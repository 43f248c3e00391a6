"""Can a lead change what is promised, having seen what it would have meant?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.work import make_ticket
from triage import sla
from triage.models import (
    BusinessCalendar,
    BusinessHours,
    Queue,
    SlaClock,
    SlaPolicy,
    Ticket,
)
from triage.rehearsals import of_promises
from triage.web.sla_forms import SpanField, TermsForm

pytestmark = pytest.mark.django_db

SLA = "/team/sla/"
GENERAL = "/team/sla/queues/general/"
URGENT = "config.billing"  # S2: an hour until the first response


def terms(queue: Queue, **changes: Any) -> dict[str, Any]:
    """What a browser posts: all that holds, but for the changes."""
    form = TermsForm(initial=TermsForm.stored(queue))
    posted = {
        name: field.prepare_value(form.get_initial_for_field(field, name))
        for name, field in form.fields.items()
    }
    posted |= changes
    return {name: value for name, value in posted.items() if value not in (None, False)}


def rehearse(person: Person, data: dict[str, Any]) -> HttpResponse:
    return person.browser.post(GENERAL, data)


def save(person: Person, data: dict[str, Any], path: str = GENERAL) -> HttpResponse:
    """Rehearse, look, and save the same."""
    seen = person.browser.post(path, data).context["rehearsed"]
    assert seen
    return person.browser.post(path, {**data, "rehearsed": seen})


# --- what holds -----------------------------------------------------------------------


def test_a_lead_sees_the_promises_of_her_queues_alone(leo: Person, eve: Person) -> None:
    page = leo.browser.get(SLA)
    (shown,) = page.context["queues"]
    assert shown["name"] == "General"
    assert [row["targets"] for row in shown["tiers"]] == [
        ["15 min", "30 min", "2 h"],
        ["1 h", "2 h", "8 h"],
        ["4 h", "8 h", "16 h"],
        ["8 h", "", "40 h"],
    ]
    assert leo.browser.get("/team/sla/queues/other/").status_code == 404


def test_an_admin_sees_every_queue(ada: Person, eve: Person) -> None:
    assert len(ada.browser.get(SLA).context["queues"]) == 2


def test_the_page_costs_the_same_for_many_queues(ada: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert ada.browser.get(SLA).status_code == 200
        return len(seen)

    calendar = BusinessCalendar.objects.create(slug="c", name="C")
    Queue.objects.update(calendar=calendar)
    few = cost()
    for n in range(20):
        other = BusinessCalendar.objects.create(slug=f"c-{n}", name="C")
        BusinessHours.objects.create(
            calendar=other, weekday=1, opens_min=1, closes_min=9
        )
        Queue.objects.create(slug=f"q-{n}", name="Q", calendar=other)
    assert cost() == few


# --- another promise ------------------------------------------------------------------


def test_a_change_is_rehearsed_before_it_is_saved(leo: Person, general: Queue) -> None:
    for _ in range(3):
        make_ticket(cause=URGENT)
    make_ticket()
    data = terms(general, S2_first_response="30 min", S4_time_to_verified="48 h")
    page = rehearse(leo, data)
    found = page.context["rehearsal"]
    assert (found.examined, found.earlier, found.later) == (4, 3, 1)
    assert "3 tickets would be due earlier" in page.text
    assert "1 ticket would be due later" in page.text
    assert not SlaPolicy.objects.exists()


def test_what_was_rehearsed_is_saved_and_holds_from_then_on(
    leo: Person, general: Queue
) -> None:
    before = make_ticket(cause=URGENT)
    target = before.clocks.get(kind="first_response").target_at
    save(leo, terms(general, S2_first_response="30 min", escalate_at="7"))
    assert before.clocks.get(kind="first_response").target_at == target
    now = timezone.now()
    after = make_ticket(cause=URGENT, now=now)
    clock = after.clocks.get(kind="first_response")
    assert clock.target_at == now + timedelta(minutes=30)
    general.refresh_from_db()
    assert general.escalate_at == 7
    assert list(SlaPolicy.objects.values_list("tier", flat=True)) == ["S2"]
    assert LogEntry.objects.get().user == leo.user


def test_back_to_the_default_leaves_no_row(leo: Person, general: Queue) -> None:
    save(leo, terms(general, S2_first_response="30 min"))
    save(leo, terms(general, S2_first_response="1 h"))
    assert not SlaPolicy.objects.exists()


def test_what_was_changed_after_the_rehearsal_is_rehearsed_again(
    leo: Person, general: Queue
) -> None:
    data = terms(general, S2_first_response="30 min")
    seen = rehearse(leo, data).context["rehearsed"]
    other = terms(general, S2_first_response="5 min") | {"rehearsed": seen}
    page = rehearse(leo, other)
    assert page.status_code == 200
    assert page.context["rehearsal"] is not None
    assert not SlaPolicy.objects.exists()


def test_the_rehearsal_says_what_would_have_been_late(
    leo: Person, general: Queue
) -> None:
    ticket = make_ticket(cause=URGENT)
    opened = timezone.now() - timedelta(minutes=40)
    Ticket.objects.filter(pk=ticket.pk).update(opened_at=opened)
    SlaClock.objects.filter(ticket=ticket, kind="first_response").update(
        state="met", met_at=opened + timedelta(minutes=35), due_at=None
    )
    page = rehearse(leo, terms(general, S2_first_response="30 min", S2_next_update=""))
    first, update, _ = page.context["rehearsal"].kinds
    assert (first.late_before, first.late_after) == (0, 1)
    assert (update.dropped, update.late_before) == (1, 0)


def test_only_the_last_week_is_looked_at(leo: Person, general: Queue) -> None:
    make_ticket()
    Ticket.objects.update(opened_at=timezone.now() - timedelta(days=8))
    found = rehearse(leo, terms(general, S4_first_response="1 h")).context["rehearsal"]
    assert found.examined == 0


def test_a_rehearsal_says_when_there_were_more(
    leo: Person, general: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_promises, "MOST_TICKETS", 1)
    for _ in range(2):
        make_ticket()
    page = rehearse(leo, terms(general))
    assert page.context["rehearsal"].examined == 1
    assert "There were more" in page.text


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        ("15 min", 15),
        ("15分钟", 15),
        ("4h", 240),
        ("1 h 30 min", 90),
        ("1小时30分钟", 90),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, minutes: int | None) -> None:
    assert SpanField().clean(text) == minutes


@pytest.mark.parametrize(
    "changes",
    [
        {"S1_first_response": "soon"},
        {"S1_first_response": "0"},
        {"S1_first_response": "99999 h"},
        {"S1_first_response": "\x00"},
        {"calendar": "999"},
        {"escalate_at": "0"},
        {"escalate_at": "9" * 30},
        {"escalate_at": "10", "escalate_again_at": "10"},
        {"escalate_at": "", "escalate_again_at": "10"},
    ],
    ids=lambda changes: " ".join(f"{k}={ascii(v)[:9]}" for k, v in changes.items()),
)
def test_what_makes_no_sense_is_said_by_the_field(
    leo: Person, general: Queue, changes: dict[str, str]
) -> None:
    page = rehearse(leo, terms(general, **changes))
    assert page.status_code == 400
    assert page.context["form"].errors
    assert not SlaPolicy.objects.exists()


# --- other hours ----------------------------------------------------------------------


def week(**changes: str) -> dict[str, str]:
    days = {f"day_{day}": "09:00–12:00, 13:00–17:00" for day in range(5)}
    return {"name": "Office", "zone": "Europe/Berlin", **days, **changes}


def test_a_calendar_is_written_whole(leo: Person) -> None:
    leo.browser.post(
        f"{SLA}calendars/new/",
        week(holidays="2026-12-25 Christmas\n\n2026-12-26", day_5="0:00-24:00"),
    )
    row = BusinessCalendar.objects.get(slug="office")
    assert row.hours.count() == 11
    assert [each.name for each in row.holidays.all()] == ["Christmas", ""]
    shown = leo.browser.get(f"{SLA}calendars/office/").text
    assert "09:00–12:00, 13:00–17:00" in shown
    assert "2026-12-25 Christmas" in shown
    leo.browser.post(f"{SLA}calendars/office/", week(name="Bureau", day_4=""))
    row.refresh_from_db()
    assert (row.name, row.slug, row.hours.count()) == ("Bureau", "office", 8)
    assert not row.holidays.exists()


def test_calendars_of_one_name_have_addresses_of_their_own(leo: Person) -> None:
    for _ in range(2):
        leo.browser.post(f"{SLA}calendars/new/", week(name="上海"))
    slugs = set(BusinessCalendar.objects.values_list("slug", flat=True))
    assert slugs == {"calendar", "calendar-2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"day_0": "09:00–12:00, 11:59–17:00"},
        {"day_0": "17:00–09:00"},
        {"day_0": "09:00–24:01"},
        {"day_0": "nine to five"},
        {f"day_{day}": "" for day in range(5)},
        {"zone": "Mars/Olympus"},
        {"holidays": "Christmas 2026-12-25"},
        {"name": ""},
    ],
    ids=["overlap", "backwards", "too late", "words", "shut", "zone", "day", "name"],
)
def test_hours_that_make_no_sense_are_refused(
    leo: Person, changes: dict[str, str]
) -> None:
    page = leo.browser.post(f"{SLA}calendars/new/", week(**changes))
    assert page.status_code == 400
    assert page.context["form"].errors
    assert not BusinessCalendar.objects.exists()


def test_other_hours_are_rehearsed_for_the_queues_that_work_by_them(
    leo: Person, general: Queue
) -> None:
    leo.browser.post(f"{SLA}calendars/new/", week(day_5="00:00–24:00"))
    row = BusinessCalendar.objects.get()
    Queue.objects.filter(pk=general.pk).update(calendar=row)
    ticket = make_ticket()
    path = f"{SLA}calendars/office/"
    always = {f"day_{day}": "00:00–24:00" for day in range(7)}
    page = leo.browser.post(path, week(**always))
    assert page.context["rehearsal"].earlier == 1
    assert row.hours.count() == 11
    assert save(leo, week(**always), path).status_code == 302
    assert row.hours.count() == 7
    assert ticket.clocks.count() == 2


def test_hours_that_others_work_by_as_well_are_not_hers_to_change(
    leo: Person, general: Queue, eve: Person, ada: Person
) -> None:
    row = BusinessCalendar.objects.create(slug="shared", name="Shared")
    Queue.objects.update(calendar=row)
    path = f"{SLA}calendars/shared/"
    assert leo.browser.get(path).status_code == 403
    assert leo.browser.post(path, week()).status_code == 403
    assert ada.browser.get(path).status_code == 200
    (shown,) = leo.browser.get(SLA).context["calendars"]
    assert shown["url"] == ""


def test_a_calendar_that_is_not_there_is_not_found(leo: Person) -> None:
    assert leo.browser.get(f"{SLA}calendars/nothing/").status_code == 404


# --- what burns -----------------------------------------------------------------------


def test_a_lead_sees_first_what_costs_people_most(leo: Person, eve: Person) -> None:
    calm = make_ticket(provider="a")
    hot = make_ticket(provider="b", reports=30)
    for ticket in (calm, hot):
        begun = timezone.now() - timedelta(hours=3)
        SlaClock.objects.filter(ticket=ticket).update(started_at=begun)
    other = make_ticket(queue=Queue.objects.get(slug="other"))
    burning = leo.browser.get("/team/").context["burning"]
    assert [row["ticket"].number for row in burning] == [hot.number, calm.number]
    assert burning[0]["burn"] == pytest.approx(30 * 180, abs=40)
    assert other.number not in {row["ticket"].number for row in burning}
    assert sla.escalate(timezone.now()) == 1
    (row, _) = leo.browser.get("/team/").context["burning"]
    assert row["ticket"].escalated
