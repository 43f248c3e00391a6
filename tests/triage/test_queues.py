"""Into which queue does a ticket go, and who may be given it?"""

import pytest

from deliveries.models import ChannelKind
from tests.factories import make_source
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, join_queue, make_ticket
from triage import queues
from triage.models import MemberRole, Queue, RoutingRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(db: None) -> Queue:
    """A queue for some of the tickets."""
    return Queue.objects.create(slug="mail", name="Mail", name_zh_hans="邮件")


def rule(queue: Queue, **conditions: object) -> RoutingRule:
    return RoutingRule.objects.create(queue=queue, **conditions)


def test_without_a_rule_tickets_go_to_the_general_queue(general: Queue) -> None:
    assert make_ticket().queue == general


def test_a_rule_without_conditions_takes_everything(mail: Queue) -> None:
    rule(mail)
    assert make_ticket().queue == mail


@pytest.mark.parametrize(
    ("condition", "fits", "misses"),
    [
        ({"channel": "sms"}, {"channel": ChannelKind.SMS}, {}),
        ({"family": "recipient"}, {"cause": MAILBOX_FULL}, {"cause": UNAVAILABLE}),
        ({"provider": "northpost"}, {"provider": "northpost"}, {"provider": "other"}),
        ({"region": "cn-east"}, {"region": "cn-east"}, {"region": "eu-west"}),
    ],
)
def test_a_rule_takes_what_fits_each_of_its_conditions(
    mail: Queue,
    general: Queue,
    condition: dict[str, str],
    fits: dict[str, object],
    misses: dict[str, object],
) -> None:
    rule(mail, **condition)
    assert make_ticket(**fits).queue == mail  # type: ignore[arg-type]
    assert make_ticket(**misses).queue == general  # type: ignore[arg-type]


def test_a_rule_for_a_source_takes_the_causes_that_concern_one_source(
    mail: Queue, general: Queue
) -> None:
    shop, bank = make_source("shop"), make_source("bank")
    rule(mail, source=shop)
    assert make_ticket(cause=MAILBOX_FULL, source=shop).queue == mail
    assert make_ticket(cause=MAILBOX_FULL, source=bank).queue == general
    # An outage concerns everybody, so it belongs to no source.
    assert make_ticket(cause=UNAVAILABLE, source=shop).queue == general


def test_the_first_rule_that_fits_counts_and_a_disabled_one_never(
    mail: Queue, general: Queue
) -> None:
    rule(mail, position=1, enabled=False)
    rule(general, position=2)
    rule(mail, position=3)
    assert make_ticket().queue == general


def test_a_ticket_is_given_to_active_members_only(
    ana: Person, leo: Person, eve: Person, general: Queue
) -> None:
    join_queue(ana.user, general, MemberRole.SPECIALIST)
    assert queues.members_of(general) == [ana.user, leo.user]
    leo.user.is_active = False
    leo.user.save()
    assert queues.members_of(general) == [ana.user]
