"""Is the demo a world that a newcomer can believe, and the same each time?"""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from deliveries.actor import Role
from deliveries.models import (
    ChannelKind,
    DeliveryAttempt,
    Message,
    Outcome,
    Provider,
    Route,
)
from knowledgebase import importing
from knowledgebase.models import Article, Audience, Locale, TranslationState
from triage import access
from triage.demo import ACCOUNTS, cases, providers, world
from triage.models import (
    FailureReport,
    Queue,
    ReportState,
    Resolution,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def built() -> None:
    world.build(timezone.now())


def test_building_it_again_changes_nothing(built: None) -> None:
    before = snapshot()

    world.build(timezone.now() + timedelta(hours=1))

    assert snapshot() == before


def snapshot() -> dict[str, list[object]]:
    models = (FailureReport, Ticket, Message, Article, Queue, Provider, Route)
    found: dict[str, list[object]] = {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in models
    }
    return found


def test_everybody_who_is_named_can_log_in_and_has_their_role(built: None) -> None:
    roles = {}
    for name, password, _words in ACCOUNTS:
        user = authenticate(username=name, password=password)
        assert user is not None, name
        roles[name] = access.actor_for_user(user).roles

    assert Role.AGENT in roles["ana"]
    assert Role.LEAD in roles["leo"]
    assert roles["mia"] == {Role.EDITOR}
    assert roles["admin"] == {Role.ADMIN}


def test_failures_are_of_many_kinds_and_none_is_left_undigested(built: None) -> None:
    reports = FailureReport.objects.select_related("category")
    causes = {report.category.slug for report in reports if report.category}
    states = Counter(reports.values_list("state", flat=True))

    assert len(causes) >= 18
    assert {report.channel for report in reports} == set(ChannelKind.values)
    assert {report.locale for report in reports} == {"en", "zh-hans"}
    assert set(states) == {
        ReportState.TICKETED,
        ReportState.REPAIRING,
        ReportState.RESOLVED,
    }
    assert sum(states.values()) == sum(len(case.people) for case in cases.load())


def test_repairs_are_about_to_happen(built: None) -> None:
    at_once = DeliveryAttempt.objects.filter(
        outcome=Outcome.PLANNED, due_at__lt=timezone.now() + timedelta(minutes=1)
    )

    assert at_once.count() >= 10
    assert {attempt.route.provider.channel for attempt in at_once} >= {
        ChannelKind.EMAIL,
        ChannelKind.SMS,
        ChannelKind.PUSH,
        ChannelKind.WEBHOOK,
    }


def test_every_queue_has_tickets_and_the_day_has_begun(built: None) -> None:
    tickets = Ticket.objects.all()

    assert {ticket.queue.slug for ticket in tickets} == {
        "general",
        "verification",
        "partners",
    }
    assert {ticket.state for ticket in tickets} == {
        TicketState.NEW,
        TicketState.OPEN,
        TicketState.SOLVED,
    }
    assert len({ticket.tier for ticket in tickets}) >= 3
    solved = Resolution.objects.filter(article_version__isnull=False)
    assert {row.resolved_by.username for row in solved if row.resolved_by} == {
        "ana",
        "leo",
    }


def test_tickets_are_solved_by_what_is_written_for_staff(built: None) -> None:
    cited = Article.objects.filter(
        translations__versions__in=Resolution.objects.values("article_version")
    )

    assert {article.audience for article in cited} == {Audience.INTERNAL}


def test_no_address_can_be_read_from_the_tables(built: None) -> None:
    for message in Message.objects.select_related("address__recipient__key"):
        assert message.address is not None
        value = message.address.value()
        assert value not in message.address.masked
        assert value.encode() not in bytes(message.address.sealed_value)


def test_providers_move_to_another_port_together(built: None) -> None:
    providers.point_at(4711)

    addresses = Provider.objects.values_list("address", flat=True)
    assert all(":4711/" in address for address in addresses)
    social = Provider.objects.get(slug="commons")
    assert ":4711/" in social.settings["token_url"]


def test_every_article_is_published_in_both_languages(built: None) -> None:
    articles = Article.objects.prefetch_related("translations")

    starters = {page.slug for page in importing.pages(importing.STARTER)}
    assert {article.slug for article in articles} == starters
    for article in articles:
        found = {each.locale: each.state for each in article.translations.all()}
        assert found == dict.fromkeys(Locale.values, TranslationState.PUBLISHED)
        assert article.categories.exists()
