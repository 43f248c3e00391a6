"""What is told to everybody of how sending works, and what is kept back?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Provider, Route, RouteHealth
from tests.factories import make_provider, make_route
from tests.people import Person
from tests.triage.incidents.desk import fail
from tests.work import MAILBOX_FULL, hand_to_people, make_report
from triage import service_status
from triage.models import FailureGroup, GroupState, Queue
from triage.service_status import Line, Trouble

pytestmark = pytest.mark.django_db


def lines() -> list[Line]:
    return service_status.now_at(timezone.now())


def interrupt(route: Route) -> None:
    now = timezone.now()
    RouteHealth.objects.create(
        route=route, state="open", window_start=now, opened_at=now
    )


def incident(people: int = 20) -> FailureGroup:
    """An outage that leaves so many people without their messages."""
    group = fail("northpost")
    FailureGroup.objects.filter(pk=group.pk).update(recipients=people, unserved=people)
    return group


def test_nothing_is_wrong_while_every_route_is_in_use(general: Queue) -> None:
    make_route()
    assert lines() == []


def test_a_channel_without_a_way_is_interrupted() -> None:
    first = make_route()
    interrupt(first)
    [line] = lines()
    assert (line.channel, line.trouble) == (first.channel, Trouble.INTERRUPTED)
    assert line.providers == (first.provider.name,)


def test_a_channel_with_another_way_makes_a_detour() -> None:
    interrupt(make_route())
    make_route(make_provider(), position=2)
    assert [line.trouble for line in lines()] == [Trouble.DETOUR]


def test_a_route_that_is_switched_off_is_nobodys_trouble() -> None:
    interrupt(make_route(enabled=False))
    assert lines() == []


def test_an_incident_of_many_is_told(general: Queue) -> None:
    group = incident()
    [line] = lines()
    assert (line.channel, line.trouble) == (group.channel, Trouble.FAILING)
    assert line.since == group.first_seen


def test_the_name_that_a_client_wrote_is_not_told(general: Queue) -> None:
    incident()
    assert lines()[0].providers == ()
    provider = make_provider()
    Provider.objects.filter(pk=provider.pk).update(slug="northpost", name="Northpost")
    assert lines()[0].providers == ("Northpost",)


def test_incidents_of_few_old_and_solved_ones_are_not_told(general: Queue) -> None:
    group = incident(19)
    assert lines() == []
    rows = FailureGroup.objects.filter(pk=group.pk)
    rows.update(recipients=99, unserved=99, state=GroupState.RESOLVED)
    assert lines() == []
    ago = timezone.now() - timedelta(days=2)
    rows.update(state=GroupState.ACTIVE, last_seen=ago)
    assert lines() == []


def test_full_mailboxes_are_no_trouble_of_the_service(general: Queue) -> None:
    hand_to_people([make_report(cause=MAILBOX_FULL)])
    FailureGroup.objects.update(recipients=500, unserved=500)
    assert lines() == []


def test_the_worst_of_a_channel_is_told(general: Queue) -> None:
    group = incident()
    provider = make_provider(channel=group.channel)
    interrupt(make_route(provider))
    assert [line.trouble for line in lines()] == [Trouble.INTERRUPTED]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Many messages do not arrive"), ("zh-hans", "许多消息")],
)
def test_the_help_centre_says_so_without_figures(
    client: Client, ana: Person, language: str, said: str
) -> None:
    group = incident(4711)
    text = client.get("/help/", {"language": language}).content.decode()
    assert said in text
    assert "4711" not in text
    assert f"#{group.number}" not in text
    assert "northpost" not in text
