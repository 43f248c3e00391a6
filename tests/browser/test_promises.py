"""Are the pages about promises whole: clocks of every tone, hours, a rehearsal?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from deliveries.models import FailureCategory
from tests.chromium import Desk, look_at
from tests.people import Person
from tests.work import make_ticket
from triage import tickets
from triage.models import (
    AgentProfile,
    BusinessCalendar,
    BusinessHours,
    FailureGroup,
    Holiday,
    Queue,
    RoutingRule,
    SlaClock,
    SlaPolicy,
    Ticket,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

URGENT = "config.billing"


def make_clocks(ana: Person) -> Ticket:
    """Tickets whose promises stand everywhere; the last is shown alone."""
    now = timezone.now()
    for hours in range(1, 7):
        proven = make_ticket(cause=URGENT)
        SlaClock.objects.filter(ticket=proven, kind="time_to_verified").update(
            state="met", due_at=None, met_at=now + timedelta(hours=2 * hours)
        )
        Ticket.objects.filter(pk=proven.pk).update(
            state="merged", merged_into=make_ticket(cause=URGENT)
        )
    for minutes in (-130, 9, 47):
        ticket = make_ticket(cause=URGENT)
        FailureGroup.objects.filter(pk=ticket.group_id).update(
            recipients=4120, unserved=4120
        )
        SlaClock.objects.filter(ticket=ticket).update(
            target_at=now + timedelta(minutes=minutes, seconds=30),
            started_at=now - timedelta(hours=3),
        )
    paused = make_ticket(cause=URGENT)
    SlaClock.objects.filter(ticket=paused).update(
        state="paused", paused_at=now, due_at=None
    )
    Ticket.objects.filter(pk=ticket.pk).update(escalation=1)
    tickets.take(ticket.number, ana.actor)
    SlaClock.objects.filter(ticket=ticket, kind="time_to_verified").update(
        target_at=now + timedelta(minutes=50)
    )
    return ticket


def make_hours(general: Queue) -> None:
    """Two calendars, one in use, and a promise of the queue's own."""
    for slug, name, zone in (
        ("office", "Office hours in Berlin", "Europe/Berlin"),
        ("night", "夜班", "Asia/Shanghai"),
    ):
        row = BusinessCalendar.objects.create(slug=slug, name=name, zone=zone)
        for day in range(5):
            for opens, closes in ((540, 720), (780, 1020)):
                BusinessHours.objects.create(
                    calendar=row, weekday=day, opens_min=opens, closes_min=closes
                )
    office = BusinessCalendar.objects.get(slug="office")
    tomorrow = timezone.now().date() + timedelta(days=1)
    Holiday.objects.create(calendar=office, day=tomorrow, name="Founders’ day")
    Queue.objects.filter(pk=general.pk).update(calendar=office)
    SlaPolicy.objects.create(queue=general, tier="S3", first_response_min=90)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_about_promises_are_whole(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    ticket = make_clocks(ana)
    visit = desk.visit(leo, language=language)
    look_at(visit, "clocks", "/queues/general/?clock=overdue&clock=soon")
    look_at(visit, "clocks-all", "/queues/general/")
    look_at(visit, "ticket-clocks", f"/tickets/{ticket.number}/")
    look_at(visit, "team-burning", "/team/")
    look_at(visit, "sla-bare", "/team/sla/")
    make_hours(general)
    look_at(visit, "sla", "/team/sla/")
    look_at(visit, "sla-queue", "/team/sla/queues/general/")
    look_at(visit, "sla-calendar", "/team/sla/calendars/office/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_rehearsal_and_a_fault_are_shown_whole(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    make_clocks(ana)
    visit = desk.visit(leo, language=language)
    visit.go("/team/sla/queues/general/")
    visit.page.locator("[name=S2_first_response]").fill("20 min")
    visit.page.locator("[name=S2_time_to_verified]").fill("24 h")
    visit.page.locator("form .btn.primary").click()
    visit.page.locator("[data-rehearsal]").wait_for()
    visit.look("rehearsal of promises")
    visit.keep(f"sla-rehearsed-{language}-light-wide")
    visit.refused |= {"/team/sla/queues/general/"}
    visit.page.locator("[name=S2_first_response]").fill("soon")
    visit.page.locator("[name=escalate_again_at]").fill("1")
    visit.page.locator("form .btn.primary").click()
    visit.page.get_by_role("alert").wait_for()
    visit.look("promises with a fault")
    visit.keep(f"sla-fault-{language}-light-wide")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_day_and_the_profiles_are_whole(
    desk: Desk, ana: Person, leo: Person, language: str
) -> None:
    make_clocks(ana)
    profile = AgentProfile.objects.create(
        person=ana.user, skills=["channel:email", "family:config"]
    )
    visit = desk.visit(ana, language=language)
    look_at(visit, "my-day", "/")
    look_at(visit, "profile", "/profile/")
    visit.go("/")
    visit.page.locator(".offer summary").click()
    visit.look("reasons to leave a ticket")
    visit.keep(f"my-day-decline-{language}-light-wide")
    profile.away_until = timezone.now() + timedelta(days=2)
    profile.save()
    look_at(visit, "my-day-away", "/")
    look_at(visit, "profile-away", "/profile/")
    lead = desk.visit(leo, language=language)
    look_at(lead, "worker", f"/team/people/{ana.user.pk}/")
    look_at(lead, "team-away", "/team/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_routing_is_shown_whole(
    desk: Desk, leo: Person, general: Queue, eve: Person, language: str
) -> None:
    other = Queue.objects.get(slug="other")
    cause = FailureCategory.objects.get(slug="recipient.mailbox_full")
    first = RoutingRule.objects.create(
        queue=general, channel="email", provider="a-long-name-of-a-provider"
    )
    RoutingRule.objects.create(queue=other, position=2, category=cause, enabled=False)
    RoutingRule.objects.create(queue=general, position=3, region="cn-east")
    make_ticket(provider="a-long-name-of-a-provider")
    visit = desk.visit(leo, language=language)
    look_at(visit, "routing", "/team/routing/")
    look_at(visit, "routing-rule", f"/team/routing/{first.pk}/")
    visit.go("/team/routing/")
    visit.page.locator("button[value=remove]").first.click()
    visit.page.locator("[data-rehearsal]").wait_for()
    visit.look("rehearsal of routing")
    visit.keep(f"routing-change-{language}-light-wide")
