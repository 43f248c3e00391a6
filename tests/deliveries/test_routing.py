"""Does a message get the route that operators prefer, and a detour if they have one?"""

import pytest
from django.utils import timezone

from deliveries import routing
from deliveries.models import ChannelKind
from tests.factories import make_message, make_provider, make_route

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_the_preferred_route_of_channel_and_region_is_taken() -> None:
    make_route(position=2)
    preferred = make_route(position=1)
    make_route(region="cn-east")
    make_route(make_provider(channel=ChannelKind.SMS))

    assert routing.next_route(make_message(region="eu-west"), now=NOW) == preferred


def test_a_route_of_the_region_serves_it() -> None:
    make_route(position=2)
    regional = make_route(region="cn-east", position=1)

    assert routing.next_route(make_message(region="cn-east"), now=NOW) == regional


def test_what_is_switched_off_is_not_taken() -> None:
    make_route(enabled=False)
    closed = make_provider()
    closed.enabled = False
    closed.save()
    make_route(closed)

    assert routing.next_route(make_message(), now=NOW) is None


def test_a_detour_leads_over_another_provider() -> None:
    failed = make_route(position=1)
    make_route(failed.provider, region="eu-west", position=2)
    other = make_route(position=3)
    message = make_message(region="eu-west")

    assert (
        routing.next_route(message, now=NOW, exclude_provider_id=failed.provider_id)
        == other
    )


def test_without_a_second_provider_there_is_no_detour() -> None:
    failed = make_route()

    assert (
        routing.next_route(
            make_message(), now=NOW, exclude_provider_id=failed.provider_id
        )
        is None
    )
