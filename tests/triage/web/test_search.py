"""What does one box find, for whom, and what does it make of strange questions?"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import newest
from deliveries.models import ChannelKind, Message
from knowledgebase import articles
from tests.factories import make_address, make_message
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_article,
    make_ticket,
)
from triage import resolution, search, tickets
from triage.models import FailureReport, LogBundle, LogKind, NoteKind, Ticket
from triage.web import search as page

pytestmark = pytest.mark.django_db

LOG = "12:00:01 connect mx.example.net\n12:00:02 错误：连接超时，稍后重试 ETIMEDOUT"


def ask(person: Person, q: str, **query: str) -> Any:
    return person.browser.get(f"/search/?{urlencode({'q': q, **query})}")


def kinds(response: Any) -> dict[str, int]:
    """How many lines of each kind were found."""
    groups = response.context["groups"]
    return {group["slug"]: len(group["lines"]) for group in groups}


def text_of(pieces: list[tuple[str, bool]]) -> str:
    return "".join(text for text, _asked in pieces)


@pytest.fixture
def world(ana: Person, leo: Person) -> Ticket:
    """One failure with everything that is written about it."""
    message = make_message(
        address=make_address(channel=ChannelKind.EMAIL, value="jane@example.org"),
        channel=ChannelKind.EMAIL,
        region="cn-east",
    )
    ticket = make_ticket(
        message,
        cause=MAILBOX_FULL,
        provider="northpost",
        region="cn-east",
        detail="我没有收到验证码，邮箱也没有满。",
        answer="552 5.2.2 Over quota",
        assignee=ana.user,
    )
    report = FailureReport.objects.get()
    FailureReport.objects.update(
        enhanced_code="5.2.2", template={"key": "order-shipped"}
    )
    LogBundle.objects.create(
        report=report, kind=LogKind.CLIENT, text=LOG, size=len(LOG), sha256="0" * 64
    )
    tickets.note(
        ticket.number,
        ana.actor,
        kind=NoteKind.HYPOTHESIS,
        body="也许是他们的证书过期了？Ask the postmaster.",
    )
    make_article("Making room", "Ask the person to make **room**.", cause=MAILBOX_FULL)
    make_article("邮箱清理指南", "请用户删除旧邮件。", cause=MAILBOX_FULL)
    return ticket


def solve(ticket: Ticket, person: Person, note: str) -> None:
    answer = resolution.Answer(category(MAILBOX_FULL), note=note, article_version=None)
    resolution.resolve(ticket.number, person.actor, answer, now=timezone.now())


# --- what is found --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("mailbox full", {"tickets"}),  # the name of the cause
        ("邮箱已满", set()),
        ("邮箱或手机", {"tickets"}),  # a part of its name in Chinese
        ("northpost", {"tickets", "reports", "messages"}),
        ("cn-east northpost", {"reports", "messages"}),
        ("northpost nowhere", set()),
        ("验证码", {"reports", "messages"}),
        ("没有收到验证码", {"reports", "messages"}),
        ("验", {"reports", "messages"}),
        ("连接超时", {"logs"}),
        ("etimedout", {"logs"}),
        ("ETIMEDOUT 稍后重试", {"logs"}),
        ("证书", {"notes"}),
        ("postmaster", {"notes"}),
        ("清理指南", {"articles"}),
        ("旧邮件", {"articles"}),
        ("room", {"articles"}),
        ("5.2.2", {"reports", "messages"}),
        ("order-shipped", {"reports", "messages"}),
        ("j•••@example.org", {"messages"}),
        ("jane@example.org", set()),
        ("邮件 清理", {"articles"}),
    ],
)
def test_words_are_found_wherever_they_stand(
    ana: Person, world: Ticket, question: str, found: set[str]
) -> None:
    response = ask(ana, question)
    assert set(kinds(response)) == found
    if not found:
        assert "Nothing holds all of these words" in response.text


def test_resolutions_are_found_by_what_was_done(ana: Person, world: Ticket) -> None:
    solve(world, ana, "已通知用户清空垃圾箱 and waited")
    for question in ("清空垃圾箱", "waited 通知"):
        response = ask(ana, question)
        assert kinds(response) == {"resolutions": 1}
        assert f"#{world.number}" in response.text


def test_a_word_of_the_interface_finds_its_channel(ana: Person, world: Ticket) -> None:
    sms = make_ticket(channel=ChannelKind.SMS)
    (group,) = ask(ana, "短信", kind="tickets").context["groups"]
    (line,) = group["lines"]
    assert text_of(line.title).startswith(f"#{sms.number} ")


def test_what_was_asked_for_is_marked_and_nothing_else_is_markup(
    ana: Person,
) -> None:
    make_ticket(detail="<script>alert('满')</script> 邮箱已满了")
    response = ask(ana, "已满")
    assert "邮箱<mark>已满</mark>了" in response.text
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert" in response.text


def test_a_masked_recipient_stays_masked(ana: Person, world: Ticket) -> None:
    response = ask(ana, "j•••@example.org")
    assert "j•••@example.org" in response.text
    message = Message.objects.get()
    assert "jane@" not in ask(ana, message.external_id).text


def test_an_older_version_of_an_article_is_not_found(ana: Person, leo: Person) -> None:
    version = make_article("Old words", "obsolete advice")
    articles.write(
        version.translation.article,
        articles.Draft("New words", "fresh advice", "en"),
        categories=[category(UNAVAILABLE)],
        author_id=leo.user.pk,
    )
    assert kinds(ask(ana, "obsolete")) == {}
    assert kinds(ask(ana, "fresh")) == {"articles": 1}


# --- who finds it ---------------------------------------------------------------------


@pytest.mark.parametrize("question", ["northpost", "验证码", "连接超时", "证书"])
def test_eve_finds_nothing_of_other_queues(
    eve: Person, world: Ticket, question: str
) -> None:
    assert kinds(ask(eve, question)) == {}


@pytest.mark.parametrize("question", ["northpost", "连接超时", "证书"])
def test_an_auditor_finds_everything(aud: Person, world: Ticket, question: str) -> None:
    assert kinds(ask(aud, question))


def test_an_editor_finds_what_was_solved_and_no_message(
    mia: Person, ana: Person, world: Ticket
) -> None:
    assert kinds(ask(mia, "northpost")) == {}
    solve(world, ana, "清空垃圾箱")
    assert kinds(ask(mia, "northpost")) == {"tickets": 1}
    assert kinds(ask(mia, "清空垃圾箱")) == {"resolutions": 1}


def test_a_person_of_a_source_has_no_search(sue: Person) -> None:
    assert ask(sue, "northpost").status_code == 403


# --- what opens at once ---------------------------------------------------------------


def test_a_number_or_an_id_opens_its_ticket(ana: Person, world: Ticket) -> None:
    report, message = FailureReport.objects.get(), Message.objects.get()
    for named in (
        f"#{world.number}",
        f" # {world.number} ",
        world.public_id,
        report.public_id,
        report.public_id.lower(),
        message.public_id,
    ):
        assert ask(ana, named)["Location"] == f"/tickets/{world.number}/"


def test_what_one_may_not_see_does_not_open(eve: Person, world: Ticket) -> None:
    report, message = FailureReport.objects.get(), Message.objects.get()
    for named in (f"#{world.number}", report.public_id, message.public_id):
        assert kinds(ask(eve, named)) == {}


def test_a_cause_opens_what_is_known_about_it(ana: Person) -> None:
    assert ask(ana, MAILBOX_FULL)["Location"] == f"/knowledge/?category={MAILBOX_FULL}"


@pytest.mark.parametrize(
    ("code", "cause"),
    [("5.2.2", MAILBOX_FULL), ("4.7.500", "rate.sender_throttled"), ("5.99.9", "")],
)
def test_a_status_code_is_explained(ana: Person, code: str, cause: str) -> None:
    meaning = ask(ana, code).context["meaning"]
    expected = category(cause).name if cause else None
    assert (meaning and meaning["cause"]) == expected


# --- narrowing and paging -------------------------------------------------------------


def test_kind_channel_and_time_narrow_the_answer(ana: Person, world: Ticket) -> None:
    assert set(kinds(ask(ana, "northpost", kind="reports"))) == {"reports"}
    assert kinds(ask(ana, "northpost", channel="sms")) == {}
    assert set(kinds(ask(ana, "northpost", channel="email"))) == {
        "tickets",
        "reports",
        "messages",
    }
    long_ago = timezone.now() - timedelta(days=8)
    FailureReport.objects.update(received_at=long_ago)
    assert "reports" not in kinds(ask(ana, "northpost", since="week"))
    assert "reports" in kinds(ask(ana, "northpost", since="month"))


def test_more_of_a_kind_goes_on_where_the_page_before_ended(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search.asking, "PAGE", 2)
    monkeypatch.setattr(search.asking, "SHOWN", 1)
    made = [make_ticket(provider=f"northpost-{n}").number for n in range(5)]
    (group,) = ask(ana, "northpost", channel="email", kind="").context["groups"][:1]
    url, seen = group["more_url"], []
    assert "kind=tickets" in url
    while url:
        response = ana.browser.get(url)
        (group,) = response.context["groups"]
        seen += [text_of(line.title).split()[0] for line in group["lines"]]
        url = group["more_url"]
    assert seen == [f"#{number}" for number in reversed(made)]
    assert response.context["first_url"]


def test_a_cursor_of_another_list_is_not_there(ana: Person) -> None:
    assert ask(ana, "x", kind="tickets", cursor="made-up").status_code == 404


def test_rare_words_are_found_beyond_the_newest_rows(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "WINDOW", 1)
    rare = make_ticket(provider="rarepost")
    for _ in range(3):
        make_ticket(provider="northpost")
    assert kinds(ask(ana, "rarepost", kind="tickets")) == {"tickets": 1}
    assert f"#{rare.number}" in ask(ana, "rarepost").text


def test_a_kind_that_takes_too_long_is_named_and_leaves_the_others(
    ana: Person, world: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = newest.holding

    def holding(rows: Any, *args: Any, **options: Any) -> newest.Newest:
        if rows.model is FailureReport:
            raise newest.TookTooLong
        return found(rows, *args, **options)

    monkeypatch.setattr(newest, "holding", holding)
    response = ask(ana, "northpost")
    whole = {group["slug"]: group["whole"] for group in response.context["groups"]}
    assert whole == {"tickets": True, "reports": False, "messages": False}
    assert "took too long here" in response.text


def test_who_was_shown_the_newer_rows_alone_is_led_further_back(
    ana: Person, world: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []

    def holding(*args: Any, before: int | None = None, **options: Any) -> Any:
        asked.append(before)
        return newest.Newest([], more=False, reached=77)

    monkeypatch.setattr(newest, "holding", holding)
    response = ask(ana, "northpost", kind="tickets")
    assert "Only the newer rows with these words" in response.text
    assert "Nothing holds all of these words" not in response.text
    (group,) = response.context["groups"]
    ana.browser.get(group["more_url"])
    assert asked == [None, 78]


def test_looking_ends_in_time(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    few = newest.FEW_ROWS.replace("800ms", "20ms")
    monkeypatch.setattr(newest, "FEW_ROWS", few)
    with (
        pytest.raises(newest.TookTooLong),
        newest.looking(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM generate_series(1, 100000000)")
    assert Ticket.objects.count() == 0  # the session goes on


def test_nothing_that_a_search_sets_outlives_it(
    ana: Person, world: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "WINDOW", 0)
    ask(ana, "northpost")
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)


# --- strange questions ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "What are you looking for?"),
        ("   ", "What are you looking for?"),
        ("&|!():*'\"\\<->", "There is no word in that"),
        ("，。！？", "There is no word in that"),
        ("x" * 201, "at most 200 characters"),
        ("x" * 200, "There is no word in that"),
        ("'; DROP TABLE triage_ticket; --", "Nothing holds all of these words"),
        ("%s %(x)s {0} {{ x }}", "Nothing holds all of these words"),
        ("𠮷野家", "Nothing holds all of these words"),
        ("a\u202eb\ufeff", "Nothing holds all of these words"),
        ("#99999999999999999999", "Nothing holds all of these words"),
        ("#999999999999999999", "Nothing holds all of these words"),
        (" ".join(["word"] * 40), "Nothing holds all of these words"),
    ],
    ids=range(13),
)
def test_a_strange_question_gets_an_answer_in_words(
    ana: Person, question: str, words: str
) -> None:
    response = ask(ana, question)
    assert response.status_code == 200
    assert words in response.text


@pytest.mark.parametrize("raw", ["%00", "a%00b"])
def test_nul_is_refused(ana: Person, raw: str) -> None:
    assert ana.browser.get(f"/search/?q={raw}").status_code == 400


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF", "%C0%80x", "%F4%90%80%80"])
def test_what_is_no_utf8_is_only_not_found(ana: Person, raw: str) -> None:
    assert ana.browser.get(f"/search/?q={raw}").status_code == 200


@pytest.mark.parametrize("query", ["kind=all", "channel=pigeon", "since=ever"])
def test_an_unknown_filter_is_named_by_its_field(ana: Person, query: str) -> None:
    response = ana.browser.get(f"/search/?q=x&{query}")
    assert response.status_code == 200
    assert "is not one of the available choices" in response.text
    assert response.context["groups"] == []


def test_a_typing_error_is_answered_with_what_is_like_it(ana: Person) -> None:
    suggestions = ask(ana, "malbox").context["suggestions"]
    assert "Mailbox or handset memory full" in [each["text"] for each in suggestions]


def test_the_number_of_queries_does_not_grow(ana: Person, world: Ticket) -> None:
    with CaptureQueriesContext(connection) as few:
        ask(ana, "northpost")
    for _ in range(4):
        make_ticket(make_message(), provider="northpost")
    with CaptureQueriesContext(connection) as many:
        ask(ana, "northpost")
    assert len(many) <= len(few)


def test_the_longest_question_is_the_longest_field() -> None:
    assert page.SearchForm().fields["q"].max_length == page.LONGEST
