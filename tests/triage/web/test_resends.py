"""Is a bulk resend planned within one's scope, by one's amount, and read as it is?"""

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import resend
from deliveries.models import Message, MessageState, ResendItem, ResendOperation
from tests.factories import make_address, make_message, make_route, make_source
from tests.people import Person, make_person
from tests.resends import drafted, make_failed, planned
from tests.work import RELAY_DENIED, hand_to_people, make_report, make_ticket
from triage import csv_lines, tickets
from triage.models import MemberRole, Queue, Ticket

pytestmark = pytest.mark.django_db
NEW = "/resends/new/"
PACE = {"canary_size": 20, "ramp": "50, 100", "rate_per_s": 5}


@pytest.fixture
def ticket(general: Queue) -> Ticket:
    """An unsolved ticket about three messages that may be sent again."""
    make_route()
    source = make_source("shop")
    messages = [make_message(address=make_address(source)) for _ in range(3)]
    return hand_to_people([make_report(each) for each in messages])[0]


def ask(person: Person, **fields: Any) -> HttpResponse:
    return person.browser.post(NEW, {**PACE, **fields})


def plan(person: Person, **fields: Any) -> ResendOperation:
    """Ask for a plan on the page, and let the job judge it."""
    answer = ask(person, **fields)
    assert answer.status_code == 302, answer.text
    operation = ResendOperation.objects.latest("number")
    resend.plan(operation.pk, timezone.now)
    operation.refresh_from_db()
    return operation


def page(person: Person, operation: ResendOperation, tail: str = "") -> HttpResponse:
    return person.browser.get(f"/resends/{operation.number}/{tail}")


def post(person: Person, operation: ResendOperation, verb: str) -> str:
    url = f"/resends/{operation.number}/{verb}/"
    return person.browser.post(url, follow=True).text


# --- planning -------------------------------------------------------------------------


def test_a_ticket_leads_to_a_plan_of_its_messages(leo: Person, ticket: Ticket) -> None:
    shown = leo.browser.get(f"/tickets/{ticket.number}/")
    assert f"/resends/new/?ticket={ticket.number}" in shown.text
    operation = plan(leo, ticket=ticket.number)
    assert (operation.matched, operation.will_send) == (3, 3)
    assert operation.queue_ids == [ticket.queue_id]
    assert operation.plan["causes"] == {"server.unavailable": 3}
    assert operation.source == Message.objects.earliest("pk").source
    text = page(leo, operation).text
    assert "Messages that match" in text
    assert f"ticket #{ticket.number}" in text


def test_filters_narrow_what_is_meant(leo: Person, ticket: Ticket) -> None:
    other = make_message(address=make_address(make_source("bank")), region="cn-east")
    hand_to_people([make_report(other, cause=RELAY_DENIED, region="cn-east")])
    assert plan(leo, region="cn-east").matched == 1
    assert plan(leo, category=RELAY_DENIED, remedy="config_fixed").matched == 1
    assert plan(leo, group=ticket.group.number).matched == 3
    assert plan(leo, channel="webhook").matched == 4
    chosen = list(Message.objects.values_list("public_id", flat=True)[:2])
    assert plan(leo, message=chosen).matched == 2
    long_ago = "2020-01-01T00:00"
    assert plan(leo, since=long_ago).matched == 4
    assert "No failed message of your tickets" in ask(leo, until=long_ago).text


def test_a_plan_for_everything_is_refused(leo: Person, ticket: Ticket) -> None:
    answer = ask(leo)
    assert answer.status_code == 400
    assert "Choose at least one filter" in answer.text
    assert not ResendOperation.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ramp": "many"}, "Write numbers with commas"),
        ({"ramp": "0"}, "A step has 1 to 1000 messages"),
        ({"canary_size": 0}, "greater than or equal to 1"),
        ({"rate_per_s": "nan"}, "Enter a number"),
        ({"ticket": "9" * 30}, "less than or equal"),
        ({"new_expires_at": "2020-01-01T00:00"}, "Choose a time that lies ahead"),
        ({"remedy": "magic"}, "Select a valid choice"),
        ({"category": "no.such"}, "Select a valid choice"),
        ({"remedy": "human_judgement"}, "A specialist has to vouch"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    ana: Person, ticket: Ticket, fields: dict[str, Any], said: str
) -> None:
    answer = ask(ana, **{"channel": "webhook", **fields})
    assert answer.status_code == 400
    assert said in answer.text
    assert not ResendOperation.objects.exists()


def test_a_zero_in_an_id_is_no_way_in(leo: Person, ticket: Ticket) -> None:
    for public_id in ("msg_x", "\x00", "1"):
        assert ask(leo, message=public_id).status_code == 400
    assert "No failed message" in ask(leo, message=f"msg_{'A' * 26}").text


def test_messages_out_of_scope_are_not_found(
    eve: Person, ana: Person, leo: Person, ticket: Ticket
) -> None:
    message = Message.objects.earliest("pk").public_id
    assert "No failed message" in ask(eve, message=message).text
    Ticket.objects.update(assignee=leo.user)
    assert "No failed message" in ask(ana, message=message).text  # a colleague's
    Ticket.objects.update(assignee=ana.user)
    assert plan(ana, message=message).matched == 1


def test_a_resend_out_of_scope_is_not_there(
    leo: Person, eve: Person, ticket: Ticket
) -> None:
    operation = plan(leo, ticket=ticket.number)
    for tail in ("", "progress/", "items/", "items.csv"):
        assert page(eve, operation, tail).status_code == 404
    for verb in ("start", "pause", "cancellation"):
        url = f"/resends/{operation.number}/{verb}/"
        assert eve.browser.post(url).status_code == 404
    assert "Resend" not in eve.browser.get("/resends/").context["page"].rows
    operation.refresh_from_db()
    assert operation.state == "planned"


def test_who_sees_a_part_of_the_messages_does_not_see_the_resend(
    leo: Person, ana: Person, general: Queue
) -> None:
    other = Queue.objects.create(slug="other", name="Other")
    make_route()
    operation = planned(leo.user, make_failed(1), queues=[general.pk, other.pk])
    assert page(ana, operation).status_code == 404


# --- deciding -------------------------------------------------------------------------


def test_above_ones_amount_a_lead_has_to_agree_who_is_somebody_else(
    ana: Person, leo: Person, ticket: Ticket
) -> None:
    operation = plan(ana, ticket=ticket.number)
    assert operation.needs_second_person
    assert "You planned it, so you cannot" in page(ana, operation).text
    assert "A lead has to agree first" in post(ana, operation, "start")
    assert ana.browser.post(f"/resends/{operation.number}/approval/").status_code == 403
    assert "You agreed" in post(leo, operation, "approval")
    assert "The canary is on its way" in post(ana, operation, "start")
    operation.refresh_from_db()
    assert (operation.state, operation.approved_by) == ("canary", leo.user)


def test_a_lead_does_not_agree_to_a_plan_of_her_own(
    leo: Person, ticket: Ticket
) -> None:
    operation = plan(leo, ticket=ticket.number, new_region="eu-west")
    assert operation.needs_second_person
    assert "somebody else has to agree" in post(leo, operation, "approval")
    operation.refresh_from_db()
    assert (operation.state, operation.approved_by) == ("planned", None)


def test_a_lead_elsewhere_is_no_lead_here(
    ana: Person, general: Queue, ticket: Ticket
) -> None:
    other = Queue.objects.create(slug="other", name="Other")
    mira = make_person("mira", MemberRole.LEAD, other)
    general.memberships.create(person=mira.user, role=MemberRole.AGENT)
    operation = plan(ana, ticket=ticket.number)
    url = f"/resends/{operation.number}/approval/"
    assert mira.browser.post(url).status_code == 403


def test_a_plan_within_ones_amount_is_started_paused_and_stopped(
    leo: Person, ticket: Ticket
) -> None:
    operation = plan(leo, ticket=ticket.number)
    assert "No second person needed" in page(leo, operation).text
    post(leo, operation, "start")
    assert "Paused. Nothing more is sent" in post(leo, operation, "pause")
    assert "It goes on" in post(leo, operation, "start")
    assert "are free again" in post(leo, operation, "cancellation")
    assert "It is “Cancelled” by now" in post(leo, operation, "cancellation")


def test_an_admin_stops_what_runs_and_starts_nothing(
    leo: Person, ada: Person, ticket: Ticket
) -> None:
    operation = plan(leo, ticket=ticket.number)
    assert ada.browser.post(f"/resends/{operation.number}/start/").status_code == 403
    post(leo, operation, "start")
    assert "Paused" in post(ada, operation, "pause")
    assert "are free again" in post(ada, operation, "cancellation")


# --- one message, two people ----------------------------------------------------------


def test_a_ticket_says_who_has_planned_a_resend_of_its_message(
    ana: Person, leo: Person, general: Queue
) -> None:
    make_route()
    message = make_message(address=make_address())
    ticket = make_ticket(message)
    User.objects.filter(pk=ana.user.pk).update(first_name="Ana")
    operation = plan(ana, ticket=ticket.number)
    said = f"resend {operation.number}."
    shown = leo.browser.get(f"/tickets/{ticket.number}/").text
    assert "Ana already planned a resend of this message at" in shown
    assert said in shown
    assert f'href="/resends/{operation.number}/"' in shown
    with pytest.raises(tickets.Invalid, match="Ana already planned"):
        tickets.retry_now(
            ticket.number,
            leo.actor,
            message_public_id=message.public_id,
            now=timezone.now(),
        )


# --- reading --------------------------------------------------------------------------


def test_each_reason_opens_the_messages_that_it_leaves_out(
    leo: Person, general: Queue
) -> None:
    make_route()
    late = make_failed(2, expires_at=timezone.now())
    operation = planned(leo.user, [*make_failed(1), *late], queues=[general.pk])
    (reason,) = page(leo, operation).context["exclusions"]
    assert (reason.code, reason.count) == ("expired", 2)
    rows = leo.browser.get(reason.url).context["page"].rows
    assert [row["reference"] for row in rows] == [each.external_id for each in late]
    assert page(leo, operation, "items/?state=\x00").status_code == 400
    assert page(leo, operation, "items/?cursor=x").status_code == 404


def test_a_long_resend_is_read_page_by_page(leo: Person, general: Queue) -> None:
    make_route()
    operation = planned(leo.user, make_failed(120), queues=[general.pk])
    url, seen = f"/resends/{operation.number}/items/", []
    while url:
        shown = leo.browser.get(url).context["page"]
        seen += [row["reference"] for row in shown.rows]
        url = shown.next_url
    assert len(seen) == len(set(seen)) == 120
    back = leo.browser.get(shown.previous_url).context["page"]
    assert len(back.rows) == 50


def test_the_table_has_every_message_masked_and_runs_nothing(
    leo: Person, general: Queue
) -> None:
    make_route()
    address = make_address(value="https://secret.example/hook")
    message = make_message(address=address)
    Message.objects.filter(pk=message.pk).update(external_id="=1+1")
    operation = planned(leo.user, [message], queues=[general.pk])
    answer = page(leo, operation, "items.csv")
    assert isinstance(answer, StreamingHttpResponse)
    assert f"resend-{operation.number}.csv" in answer["Content-Disposition"]
    text = answer.getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text))
    assert row["reference"] == "'=1+1"
    assert row["recipient"] == address.masked
    assert "secret.example/hook" not in text
    assert (row["state"], row["exclusion"], row["at"]) == ("planned", "", "")


@pytest.mark.parametrize("start", csv_lines.FORMULA)
def test_no_cell_is_a_formula(start: str) -> None:
    assert csv_lines.safe(f"{start}cmd") == f"'{start}cmd"


def test_while_it_is_planned_the_page_shows_how_far(
    leo: Person, general: Queue
) -> None:
    operation = drafted(leo.user, make_failed(2), queues=[general.pk])
    assert "0 of 2 messages judged" in page(leo, operation).text
    make_route()
    resend.plan(operation.pk, timezone.now)
    answer = page(leo, operation, "progress/?seen=draft")
    assert answer["HX-Refresh"] == "true"


def test_a_change_of_state_brings_the_buttons_along(
    leo: Person, general: Queue
) -> None:
    make_route()
    operation = planned(leo.user, make_failed(2), queues=[general.pk])
    assert "resend-actions" not in page(leo, operation, "progress/?seen=planned").text
    swapped = page(leo, operation, "progress/?seen=canary").text
    assert 'hx-swap-oob="true"' in swapped
    assert 'data-announce="Planned"' in swapped


def test_how_many_may_have_arrived_is_not_known_from_few_cases(
    leo: Person, general: Queue
) -> None:
    make_route()
    unclear = make_failed(1, state=MessageState.UNKNOWN)
    operation = planned(leo.user, unclear, queues=[general.pk], with_unclear=True)
    assert "is not known: there are fewer than 30" in page(leo, operation).text
    ResendItem.objects.update(duplicate_risk=0.4)
    ResendOperation.objects.update(
        plan={"unclear": 10, "unclear_known": 10, "expected_twice": 4.0}
    )
    assert "about 4 of them have arrived" in page(leo, operation).text


def test_in_chinese_the_page_speaks_chinese(leo: Person, general: Queue) -> None:
    make_route()
    operation = planned(leo.user, make_failed(1), queues=[general.pk])
    leo.browser.cookies["django_language"] = "zh-hans"
    assert "将发送" in page(leo, operation).text


# --- cost -----------------------------------------------------------------------------


def queries(person: Person, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert person.browser.get(url).status_code == 200
    return len(seen)


def test_fifty_rows_cost_no_more_queries_than_one(leo: Person, general: Queue) -> None:
    make_route()
    own = {"queues": [general.pk]}
    first = planned(leo.user, make_failed(1), **own)
    few = {
        url: queries(leo, url)
        for url in ("/resends/", f"/resends/{first.number}/items/")
    }
    large = planned(leo.user, make_failed(50), **own)
    for _ in range(49):
        planned(leo.user, make_failed(1), **own)
    assert queries(leo, "/resends/") <= few["/resends/"]
    many = queries(leo, f"/resends/{large.number}/items/")
    assert many <= few[f"/resends/{first.number}/items/"]
    one = queries(leo, f"/resends/{first.number}/")
    assert queries(leo, f"/resends/{large.number}/") <= one


def test_the_minutes_are_counted_and_drawn(leo: Person, general: Queue) -> None:
    make_route()
    operation = planned(leo.user, make_failed(6), queues=[general.pk])
    assert page(leo, operation).context["chart"] is None
    noon = timezone.now().replace(hour=12, minute=0, second=30)
    ended = (("delivered", 0), ("sent", 0), ("failed", 2), ("excluded", 3))
    for item, (state, minute) in zip(operation.items.all(), ended, strict=False):
        ResendItem.objects.filter(pk=item.pk).update(
            state=state,
            exclusion="expired" if state == "excluded" else "",
            finished_at=noon + timezone.timedelta(minutes=minute),
        )
    chart = page(leo, operation).context["chart"]
    assert [(each.good, each.bad) for each in chart.minutes] == [(2, 0), (0, 0), (0, 1)]
    assert chart.most == 2
    assert (chart.minutes[0].good_height, chart.minutes[2].bad_top) == (120, 60)
