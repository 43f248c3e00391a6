"""Does a ticket hold what lists and the search ask for, from its first moment?"""

import pytest

from deliveries.models import ChannelKind
from tests.work import make_ticket

pytestmark = pytest.mark.django_db


def test_a_ticket_takes_its_channel_family_and_words_from_its_group() -> None:
    ticket = make_ticket(
        cause="network.tls_failure",
        channel=ChannelKind.SMS,
        provider="northpost",
        region="cn-east",
    )
    assert (ticket.channel, ticket.family) == ("sms", "network")
    assert ticket.about == "network.tls_failure northpost cn-east"
