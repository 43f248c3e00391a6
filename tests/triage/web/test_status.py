"""What does a reporter see and say by their link, without logging in?"""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deliveries.models import Message, MessageState
from deliveries.networks import network_of
from knowledgebase import guidance
from knowledgebase.models import ArticleVersion
from tests.people import Person
from tests.tips import make_tip
from tests.triage.notices.letters import reachable
from tests.work import hand_to_people
from triage import replies
from triage.models import (
    EventKind,
    FailureReport,
    LinkBudget,
    Notice,
    ReportState,
    StatusLink,
    Ticket,
    TipShowing,
)
from triage.notices import budget, links

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(general: object) -> FailureReport:
    """A report that people are working on."""
    made = reachable()
    hand_to_people([made])
    return FailureReport.objects.get(pk=made.pk)


def path_of(report: FailureReport) -> str:
    """A link to the report, without the name of the site."""
    return urlsplit(links.make(report)).path


def page(client: Client, path: str, tag: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": tag})
    assert answer.status_code == 200
    return answer.content.decode()


def say(client: Client, path: str, act: str, note: str = "") -> HttpResponse:
    answer: HttpResponse = client.post(path, {"act": act, "note": note})
    return answer


def state_of(report: FailureReport) -> str:
    return FailureReport.objects.get(pk=report.pk).state


def test_it_says_where_it_stands_and_why(client: Client, report: FailureReport) -> None:
    text = page(client, path_of(report))
    assert "We are on it" in text
    assert "People are working on it" in text
    assert "Still not" in text


def test_looking_changes_nothing(client: Client, report: FailureReport) -> None:
    path = path_of(report)
    before = FailureReport.objects.values().get(pk=report.pk)
    for _ in range(3):
        assert client.head(path).status_code == 200
        page(client, path)
    assert FailureReport.objects.values().get(pk=report.pk) == before
    assert not LinkBudget.objects.exists()


def test_only_a_digest_of_the_link_is_kept(report: FailureReport) -> None:
    token = path_of(report).split("/")[2]
    assert len(token) >= 22  # 128 bits
    assert StatusLink.objects.get().digest != token


def test_a_made_up_link_is_nothing(client: Client, report: FailureReport) -> None:
    path_of(report)
    assert client.get("/s/guessed/").status_code == 404
    assert client.get(f"/s/{'x' * 500}/").status_code == 404


def test_it_ends_30_days_after_the_last_change(
    client: Client, report: FailureReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(report)
    later = timezone.now() + timedelta(days=31)
    monkeypatch.setattr("triage.web.status.timezone.now", lambda: later)
    answer = client.get(path)
    assert answer.status_code == 410
    assert "report it again" in answer.content.decode()
    assert say(client, path, "arrived").status_code == 410
    assert state_of(report) == ReportState.TICKETED


def test_a_revoked_link_has_ended(client: Client, report: FailureReport) -> None:
    path = path_of(report)
    StatusLink.objects.update(revoked_at=timezone.now())
    assert client.get(path).status_code == 410


def test_it_arrived(client: Client, report: FailureReport) -> None:
    path = path_of(report)
    assert say(client, path, "arrived").status_code == 302
    assert state_of(report) == ReportState.VERIFIED
    assert "It arrived" in page(client, path)


def test_still_not_is_told_with_their_words_and_nobody_else_is_written_to(
    client: Client, report: FailureReport
) -> None:
    FailureReport.objects.filter(pk=report.pk).update(state=ReportState.RESOLVED)
    path = path_of(report)
    assert "Did it arrive?" in page(client, path)
    assert say(client, path, "still_failing", "Not even in spam.").status_code == 302
    event = report.ticket.events.get(kind=EventKind.ANSWERED)  # type: ignore[union-attr]
    assert event.change["note"] == "Not even in spam."
    assert event.actor_kind == "public"
    assert "Not even in spam." in page(client, path)
    assert not Notice.objects.exists()


def test_it_is_withdrawn(client: Client, report: FailureReport) -> None:
    path = path_of(report)
    assert say(client, path, "withdraw").status_code == 302
    assert state_of(report) == ReportState.WITHDRAWN
    assert "This report is closed" in page(client, path)
    assert say(client, path, "reopen", "No, wait").status_code == 409


def test_a_closed_report_goes_on(client: Client, report: FailureReport) -> None:
    FailureReport.objects.filter(pk=report.pk).update(
        state=ReportState.CLOSED_UNVERIFIED
    )
    assert say(client, path_of(report), "reopen", "Again.").status_code == 302
    assert state_of(report) == ReportState.TICKETED


@pytest.mark.parametrize("note", ["x" * 1_001, "half\0"])
def test_bad_words_change_nothing_and_are_kept(
    client: Client, report: FailureReport, note: str
) -> None:
    answer = say(client, path_of(report), "still_failing", note)
    assert answer.status_code == 400
    assert answer.content.decode().count("x") >= note.count("x")
    assert not LinkBudget.objects.exists()


def test_an_unknown_answer_is_refused(client: Client, report: FailureReport) -> None:
    assert say(client, path_of(report), "solve").status_code == 400


def test_a_link_changes_so_much_in_an_hour(
    client: Client, report: FailureReport
) -> None:
    path = path_of(report)
    for n in range(budget.OF_LINK):
        assert say(client, path, "still_failing", str(n)).status_code == 302
    answer = say(client, path, "still_failing", "once more")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert "once more" in answer.content.decode()
    assert report.ticket.events.filter(kind=EventKind.ANSWERED).count() == 10  # type: ignore[union-attr]
    assert client.get(path).status_code == 200


def test_a_network_has_a_budget_of_its_own() -> None:
    now = timezone.now()
    for n in range(budget.OF_NETWORK):
        assert budget.spend(f"link-{n}", f"192.0.2.{n}", now)
    assert not budget.spend("another", "192.0.2.200", now)
    assert budget.spend("another", "198.51.100.1", now)
    assert budget.spend("last", "192.0.2.1", now + timedelta(hours=1))
    budget.sweep(now + timedelta(hours=1))
    assert LinkBudget.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "net:192.0.2.0/24"),
        ("::ffff:192.0.2.77", "net:192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "net:2001:db8:1:2::/64"),
        ("nonsense", "net:unknown"),
    ],
)
def test_networks_have_names(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("tag", "locale", "words"),
    [
        ("zh-TW,zh;q=0.9", "en", "我们正在处理"),
        ("en", "zh-CN", "We are on it"),
        ("fr", "zh-CN", "我们正在处理"),
        ("", "en", "We are on it"),
    ],
)
def test_it_speaks_the_language_of_its_reader(
    client: Client, report: FailureReport, tag: str, locale: str, words: str
) -> None:
    FailureReport.objects.filter(pk=report.pk).update(locale=locale)
    assert words in page(client, path_of(report), tag)


def test_an_answer_is_shown_in_the_readers_language_or_marked(
    client: Client, report: FailureReport, ana: Person
) -> None:
    ticket = Ticket.objects.get()
    texts = {"zh-hans": "请再试一次。"}
    replies.write(ticket.number, ana.actor, texts, now=timezone.now())
    text = page(client, path_of(report))
    assert "In Chinese:" in text
    assert '<blockquote lang="zh-hans">' in text
    assert "In Chinese:" not in page(client, path_of(report), "zh-hans")


def test_a_reply_that_was_taken_back_is_not_shown(
    client: Client, report: FailureReport, ana: Person
) -> None:
    ticket = Ticket.objects.get()
    now = timezone.now()
    reply = replies.write(ticket.number, ana.actor, {"en": "Oops."}, now=now)
    replies.take_back(ticket.number, reply.pk, ana.actor, now=now)
    assert "Oops." not in page(client, path_of(report))


def test_it_shows_nothing_of_the_desk(
    client: Client, report: FailureReport, ana: Person
) -> None:
    ticket = Ticket.objects.get()
    Ticket.objects.update(assignee=ana.user)
    text = page(client, path_of(report))
    for secret in (f"#{ticket.number}", ana.user.username, ticket.queue.title, "@"):
        assert secret not in text


def test_what_was_typed_is_only_text(client: Client, report: FailureReport) -> None:
    path = path_of(report)
    say(client, path, "still_failing", "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page(client, path)


def test_a_message_that_is_unknown_asks(client: Client, report: FailureReport) -> None:
    Message.objects.filter(pk=report.message_id).update(state=MessageState.UNKNOWN)
    assert "Did it arrive?" in page(client, path_of(report))


def test_a_page_takes_few_queries(
    client: Client,
    report: FailureReport,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    path = path_of(report)
    with django_assert_max_num_queries(16):
        page(client, path)


# --- the tip --------------------------------------------------------------------------

LOOKING = {"Sec-Fetch-Mode": "navigate", "Accept-Language": "en"}


def cause_of(report: FailureReport) -> str:
    found = FailureReport.objects.select_related("category").get(pk=report.pk).category
    assert found is not None
    return found.slug


@pytest.fixture
def tip(report: FailureReport) -> ArticleVersion:
    """What helps against the cause of the report."""
    return make_tip("Look once more", cause_of(report))


def test_the_tip_for_its_cause_is_shown_and_counted_once(
    client: Client, report: FailureReport, tip: ArticleVersion
) -> None:
    path = path_of(report)
    for _ in range(2):
        text = client.get(path, headers=LOOKING).content.decode()
    assert "Do this: Look once more." in text
    assert "This helped, no report needed" in text
    assert guidance.shown(tip.translation.article_id) == (1, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Purpose": "prefetch"},
    ],
    ids=str,
)
def test_a_scanner_that_opens_the_link_is_nobody(
    client: Client,
    report: FailureReport,
    tip: ArticleVersion,
    headers: dict[str, str],
) -> None:
    path = path_of(report)
    assert client.get(path, headers=headers).status_code == 200
    client.head(path, headers=LOOKING)
    assert not TipShowing.objects.exists()


def test_this_helped_takes_the_report_back_and_counts(
    client: Client, report: FailureReport, tip: ArticleVersion
) -> None:
    path = path_of(report)
    client.get(path, headers=LOOKING)
    assert say(client, path, "helped").status_code == 302
    assert state_of(report) == ReportState.WITHDRAWN
    assert guidance.shown(tip.translation.article_id) == (1, 1)
    assert say(client, path, "helped").status_code == 302
    assert guidance.shown(tip.translation.article_id) == (1, 1)
    text = client.get(path, headers=LOOKING).content.decode()
    assert "Your report is withdrawn" in text
    assert "no report needed" not in text


def test_who_says_so_has_seen_the_tip(
    client: Client, report: FailureReport, tip: ArticleVersion
) -> None:
    say(client, path_of(report), "helped")
    assert guidance.shown(tip.translation.article_id) == (1, 1)


def test_what_is_over_cannot_have_helped(
    client: Client, report: FailureReport, tip: ArticleVersion
) -> None:
    FailureReport.objects.update(state=ReportState.VERIFIED)
    assert say(client, path_of(report), "helped").status_code == 409
    assert not TipShowing.objects.exists()
