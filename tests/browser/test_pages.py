"""Is every page whole: in both languages, light and dark, wide and narrow?"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from deliveries import breaker
from deliveries.models import (
    ChannelKind,
    DeliveryAttempt,
    Grain,
    Outcome,
    OutcomeRollup,
    Purpose,
    Route,
)
from knowledgebase import articles
from knowledgebase.models import Locale
from tests.chromium import Desk, look_at
from tests.factories import (
    make_address,
    make_attempt,
    make_message,
    make_provider,
    make_route,
    make_source,
)
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    UNKNOWN,
    category,
    hand_to_people,
    make_article,
    make_report,
    make_ticket,
)
from triage import diagnosis, resolution, tickets
from triage.models import NoteKind, Queue, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

STEPS = """# What it means

The mailbox is *full*; nothing arrives until somebody makes room.

1. Wait four hours.
2. Write to another address, if one is known.

| Code | Meaning |
| --- | --- |
| `4.2.2` | full for now |
| `5.2.2` | full, and given up |

> The person has to act: [how to make room](https://help.example/room).

```
552 5.2.2 Mailbox full
```
"""


@dataclass(frozen=True)
class World:
    """A small believable day at the desk."""

    worked: Ticket
    solved: Ticket
    slug: str


@pytest.fixture
def world(ana: Person, leo: Person, ada: Person, general: Queue) -> World:
    """Tickets of every tier and state, an article, and people who hold them."""
    User.objects.filter(pk=leo.user.pk).update(first_name="莉", last_name="欧阳")
    Queue.objects.create(slug="empty", name="Night shift", name_zh_hans="夜班")
    for queue in Queue.objects.all():
        queue.memberships.get_or_create(person=leo.user, role="lead")
        queue.memberships.get_or_create(person=ana.user, role="agent")
    version = make_article("When a mailbox is full", STEPS, cause=MAILBOX_FULL)
    articles.write(
        version.translation.article,
        articles.Draft(
            "邮箱已满怎么办", "请**等待**四小时，然后重试。", Locale.ZH_HANS
        ),
        categories=[category(MAILBOX_FULL)],
        author_id=leo.user.pk,
    )
    solved = make_ticket(cause=MAILBOX_FULL, assignee=ana.user)
    answer = resolution.Answer(
        category(MAILBOX_FULL), note="They made room.", article_version=version
    )
    resolution.resolve(solved.number, ana.actor, answer, now=timezone.now())
    make_ticket(cause="config.billing", assignee=leo.user, reports=30)
    make_ticket(cause=UNKNOWN, channel=ChannelKind.SMS, answer="0x1F 失败")
    make_ticket(cause="content.spam_detected", purpose=Purpose.MARKETING)
    make_ticket(
        cause="network.tls_failure",
        purpose=Purpose.SECURITY,
        provider="a-provider-with-quite-a-long-name",
        region="cn-east",
        reports=12,
        expires_at=timezone.now() + timedelta(minutes=9),
    )
    slug = version.translation.article.slug
    return World(make_worked_ticket(ana), solved, slug)


def make_worked_ticket(ana: Person) -> Ticket:
    """A ticket with a message, its tries, a diagnosis, notes and a long answer."""
    message = make_message(
        address=make_address(),
        region="eu-west",
        expires_at=timezone.now() + timedelta(hours=5),
    )
    report = make_report(
        message,
        cause=None,
        answer="503 Service Unavailable " + "x" * 160,
        detail="我没有收到验证码。",
        attempts=[{"at": "2026-03-01T12:00:00Z", "code": "503", "answer": "busy"}],
    )
    diagnosis.diagnose([report], timezone.now())
    report.save()
    (ticket,) = hand_to_people([report])
    route = make_route()
    attempt = make_attempt(message, route)
    type(attempt).objects.filter(pk=attempt.pk).update(
        outcome=Outcome.REFUSED,
        due_at=None,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        reply_code="503",
        raw_answer="HTTP 503 Service Unavailable",
    )
    type(message).objects.filter(pk=message.pk).update(state="failed")
    tickets.take(ticket.number, ana.actor)
    for kind, body in (
        (NoteKind.OBSERVATION, "Seen three times since noon."),
        (NoteKind.HYPOTHESIS, "也许是他们的证书过期了？"),
        (NoteKind.DECISION, "Wait for them.\n\nThen send again."),
    ):
        tickets.note(ticket.number, ana.actor, kind=kind, body=body)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_whole(
    desk: Desk, world: World, leo: Person, language: str
) -> None:
    ticket = f"/tickets/{world.worked.number}/"
    article = f"/knowledge/{world.slug}/"
    visit = desk.visit(leo, language=language)
    look_at(visit, "queues", "/queues/")
    look_at(visit, "queue", "/queues/general/")
    look_at(visit, "queue-empty", "/queues/empty/")
    look_at(visit, "queue-filtered", "/queues/general/?channel=push")
    look_at(visit, "ticket", ticket)
    look_at(visit, "ticket-solved", f"/tickets/{world.solved.number}/")
    look_at(visit, "solve", f"{ticket}resolution/")
    look_at(visit, "team", "/team/")
    look_at(visit, "knowledge", f"/knowledge/?category={MAILBOX_FULL}")
    look_at(visit, "article", article)
    look_at(visit, "article-edit", f"{article}edit/")
    look_at(visit, "article-work", f"{article}work/")
    look_at(visit, "missing", "/nothing/", 404)


def make_routes(leo: Person, parked: Ticket) -> None:
    """Routes in every state: in use, interrupted by itself and by a person."""
    now = timezone.now()
    Route.objects.update(rate_per_s=50)
    failing = make_route(make_provider(channel=ChannelKind.SMS), region="cn-east")
    closed = make_route(make_provider(channel=ChannelKind.SMS), position=2)
    tried = make_route(make_provider(channel=ChannelKind.PUSH))
    breaker.note({failing.pk: breaker.Tally(20, 20)}, now - timedelta(seconds=20))
    reason = "承运商正在更换，请勿使用。 The carrier is being replaced until Thursday."
    breaker.interrupt(closed, leo.user.pk, reason, now - timedelta(hours=3))
    breaker.note({tried.pk: breaker.Tally(20, 20)}, now - timedelta(minutes=2))
    with transaction.atomic():
        breaker.admit(tried, now)
    Ticket.objects.filter(pk=parked.pk).update(parked_by_breaker=failing)
    OutcomeRollup.objects.create(
        bucket=now,
        grain=Grain.MINUTE,
        source=make_source(),
        channel=ChannelKind.SMS,
        provider=failing.provider,
        region="cn-east",
        purpose=Purpose.SECURITY,
        sends=12_480,
        accepted=9_100,
        delivered=8_000,
        failed=3_300,
        unknown=80,
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_routes_are_shown_whole(
    desk: Desk, world: World, leo: Person, ana: Person, language: str
) -> None:
    Route.objects.exclude(pk__in=DeliveryAttempt.objects.values("route")).delete()
    make_routes(leo, world.worked)
    visit = desk.visit(leo, language=language)
    look_at(visit, "routes", "/routes/")
    first = Route.objects.order_by("channel", "pk").first()
    assert first is not None
    look_at(visit, "route-interruption", f"/routes/{first.pk}/interruption/")
    look_at(desk.visit(ana, language=language), "routes-agent", "/routes/")
    look_at(
        desk.visit(ana, language=language),
        "ticket-parked",
        f"/tickets/{world.worked.number}/",
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_desk_without_routes_says_so(desk: Desk, leo: Person, language: str) -> None:
    look_at(desk.visit(leo, language=language), "routes-empty", "/routes/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_way_in_and_the_settings_are_whole(
    desk: Desk, ada: Person, language: str
) -> None:
    look_at(desk.visit(language=language), "login", "/accounts/login/")
    look_at(desk.visit(ada, language=language), "admin", "/admin/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_is_refused_is_said_on_whole_pages(
    desk: Desk, world: World, ana: Person, leo: Person, language: str
) -> None:
    """Forms with faults, a conflict, a refusal."""
    number = make_ticket(cause=UNAVAILABLE).number
    visit = desk.visit(leo, language=language)
    visit.refused |= {
        f"/tickets/{number}/assignment/",
        f"/tickets/{number}/resolution/",
        "/knowledge/new/",
    }
    visit.go(f"/tickets/{number}/resolution/")
    visit.page.locator("[name=article][value=draft]").check()
    visit.page.locator("[name=draft_title]").fill(" ")
    visit.page.locator("form[data-composer] .btn.primary").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("solve with a fault")
    visit.go("/knowledge/new/")
    visit.page.locator("[name=title]").fill("Full")
    visit.page.locator("[name=body]").fill(" ")
    visit.page.locator("[name=categories]").select_option(index=0)
    visit.page.locator("form[data-composer] .btn.primary").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("article with a fault")
    visit.go(f"/tickets/{number}/")
    tickets.take(number, ana.actor)
    visit.page.locator("form[action$='assignment/'] button").click()
    expect(visit.page.get_by_role("alert")).to_be_focused()
    visit.look("conflict")
    visit.keep(f"conflict-{language}-light-wide")
    agent = desk.visit(ana, language=language)
    look_at(agent, "forbidden", "/team/", 403)
