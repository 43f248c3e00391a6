"""Is a source told of what happens to its reports, and never of anybody else's?"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import sending, suppressions
from deliveries.api.authentication import forget_keys
from deliveries.models import (
    EventKind,
    EvidenceLevel,
    FactChange,
    Source,
    SuppressionOrigin,
)
from tests.callers import Caller
from tests.factories import make_address, make_message, make_source
from tests.people import Person, Program
from tests.work import MAILBOX_FULL, category, make_report, make_ticket
from triage import pipeline, repair, resolution, tickets, webhooks
from triage.models import FailureReport, ReportState, WebhookDelivery, WebhookKind

pytestmark = pytest.mark.django_db

ALL = list(WebhookKind)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def listen(source: Source, *kinds: WebhookKind) -> None:
    webhooks.create(source, url="https://shop.example/hooks", events=kinds or ALL)


def told(source: Source | None = None) -> list[dict[str, Any]]:
    """The bodies that were written down, in their order."""
    rows = WebhookDelivery.objects.order_by("pk")
    if source is not None:
        rows = rows.filter(endpoint__source=source)
    return [json.loads(row.body) for row in rows]


def kinds(source: Source | None = None) -> list[str]:
    return [body["type"] for body in told(source)]


def digest(report: FailureReport) -> None:
    """Let the machine take a report up."""
    FailureReport.objects.filter(pk=report.pk).update(due_at=LONG_AGO)
    pipeline.digest_due(timezone.now())


def follow_up() -> None:
    """Let the work follow the facts."""
    FactChange.objects.filter(due_at__isnull=False).update(due_at=LONG_AGO)
    repair.follow_up_due(timezone.now())


def test_a_report_is_told_of_from_acceptance_to_the_ticket() -> None:
    shop = make_source("shop")
    listen(shop)
    report = make_report(
        source=shop, state=ReportState.RECEIVED, answer="552 5.2.2 Mailbox full"
    )
    digest(report)
    of_report = [each for each in told() if each["data"].get("id") == report.public_id]
    assert [each["type"] for each in of_report] == [
        "report.accepted",
        "report.diagnosed",
        "report.ticketed",
    ]
    assert [each["data"]["state"] for each in of_report] == [
        "received",
        "diagnosed",
        "ticketed",
    ]
    assert [each["sequence"] for each in of_report] == [1, 2, 3]
    assert of_report[0]["data"]["diagnosis"] is None
    assert of_report[1]["data"]["diagnosis"]["category"] == MAILBOX_FULL
    (incident,) = [each for each in told() if each["type"] == "incident.opened"]
    assert incident["data"]["people"] == 1


def test_the_body_is_what_the_api_shows(sam: Program, ana: Person) -> None:
    listen(sam.source, WebhookKind.REPORT_RESOLVED)
    ticket = make_ticket(source=sam.source)
    report = ticket.reports.get()
    answer = resolution.Answer(ticket.group.category)
    resolution.resolve(
        tickets.take(ticket.number, ana.actor).number,
        ana.actor,
        answer,
        now=timezone.now(),
    )
    (body,) = told()
    forget_keys()
    shown = Caller(sam, Client()).get(f"/api/v1/reports/{report.public_id}/").json()
    shown["status_url"] = shown["status_url"].removeprefix("http://testserver")
    assert body["data"] == shown
    assert body["type"] == "report.resolved"


def test_evidence_and_reopening_are_told_of(sam: Program, leo: Person) -> None:
    listen(sam.source)
    message = make_message(sam.source)
    ticket = make_ticket(message)
    answer = resolution.Answer(ticket.group.category)
    tickets.take(ticket.number, leo.actor)
    resolution.resolve(ticket.number, leo.actor, answer, now=timezone.now())
    tickets.reopen(ticket.number, leo.actor, reason="Again.", now=timezone.now())
    sending.prove(
        message.pk,
        level=EvidenceLevel.DELIVERED,
        kind=EventKind.DELIVERED,
        provider=None,
        dedup_hash="d",
        occurred_at=timezone.now(),
        trusted=True,
    )
    follow_up()
    of_reports = [each for each in kinds() if each.startswith("report.")]
    assert of_reports == [
        "report.ticketed",
        "report.resolved",
        "report.reopened",
        "report.verified",
        # The machine solves a ticket whose reports have all been proven.
    ]


def test_a_suppression_is_told_of_without_the_address() -> None:
    address = make_address(value="https://lin.example/in", recipient_ref="lin.7")
    source = address.recipient.source
    listen(source)
    suppressions.suppress(
        address, category=category(MAILBOX_FULL), origin=SuppressionOrigin.EVENT
    )
    follow_up()
    (body,) = told()
    assert body["type"] == "suppression.added"
    assert body["data"]["recipient_refs"] == ["lin.7"]
    assert "lin.example" not in json.dumps(body)


def test_each_source_is_told_of_its_own_reports_alone(
    sam: Program, stranger: Program
) -> None:
    listen(sam.source)
    listen(stranger.source)
    made = make_ticket(source=sam.source, provider="northpost")
    foreign = make_ticket(source=stranger.source, provider="northpost")
    assert made.group == foreign.group  # one cause, two sources
    ours = json.dumps(told(sam.source))
    theirs = json.dumps(told(stranger.source))
    assert made.reports.get(source=sam.source).public_id in ours
    assert made.reports.get(source=stranger.source).public_id in theirs
    assert made.reports.get(source=stranger.source).public_id not in ours
    assert made.reports.get(source=sam.source).public_id not in theirs


def test_only_who_asked_for_a_kind_is_told_of_it(sam: Program) -> None:
    listen(sam.source, WebhookKind.REPORT_VERIFIED)
    make_ticket(source=sam.source)
    assert told() == []


def test_what_is_undone_is_not_told_of(sam: Program, ana: Person) -> None:
    listen(sam.source)
    ticket = make_ticket(source=sam.source)
    before = len(told())
    with pytest.raises(tickets.Invalid):
        resolution.resolve(
            ticket.number,
            ana.actor,
            resolution.Answer(
                ticket.group.category, draft=resolution.Draft("", "", "en")
            ),
            now=timezone.now(),
        )
    assert len(told()) == before


def test_where_nobody_listens_an_event_costs_one_query(
    sam: Program, django_assert_num_queries: Callable[[int], Any]
) -> None:
    ids = [make_report(source=sam.source).pk for _ in range(5)]
    with django_assert_num_queries(1):
        webhooks.emit_reports(WebhookKind.REPORT_ACCEPTED, ids)


def test_fifty_reports_cost_hardly_more_queries_than_one(sam: Program) -> None:
    listen(sam.source)
    ids = [make_report(source=sam.source).pk for _ in range(50)]

    def queries(pks: list[int]) -> int:
        with CaptureQueriesContext(connection) as seen:
            webhooks.emit_reports(WebhookKind.REPORT_ACCEPTED, pks)
        return len(seen)

    few, many = queries(ids[:1]), queries(ids)
    assert many <= few + len(ids) - 1  # one look at the diagnosis of each


def test_names_of_states_are_in_the_language_of_the_source(sam: Program) -> None:
    Source.objects.filter(pk=sam.source.pk).update(default_locale="zh-hans")
    listen(sam.source)
    report = make_report(
        source=sam.source, state=ReportState.RECEIVED, answer="552 5.2.2 Mailbox full"
    )
    digest(report)
    titles = [
        each["data"]["diagnosis"]["title"]
        for each in told()
        if each["type"] == "report.diagnosed"
    ]
    assert titles == [category(MAILBOX_FULL).name_zh_hans]
