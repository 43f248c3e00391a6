"""Is a merge foreseen on its page, for one ticket and for many, and done as shown?"""

import re

import pytest
from django.http import HttpResponse
from django.utils import timezone

from tests.people import Person
from tests.triage.bulk.deeds import select
from tests.triage.incidents.desk import fail, membership, ticket_of
from tests.triage.notices.letters import leave, make_sms_route, reachable
from tests.work import hand_to_people
from triage import replies
from triage.models import (
    BulkAction,
    GroupAlias,
    Notice,
    NoticeState,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_form_shows_what_a_merge_moves_and_changes_nothing(leo: Person) -> None:
    ticket, target = ticket_of(fail("here", 3)), ticket_of(fail("there", 2))
    before = membership(), TicketEvent.objects.count()
    url = f"/tickets/{ticket.number}/merge/"
    answer = leo.browser.get(url, {"into": target.number})
    preview = answer.context["preview"]
    assert (preview["moved"], preview["reports_before"], preview["reports"]) == (
        3,
        2,
        5,
    )
    assert (preview["people_before"], preview["people"]) == (2, 5)
    assert preview["queues"] == [target.queue.title]
    assert "The two incidents become one" in text(answer)
    assert (membership(), TicketEvent.objects.count()) == before

    leo.browser.post(url, {"into": target.number, "version": ticket.version})
    target.refresh_from_db()
    assert (target.reports.count(), target.tier) == (5, preview["tier"])


def test_the_form_tells_an_agent_that_incidents_are_not_theirs_to_merge(
    ana: Person,
) -> None:
    ticket, target = ticket_of(fail("here")), ticket_of(fail("there"))
    answer = ana.browser.get(
        f"/tickets/{ticket.number}/merge/", {"into": target.number}
    )
    assert answer.status_code == 403
    assert not GroupAlias.objects.exists()


def picked(who: Person, *tickets: Ticket) -> str:
    return f"/selections/{select(who, tickets).token}/merge/"


def test_the_page_of_many_counts_before_and_after_and_merges(leo: Person) -> None:
    made = [ticket_of(fail(name, 2)) for name in ("one", "two", "three")]
    url = picked(leo, *made)
    shown = leo.browser.get(url)
    assert shown.context["preview"]["will"] == 2
    seen = shown.context["preview"]["merge"]
    assert (seen.tickets, seen.incidents, seen.reports, seen.people) == (
        (3, 1),
        (3, 1),
        6,
        6,
    )
    assert "Before and after the merge" in text(shown)
    before = membership()

    into = shown.context["form"]["into"].value()
    leo.browser.post(url, {"into": into, "seen_at": shown.context["seen_at"]})
    action = BulkAction.objects.get()
    assert (action.applied, action.refused) == (2, 1)
    assert Ticket.objects.live().count() == 1
    leo.browser.post(f"/bulk/{action.pk}/undo/")
    assert membership() == before


def test_z_takes_a_merge_of_many_back_whole(leo: Person) -> None:
    made = [ticket_of(fail(name)) for name in ("one", "two", "three")]
    before = membership()
    leo.browser.post(picked(leo, *made), {"into": made[0].number})
    assert membership() != before
    leo.browser.post("/undo/")
    assert membership() == before


@pytest.mark.parametrize("into", ["", "nobody", "0", "9" * 30, "²"])
def test_a_number_that_is_none_is_told_by_the_field(leo: Person, into: str) -> None:
    made = [ticket_of(fail(name)) for name in ("one", "two")]
    answer = leo.browser.post(picked(leo, *made), {"into": into})
    assert answer.status_code == 400
    assert answer.context["form"].errors["into"]
    assert not GroupAlias.objects.exists()


def test_nobody_merges_into_a_ticket_that_they_do_not_see(
    leo: Person, eve: Person
) -> None:
    made = [ticket_of(fail(name)) for name in ("one", "two")]
    hidden = ticket_of(fail("hidden"))
    Ticket.objects.filter(pk=hidden.pk).update(queue=min(eve.actor.queue_ids))
    answer = leo.browser.post(picked(leo, *made), {"into": hidden.number})
    assert answer.status_code == 400
    assert "You see no ticket with this number." in text(answer)


def test_an_incident_and_its_ticket_say_who_could_not_be_told_and_why(
    ana: Person,
) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable(phone=""), reachable(phone=""), reachable()])
    replies.write(ticket.number, ana.actor, {"en": "Soon."}, now=timezone.now())
    leave()
    dead = Notice.objects.filter(state=NoticeState.SENT)
    dead.update(state=NoticeState.DEAD, sent_at=None)
    lines = (
        "2 people could not be told: there is no other channel that works",
        "1 person could not be told: every way failed",
    )
    number = ticket.group.number
    for url in (
        f"/tickets/{ticket.number}/",
        f"/incidents/{number}/",
        f"/incidents/{number}/?tab=timeline",
    ):
        shown = text(ana.browser.get(url))
        for line in lines:
            assert line in shown, url


def test_who_was_told_since_is_not_among_them(ana: Person) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable()])
    for words in ("Soon.", "Done."):
        replies.write(ticket.number, ana.actor, {"en": words}, now=timezone.now())
    leave()
    first = Notice.objects.order_by("pk")[:1].values("pk")
    Notice.objects.filter(pk__in=first).update(state=NoticeState.DEAD, sent_at=None)
    shown = ana.browser.get(f"/incidents/{ticket.group.number}/")
    assert "could not be told" not in text(shown)
