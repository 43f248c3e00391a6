"""What does a reporter see of a report, and of whose?"""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deliveries.api import paging
from deliveries.models import FailureCategory
from tests.callers import LEAST, REPORTS, Caller, problem
from tests.people import Person, Program
from tests.work import make_report
from triage import diagnosis
from triage.models import Diagnosis, FailureGroup, FailureReport, Finding, ReportState

NO_SUCH = "rep_" + "0" * 26
SECRET = ("queue", "assignee", "ticket", "note", "tier", "reporter_pseudonym")


def diagnosed(report: FailureReport, slug: str = "recipient.mailbox_full") -> None:
    """Write down what the machine would have thought."""
    category = FailureCategory.objects.get(slug=slug)
    run = Diagnosis.objects.create(
        report=report, ruleset_version="1", evidence_digest="", took_ms=1.0
    )
    second = FailureCategory.objects.get(slug="unknown.unclassified")
    Finding.objects.create(diagnosis=run, rank=2, category=second, confidence=0.1)
    Finding.objects.create(diagnosis=run, rank=1, category=category, confidence=0.9)
    group, _ = FailureGroup.objects.get_or_create(
        digest="d",
        defaults={
            "fingerprint": [],
            "category": category,
            "channel": "email",
            "first_seen": timezone.now(),
            "last_seen": timezone.now(),
            "recipients": 3,
        },
    )
    FailureReport.objects.filter(pk=report.pk).update(
        group=group, state=ReportState.TICKETED
    )


def test_a_fresh_report_has_no_diagnosis_yet(api: Caller) -> None:
    shown = api.get(api.file().json()["status_url"]).json()
    assert shown["state"] == "received"
    assert (shown["group"], shown["diagnosis"], shown["tips"]) == (None, None, [])


def test_a_diagnosed_report_says_why_and_what_happens_next(api: Caller) -> None:
    filed = api.file().json()
    diagnosed(FailureReport.objects.get(public_id=filed["id"]))
    shown = api.get(filed["status_url"]).json()
    assert shown["state"] == "ticketed"
    shown["diagnosis"].pop("diagnosed_at")
    assert shown["diagnosis"] == {
        "category": "recipient.mailbox_full",
        "title": FailureCategory.objects.get(slug="recipient.mailbox_full").name_en,
        "confidence": 0.9,
        "retry_class": "conditional",
        "next_step": "A person is working on it.",
        "plan": None,
        "reasons": [],
    }
    assert shown["group"].keys() == {"number", "cause", "since", "people"}
    assert (shown["group"]["cause"], shown["group"]["people"]) == (
        "recipient.mailbox_full",
        3,
    )


def test_the_title_follows_the_readers_language(api: Caller) -> None:
    filed = api.file().json()
    diagnosed(FailureReport.objects.get(public_id=filed["id"]))
    shown = api.get(filed["status_url"], **{"Accept-Language": "zh-hans"}).json()
    category = FailureCategory.objects.get(slug="recipient.mailbox_full")
    assert shown["diagnosis"]["title"] == category.name_zh_hans


def test_a_duplicate_shows_what_became_of_its_original(api: Caller) -> None:
    said = {"message_ref": "m", "recipient_ref": "u"}
    first, again = api.file(**said).json(), api.file(**said).json()
    diagnosed(FailureReport.objects.get(public_id=first["id"]))
    shown = api.get(again["status_url"]).json()
    assert (shown["state"], shown["duplicate_of"]) == ("duplicate", first["id"])
    assert shown["diagnosis"]["category"] == "recipient.mailbox_full"
    assert shown["diagnosis"]["next_step"] == "A person is working on it."


def test_nothing_internal_is_shown(api: Caller) -> None:
    filed = api.file().json()
    diagnosed(FailureReport.objects.get(public_id=filed["id"]))
    shown = api.get(filed["status_url"]).json()
    assert not shown.keys() & set(SECRET)
    assert not shown["group"].keys() & set(SECRET)


def test_somebody_elses_report_is_not_there(api: Caller, foreign: Caller) -> None:
    url = api.file().json()["status_url"]
    assert problem(foreign.get(url)) == (404, "not_found")
    assert foreign.get(REPORTS).json()["results"] == []
    assert foreign.get(f"{REPORTS}count/").json()["count"] == 0


@pytest.mark.parametrize(
    "path",
    [
        f"{REPORTS}{NO_SUCH}/",
        f"{REPORTS}1/",
        f"{REPORTS}%00/",
        f"{REPORTS}{NO_SUCH}",
        "/api/v1/reports",
        "/api/v1/",
        "/api/v1/nothing/",
    ],
)
def test_what_is_not_there_is_a_problem_not_a_page(api: Caller, path: str) -> None:
    assert problem(api.get(path)) == (404, "not_found")


def test_an_agent_reads_only_what_reached_her_queue(ana: Person, api: Caller) -> None:
    url = api.file().json()["status_url"]
    assert ana.browser.get(url).status_code == 404
    assert ana.browser.get(REPORTS).json()["results"] == []


def test_the_newest_report_comes_first(api: Caller) -> None:
    ids = [api.file().json()["id"] for _ in range(3)]
    listed = api.get(REPORTS).json()
    assert [row["id"] for row in listed["results"]] == ids[::-1]
    assert (listed["next"], listed["previous"]) == (None, None)


def test_pages_follow_each_other_both_ways(api: Caller) -> None:
    ids = [api.file().json()["id"] for _ in range(5)][::-1]
    first = api.get(f"{REPORTS}?limit=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    pages = [[row["id"] for row in p["results"]] for p in (first, second, third)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_a_page_keeps_its_filter(api: Caller) -> None:
    for channel in ("sms", "email", "sms", "sms"):
        api.file(channel=channel)
    page = api.get(f"{REPORTS}?channel=sms&limit=2").json()
    rest = api.get(page["next"]).json()
    assert [row["channel"] for row in rest["results"]] == ["sms"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "9" * 5000, "²"])
def test_a_limit_is_a_number_within_bounds(api: Caller, limit: str) -> None:
    response = api.get(f"{REPORTS}?limit={limit}")
    assert problem(response) == (400, "invalid")
    assert response.json()["errors"][0]["pointer"] == "?limit"


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "%00"])
def test_a_cursor_is_one_that_we_gave(api: Caller, cursor: str) -> None:
    response = api.get(f"{REPORTS}?cursor={cursor}")
    assert problem(response) == (400, "cursor_invalid")


def test_reports_are_found_by_what_they_say(api: Caller) -> None:
    api.file(client_report_id="r 1", channel="sms")
    api.file(client_report_id="r2")
    by_id = api.get(f"{REPORTS}?client_report_id=r%201").json()["results"]
    assert [row["client_report_id"] for row in by_id] == ["r 1"]
    later, earlier = "2999-01-01T00:00:00Z", "2000-01-01T00:00:00Z"
    for query, count in [
        ("channel=email", 1),
        ("state=received", 2),
        ("state=verified", 0),
        (f"created_after={earlier}", 2),
        (f"created_after={later}", 0),
        (f"created_before={earlier}", 0),
        ("created_after=2000-01-01T00:00:00%2B19:33", 2),
    ]:
        assert len(api.get(f"{REPORTS}?{query}").json()["results"]) == count
        assert api.get(f"{REPORTS}count/?{query}").json()["count"] == count


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "state=",
        "client_report_id=",
        "channel=fax",
        "created_after=x",
        "created_after=0001-01-01T00:00:00%2B14:00",
        "client_report_id=a%00b",
    ],
)
def test_a_filter_that_means_nothing_is_refused(api: Caller, query: str) -> None:
    response = api.get(f"{REPORTS}?{query}")
    assert problem(response) == (400, "invalid")
    assert response.json()["errors"][0]["pointer"] == "?" + query.partition("=")[0]


@pytest.mark.parametrize("name", ["ordering", "source", "state__regex", "fields"])
def test_a_parameter_that_nobody_reads_is_refused(api: Caller, name: str) -> None:
    for path in (REPORTS, f"{REPORTS}count/", f"{REPORTS}{NO_SUCH}/"):
        response = api.get(f"{path}?{name}=1")
        assert problem(response) == (400, "unknown_parameter")
        assert response.json()["errors"][0]["pointer"] == f"?{name}"


def test_a_count_stops_where_it_would_cost(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNTED", 2)
    api.file()
    assert api.get(f"{REPORTS}count/").json()["exact"]
    api.file()
    api.file()
    told = api.get(f"{REPORTS}count/").json()
    assert (told["count"], told["exact"]) == (2, False)
    assert told.keys() == {"count", "exact", "as_of"}


def test_what_has_not_changed_is_not_sent_again(api: Caller) -> None:
    url = api.file().json()["status_url"]
    etag = api.get(url)["ETag"]
    again = api.get(url, **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    FailureReport.objects.update(state="withdrawn")
    assert api.get(url, **{"If-None-Match": etag}).status_code == 200


def test_a_method_that_nobody_offers_is_refused(api: Caller) -> None:
    url = api.file().json()["status_url"]
    headers = api.program.headers
    for method in (api.client.put, api.client.patch, api.client.delete):
        assert problem(method(url, headers=headers)) == (405, "method_not_allowed")
        assert problem(method(REPORTS, headers=headers))[0] == 405
    assert api.client.post(url, LEAST, "application/json", headers=headers)["Allow"]


def test_the_methods_can_be_asked_for(api: Caller) -> None:
    response = api.client.options(REPORTS, headers=api.program.headers)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"
    head = api.client.head(REPORTS, headers=api.program.headers)
    assert (head.status_code, head["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("rows", [1, 50])
def test_a_list_costs_one_query_however_long(
    api: Caller, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_report(source=api.program.source)
    api.get(REPORTS)
    with django_assert_num_queries(1):
        assert len(api.get(REPORTS).json()["results"]) == rows


def test_the_causes_are_listed_in_both_languages(api: Caller) -> None:
    listed = api.get("/api/v1/categories/").json()["results"]
    assert len(listed) == FailureCategory.objects.count()
    assert listed[0].keys() == {
        "slug",
        "family",
        "name_en",
        "name_zh_hans",
        "retry_class",
        "deprecated",
        "successor",
    }


def judged(api: Caller, **said: str) -> dict[str, Any]:
    """A report that the machine has really diagnosed, as its source reads it."""
    filed = api.file(**said).json()
    report = FailureReport.objects.select_related("message").get(public_id=filed["id"])
    with transaction.atomic():
        diagnosis.diagnose([report], timezone.now())
    shown: dict[str, Any] = api.get(filed["status_url"]).json()["diagnosis"]
    return shown


def test_a_verdict_comes_with_its_plan_and_its_reasons(api: Caller) -> None:
    shown = judged(api, provider_answer="552 5.2.2 Mailbox full")
    assert shown["plan"] == {
        "action": "human",
        "at": None,
        "text": "Waits for a person: no message is known that could be sent again.",
    }
    texts = [each["text"] for each in shown["reasons"] if each["speaks"] == "for"]
    assert any("Mailbox full" in text for text in texts)


def test_what_is_settled_has_no_plan_any_more(api: Caller) -> None:
    filed = api.file(provider_answer="552 5.2.2 Mailbox full").json()
    report = FailureReport.objects.get(public_id=filed["id"])
    with transaction.atomic():
        diagnosis.diagnose([report], timezone.now())
    FailureReport.objects.filter(pk=report.pk).update(state=ReportState.RESOLVED)
    assert api.get(filed["status_url"]).json()["diagnosis"]["plan"] is None


def test_a_reporter_reads_no_figure_about_others(api: Caller) -> None:
    for _ in range(24):
        make_report(cause="server.unavailable", provider="northpost")
    shown = judged(api, provider="northpost", provider_answer="Connection timed out")
    texts = [each["text"] for each in shown["reasons"]]
    assert "The provider fails for others as well." in texts
    assert not any("24" in text for text in texts)


def test_nothing_of_the_machinery_is_told_with_a_verdict(api: Caller) -> None:
    shown = judged(api, provider_answer="552 5.2.2 Mailbox full")
    assert shown.keys() == {
        "category",
        "title",
        "confidence",
        "retry_class",
        "next_step",
        "diagnosed_at",
        "plan",
        "reasons",
    }
    assert not any("rule" in each["text"] for each in shown["reasons"])


def test_a_post_to_nowhere_is_a_problem_and_no_page(sam: Program) -> None:
    browser = Client(enforce_csrf_checks=True, headers=sam.headers)
    answer = browser.post("/api/v1/nowhere/", {}, "application/json")
    assert problem(answer) == (404, "not_found")
