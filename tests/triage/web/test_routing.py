"""Can a lead steer tickets, having seen what other rules would have done?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.utils import timezone

from deliveries.models import ChannelKind
from tests.people import Person
from tests.work import MAILBOX_FULL, category, make_ticket
from triage import steering
from triage.models import Queue, RoutingRule, Ticket

pytestmark = pytest.mark.django_db

ROUTING = "/team/routing/"
NEW = f"{ROUTING}new/"


@pytest.fixture
def mail(leo: Person) -> Queue:
    """A second queue that Leo leads."""
    queue = Queue.objects.create(slug="mail", name="Mail")
    queue.memberships.create(person=leo.user, role="lead")
    return queue


def rule(queue: Queue, position: int, **conditions: object) -> RoutingRule:
    return RoutingRule.objects.create(queue=queue, position=position, **conditions)


def save(person: Person, path: str, data: dict[str, Any]) -> HttpResponse:
    """Rehearse, look, and save the same."""
    seen = person.browser.post(path, data).context["rehearsed"]
    return person.browser.post(path, {**data, "rehearsed": seen})


def order() -> list[int]:
    return list(RoutingRule.objects.values_list("pk", flat=True))


# --- writing --------------------------------------------------------------------------


def test_a_new_rule_is_rehearsed_before_it_is_saved(leo: Person, mail: Queue) -> None:
    for _ in range(2):
        make_ticket(channel=ChannelKind.EMAIL)
    make_ticket(channel=ChannelKind.SMS)
    data = {"channel": "email", "queue": mail.pk}
    page = leo.browser.post(NEW, data)
    assert "2 tickets would go elsewhere" in page.text
    assert page.context["moves"] == [{"was": "General", "would": "Mail", "count": 2}]
    assert not RoutingRule.objects.exists()
    assert save(leo, NEW, data).status_code == 302
    assert make_ticket(channel=ChannelKind.EMAIL).queue == mail
    assert LogEntry.objects.get().user == leo.user


def test_a_rule_may_ask_for_one_cause(leo: Person, mail: Queue) -> None:
    cause = category(MAILBOX_FULL)
    save(leo, NEW, {"category": cause.pk, "queue": mail.pk})
    assert make_ticket(cause=MAILBOX_FULL).queue == mail
    assert make_ticket(cause="recipient.inactive").queue.slug == "general"
    assert cause.name in leo.browser.get(ROUTING).text


def test_a_change_keeps_place_and_state(leo: Person, mail: Queue) -> None:
    first = rule(mail, 1, channel="sms", enabled=False)
    second = rule(mail, 2, channel="push")
    path = f"{ROUTING}{first.pk}/"
    assert save(leo, path, {"region": "cn-east", "queue": mail.pk}).status_code == 302
    first.refresh_from_db()
    assert (first.channel, first.region, first.enabled) == ("", "cn-east", False)
    assert order() == [first.pk, second.pk]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"queue": "0"},
        {"queue": "x"},
        {"channel": "pigeon"},
        {"family": "none"},
        {"category": "999999"},
        {"source": "999999"},
        {"provider": "p" * 65},
        {"region": "\x00"},
    ],
    ids=ascii,
)
def test_what_makes_no_sense_is_said_by_the_field(
    leo: Person, mail: Queue, data: dict[str, str]
) -> None:
    whole = {"queue": mail.pk, **data} if data else {}
    page = leo.browser.post(NEW, whole)
    assert page.status_code == 400
    assert page.context["form"].errors


def test_there_is_room_for_so_many_rules(
    leo: Person, mail: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "MOST_RULES", 1)
    rule(mail, 1)
    assert leo.browser.post(NEW, {"queue": mail.pk}).status_code == 400


# --- moving, switching, removing ------------------------------------------------------


def test_the_first_that_fits_counts_so_the_order_is_rehearsed(
    leo: Person, mail: Queue, general: Queue
) -> None:
    everything = rule(general, 1)
    letters = rule(mail, 2, channel="email")
    make_ticket(channel=ChannelKind.EMAIL)
    path = f"{ROUTING}{letters.pk}/change/"
    page = leo.browser.post(path, {"verb": "up"})
    assert "1 ticket would go elsewhere" in page.text
    assert order() == [everything.pk, letters.pk]
    save(leo, path, {"verb": "up"})
    assert order() == [letters.pk, everything.pk]
    assert make_ticket(channel=ChannelKind.EMAIL).queue == mail


def test_the_ends_of_the_list_hold_a_rule(leo: Person, mail: Queue) -> None:
    first, last = rule(mail, 1), rule(mail, 2, channel="sms")
    save(leo, f"{ROUTING}{first.pk}/change/", {"verb": "up"})
    save(leo, f"{ROUTING}{last.pk}/change/", {"verb": "down"})
    assert order() == [first.pk, last.pk]


def test_a_rule_is_disabled_enabled_and_removed(leo: Person, mail: Queue) -> None:
    row = rule(mail, 1)
    path = f"{ROUTING}{row.pk}/change/"
    save(leo, path, {"verb": "disable"})
    assert make_ticket().queue.slug == "general"
    save(leo, path, {"verb": "enable"})
    assert make_ticket().queue == mail
    save(leo, path, {"verb": "remove"})
    assert not RoutingRule.objects.exists()


def test_an_unknown_verb_changes_nothing(leo: Person, mail: Queue) -> None:
    row = rule(mail, 1)
    answer = leo.browser.post(f"{ROUTING}{row.pk}/change/", {"verb": "explode"})
    assert answer["Location"] == ROUTING
    assert order() == [row.pk]


def test_rules_that_changed_meanwhile_are_rehearsed_again(
    leo: Person, mail: Queue
) -> None:
    row = rule(mail, 1)
    path = f"{ROUTING}{row.pk}/change/"
    seen = leo.browser.post(path, {"verb": "remove"}).context["rehearsed"]
    rule(mail, 2, channel="sms")
    page = leo.browser.post(path, {"verb": "remove", "rehearsed": seen})
    assert page.status_code == 200
    assert row.pk in order()


def test_only_tickets_of_the_last_week_are_routed_anew(
    leo: Person, mail: Queue
) -> None:
    make_ticket()
    Ticket.objects.update(opened_at=timezone.now() - timedelta(days=8))
    page = leo.browser.post(NEW, {"queue": mail.pk})
    assert page.context["rehearsal"].examined == 0


# --- scope ----------------------------------------------------------------------------


def test_rules_into_queues_of_others_are_seen_but_not_changed(
    leo: Person, mail: Queue, eve: Person
) -> None:
    theirs = rule(Queue.objects.get(slug="other"), 1, channel="push")
    (shown,) = leo.browser.get(ROUTING).context["rules"]
    assert shown["url"] == ""
    assert leo.browser.get(f"{ROUTING}{theirs.pk}/").status_code == 403
    answer = leo.browser.post(f"{ROUTING}{theirs.pk}/change/", {"verb": "remove"})
    assert answer.status_code == 403
    other = {"queue": Queue.objects.get(slug="other").pk}
    assert leo.browser.post(NEW, other).status_code == 400
    assert leo.browser.get(f"{ROUTING}999999/").status_code == 404


def test_an_admin_steers_everything(ada: Person, eve: Person) -> None:
    theirs = rule(Queue.objects.get(slug="other"), 1, channel="push")
    save(ada, f"{ROUTING}{theirs.pk}/change/", {"verb": "disable"})
    theirs.refresh_from_db()
    assert not theirs.enabled
