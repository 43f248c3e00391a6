"""Does a ticket's tier follow the facts, with its reasons and with an event?"""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries.models import Purpose
from tests.side_by_side import Other
from tests.work import hand_to_people, make_report, make_ticket
from triage import judging
from triage.models import (
    EventKind,
    FailureReport,
    ReportState,
    Ticket,
    TicketState,
    Tier,
)
from triage.severity import FALL_AFTER, ReasonCode

pytestmark = pytest.mark.django_db


def judge(ticket: Ticket, now: datetime) -> Ticket:
    with transaction.atomic():
        rows = Ticket.objects.select_for_update(of=("self",))
        judging.judge([rows.select_related("group__category").get(pk=ticket.pk)], now)
    return Ticket.objects.get(pk=ticket.pk)


def points(ticket: Ticket) -> dict[str, int]:
    return {reason["code"]: reason["points"] for reason in ticket.tier_reasons}


def test_a_new_ticket_has_a_tier_with_reasons_that_add_up() -> None:
    now = timezone.now()
    ticket = make_ticket(
        purpose=Purpose.SECURITY,
        expires_at=now + timedelta(minutes=10),
        occurred_at=now - timedelta(hours=2),
        reports=10,
        now=now,
    )
    assert points(ticket) == {
        ReasonCode.PURPOSE: 40,
        ReasonCode.REACH: 10,
        ReasonCode.NO_BASELINE: 0,
        ReasonCode.URGENCY: 15,
        ReasonCode.AGE: 5,
        ReasonCode.REPEAT: 0,
    }
    assert ticket.tier_score == sum(points(ticket).values()) == 70
    assert ticket.tier == Tier.S2
    assert ticket.rejudge_at is not None
    assert ticket.rejudge_at > now


def test_the_strongest_purpose_of_the_unserved_counts() -> None:
    marketing = make_report(purpose=Purpose.MARKETING)
    (ticket,) = hand_to_people([marketing, make_report(purpose=Purpose.SECURITY)])
    assert points(ticket)[ReasonCode.PURPOSE] == 40


def test_who_has_been_served_does_not_weigh_any_more() -> None:
    ticket = make_ticket(purpose=Purpose.SECURITY, provider="p")
    ticket.reports.update(state=ReportState.VERIFIED)
    (ticket,) = hand_to_people([make_report(purpose=Purpose.MARKETING, provider="p")])
    assert points(ticket)[ReasonCode.PURPOSE] == 0


def test_an_expiry_that_has_passed_is_not_urgent() -> None:
    ticket = make_ticket(expires_at=timezone.now() - timedelta(minutes=1))
    assert points(ticket)[ReasonCode.URGENCY] == 0


def test_a_cause_that_needs_an_urgent_person_is_never_below_s2() -> None:
    ticket = make_ticket(cause="config.billing", purpose=Purpose.MARKETING)
    assert ticket.tier == Tier.S2
    assert ReasonCode.FLOOR in points(ticket)


def test_a_tier_rises_at_once_and_says_so() -> None:
    ticket = make_ticket(provider="p")
    assert ticket.tier == Tier.S4
    (ticket,) = hand_to_people([make_report(provider="p") for _ in range(2)])
    ticket.refresh_from_db()
    assert ticket.tier == Tier.S3
    event = ticket.events.get(kind=EventKind.TIER)
    assert event.change == {"from": "S4", "to": "S3", "score": 30}
    assert event.actor_kind == "machine"


def test_a_tier_falls_only_after_a_while() -> None:
    now = timezone.now()
    ticket = make_ticket(purpose=Purpose.SECURITY, now=now)
    assert ticket.tier == Tier.S3
    FailureReport.objects.update(purpose=Purpose.MARKETING)
    ticket = judge(ticket, now)
    assert (ticket.tier, ticket.tier_below_since) == (Tier.S3, now)
    assert ticket.rejudge_at == now + FALL_AFTER
    ticket = judge(ticket, now + FALL_AFTER)
    assert (ticket.tier, ticket.tier_below_since) == (Tier.S4, None)
    assert ticket.events.filter(kind=EventKind.TIER).count() == 1


def test_judging_again_without_news_writes_nothing_down() -> None:
    ticket = make_ticket()
    again = judge(ticket, timezone.now())
    assert (again.version, again.last_seq) == (ticket.version, ticket.last_seq)


def test_an_override_keeps_the_computed_tier_beside_it() -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(
        tier_override=Tier.S1, tier_override_reason="The board is watching."
    )
    ticket = judge(ticket, timezone.now())
    assert (ticket.tier, ticket.tier_computed) == (Tier.S1, Tier.S4)


def test_what_time_alone_changes_is_judged_when_it_is_due() -> None:
    now = timezone.now()
    ticket = make_ticket(now=now, occurred_at=now)
    assert judging.rejudge_due(10, now) == 0
    later = now + timedelta(hours=8)
    assert judging.rejudge_due(10, later) == 1
    ticket.refresh_from_db()
    assert points(ticket)[ReasonCode.AGE] == 15
    assert ticket.tier == Tier.S3
    assert judging.rejudge_due(10, later) == 0


def test_a_ticket_that_is_done_is_not_judged_again() -> None:
    now = timezone.now()
    ticket, other = make_ticket(now=now), make_ticket(now=now)
    Ticket.objects.filter(pk=ticket.pk).update(
        state=TicketState.MERGED, merged_into=other, rejudge_at=now
    )
    assert judging.rejudge_due(10, now) == 0


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_works_on_waits_for_the_next_round() -> None:
    now = timezone.now()
    ticket = make_ticket(now=now, occurred_at=now)
    later = now + timedelta(hours=8)
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        assert Other(lambda: judging.rejudge_due(10, later)).end() == 0
    assert judging.rejudge_due(10, later) == 1
