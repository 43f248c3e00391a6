"""Does anybody get the tip that helps, and a source say that it showed one?"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deliveries.api import throttles
from knowledgebase import guidance
from knowledgebase.models import ArticleVersion, Locale
from tests.callers import Caller, problem
from tests.tips import make_guide, make_tip
from tests.work import MAILBOX_FULL
from triage import guiding
from triage.models import AfterTip, TipShowing

pytestmark = pytest.mark.django_db

TIPS = "/api/v1/tips/"
SHOWINGS = "/api/v1/tips/showings/"


@pytest.fixture
def full() -> ArticleVersion:
    """What to do about a full mailbox."""
    return make_tip("Make room", MAILBOX_FULL, channels=("email",))


def ask(client: Client, **asked: str) -> Any:
    return client.get(TIPS, asked)


def test_anybody_gets_the_tip_for_a_cause(client: Client, full: ArticleVersion) -> None:
    answer = ask(client, channel="email", category=MAILBOX_FULL, locale="en-GB")
    assert answer.status_code == 200
    slug = full.translation.article.slug
    found = answer.json()
    assert found["category"] == MAILBOX_FULL
    [tip] = found["results"]
    assert tip["article_url"].endswith(f"/help/{slug}/?language=en")
    assert tip | {"article_url": ""} == {
        "id": slug,
        "version": 1,
        "locale": "en",
        "fits": "category",
        "title": "Make room",
        "text": "Do this: Make room.",
        "article_url": "",
    }


@pytest.mark.parametrize(
    ("code", "provider"),
    [("5.2.2", ""), ("552 5.2.2", ""), ("552 5.2.2 over quota", "")],
)
def test_a_code_is_understood_as_the_diagnosis_does(
    client: Client, full: ArticleVersion, code: str, provider: str
) -> None:
    found = ask(client, channel="email", code=code).json()
    assert found["category"] == MAILBOX_FULL
    assert [each["title"] for each in found["results"]] == ["Make room"]


def test_a_providers_number_means_something_with_its_name(client: Client) -> None:
    known = ask(client, channel="sms", code="30003", provider="twilio").json()
    assert known["category"] == "recipient.unreachable"
    unknown = ask(client, channel="sms", code="30003").json()
    assert unknown == {"category": None, "results": []}


def test_chinese_readers_get_chinese(client: Client, full: ArticleVersion) -> None:
    make_tip("清理邮箱", MAILBOX_FULL, locale=Locale.ZH_HANS)
    for locale in ("zh", "zh-CN", "zh-Hans-CN"):
        [tip] = ask(client, category=MAILBOX_FULL, locale=locale).json()["results"]
        assert (tip["title"], tip["locale"]) == ("清理邮箱", "zh-hans")


def test_caches_may_keep_it_and_ask_whether_it_changed(
    client: Client,
    full: ArticleVersion,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(2):
        answer = ask(client, category=MAILBOX_FULL)
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")
    etag = {"If-None-Match": answer["ETag"]}
    again = client.get(TIPS, {"category": MAILBOX_FULL}, headers=etag)
    assert again.status_code == 304
    assert again["Cache-Control"] == "public, max-age=300"
    make_tip("Make more room", MAILBOX_FULL, channels=("email",))
    newer = client.get(TIPS, {"category": MAILBOX_FULL}, headers=etag)
    assert newer.status_code == 200


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"channel": "pigeon"}, "invalid"),
        ({"category": "recipient.nothing"}, "invalid"),
        ({"category": "'; DROP TABLE"}, "invalid"),
        ({"code": "x" * 65}, "invalid"),
        ({"code": "\0"}, "invalid"),
        ({"code": "邮"}, "invalid"),
        ({"locale": "../../etc"}, "invalid"),
        ({"locale": ""}, "invalid"),
        ({"person": "sam"}, "unknown_parameter"),
    ],
    ids=str,
)
def test_eve_gets_a_problem_and_nothing_to_keep(
    client: Client, asked: dict[str, str], code: str
) -> None:
    answer = ask(client, **asked)
    assert problem(answer) == (400, code)
    assert answer["Cache-Control"] == "no-store"


def test_one_address_is_held_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttles.LIMITS, "tips", 2)
    monkeypatch.setattr(throttles, "counter", throttles.Counter())
    answers = [
        client.get(TIPS, headers={"Accept": "*/*"}, REMOTE_ADDR="203.0.113.77")
        for _ in range(3)
    ]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert "Retry-After" in answers[2]


# --- a source says that it showed one -------------------------------------------------


def body(version: ArticleVersion, **more: object) -> dict[str, object]:
    return {
        "tip": version.translation.article.slug,
        "locale": version.translation.locale,
        "channel": "email",
        "category": MAILBOX_FULL,
        "recipient_ref": "person-7",
        **more,
    }


def later(hours: float = 1.1) -> None:
    """Let the hour after every showing be over."""
    ago = timezone.now() - timedelta(hours=hours)
    TipShowing.objects.filter(due_at__isnull=False).update(shown_at=ago, due_at=ago)
    guiding.settle_due(timezone.now())


def figures(version: ArticleVersion) -> tuple[int, int]:
    return guidance.shown(version.translation.article_id)


def test_a_tip_without_a_report_within_the_hour_spared_one(
    api: Caller, full: ArticleVersion
) -> None:
    for _ in range(3):
        assert api.post(body(full), SHOWINGS).status_code == 200
    assert figures(full) == (1, 0)
    later()
    assert TipShowing.objects.get().after == AfterTip.NO_REPORT
    assert figures(full) == (1, 1)


def test_a_report_of_the_person_within_the_hour_was_not_spared(
    api: Caller, full: ArticleVersion
) -> None:
    api.post(body(full), SHOWINGS)
    api.post(body(full, recipient_ref="person-8"), SHOWINGS)
    assert api.file(recipient_ref="person-7").status_code == 202
    later(0.5)
    assert figures(full) == (2, 1)


def test_a_report_of_another_source_is_not_theirs(
    api: Caller, foreign: Caller, full: ArticleVersion
) -> None:
    api.post(body(full), SHOWINGS)
    assert foreign.file(recipient_ref="person-7").status_code == 202
    later(0.5)
    assert figures(full) == (1, 1)


def test_what_the_person_says_counts_at_once(api: Caller, full: ArticleVersion) -> None:
    api.post(body(full), SHOWINGS)
    api.post(body(full, helped=True), SHOWINGS)
    assert TipShowing.objects.get().after == AfterTip.HELPED
    assert figures(full) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tip": "no-such-tip"},
        {"locale": "zh-hans"},
        {"category": "recipient.nothing"},
        {"channel": "pigeon"},
        {"recipient_ref": "eve@example.org"},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_not_there_cannot_have_been_shown(
    api: Caller, full: ArticleVersion, wrong: dict[str, object]
) -> None:
    answer = api.post(body(full) | wrong, SHOWINGS)
    assert answer.status_code in (400, 422)
    assert problem(answer)[0] == answer.status_code
    assert not TipShowing.objects.exists()


def test_a_guide_is_no_tip(api: Caller) -> None:
    guide = make_guide("All about mail", MAILBOX_FULL)
    assert api.post(body(guide), SHOWINGS).status_code in (400, 422)


def test_nobody_says_so_without_a_key(client: Client, full: ArticleVersion) -> None:
    answer = client.post(SHOWINGS, body(full), "application/json")
    assert problem(answer) == (401, "unauthenticated")
    assert not TipShowing.objects.exists()
