"""Do people help each other in the community, and does nobody get in the way?"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledgebase.community import NotNow, TooOften, budget
from knowledgebase.community.authors import Author
from knowledgebase.community.deciding import accept
from knowledgebase.community.moving import move
from knowledgebase.models import (
    QUESTION_TRANSITIONS,
    Answer,
    PostBudget,
    Question,
    QuestionState,
    Vote,
)
from knowledgebase.refusals import Forbidden
from tests.asking import HOME, ask, press, say, stamp
from tests.people import Person
from tests.rows import make
from tests.tips import make_guide
from tests.work import MAILBOX_FULL

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Client:
    """Another reader's browser."""
    return Client()


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def of(question: Question) -> str:
    return f"{HOME}{question.public_id}/?language=en"


def asked(client: Client, **said: str) -> Question:
    ask(client, **said)
    return Question.objects.latest("pk")


# --- asking and answering -------------------------------------------------------------


def test_a_question_is_asked_answered_and_solved(client: Client, other: Client) -> None:
    question = asked(client)
    assert question.is_shown
    assert question.title in page(other, f"{HOME}?language=en&show=unanswered")
    say(other, question, "Look into the **spam** folder.")
    answer = Answer.objects.get()
    question.refresh_from_db()
    assert (question.state, answer.by_staff) == ("answered", False)
    text = page(client, of(question))
    assert "<strong>spam</strong>" in text
    assert text.count("<textarea") == 1
    press(client, question, "votes", answer=answer.public_id)
    press(client, question, "votes", answer=answer.public_id)
    assert Vote.objects.count() == 1
    press(client, question, "acceptance", answer=answer.public_id)
    question.refresh_from_db()
    answer.refresh_from_db()
    assert question.state == "accepted"
    assert answer.accepted_at is not None
    assert "This solved it" in page(other, of(question))
    assert question.title in page(other, f"{HOME}?language=en&show=solved")


def test_pressed_twice_it_is_asked_and_said_once(client: Client) -> None:
    question = asked(client)
    assert asked(client, title="Why  does no CODE arrive?") == question
    say(client, question, "Wait.")
    say(client, question, "Wait.")
    assert Answer.objects.count() == 1


def test_only_who_asked_or_a_moderator_accepts_and_closes(
    client: Client, other: Client, kim: Person
) -> None:
    question = asked(client)
    say(other, question, "Wait an hour.")
    answer = Answer.objects.get()
    refused = press(other, question, "acceptance", answer=answer.public_id)
    assert refused.status_code == 403
    assert press(other, question, "closing").status_code == 403
    question.refresh_from_db()
    assert question.state == "answered"
    press(kim.browser, question, "closing")
    question.refresh_from_db()
    assert question.state == "closed"
    say(other, question, "Too late.")
    assert Answer.objects.count() == 1


def test_nobody_votes_for_themselves(client: Client) -> None:
    question = asked(client)
    say(client, question, "I found it: the filter.")
    press(client, question, "votes", answer=Answer.objects.get().public_id)
    assert not Vote.objects.exists()


def test_a_colleague_answers_as_the_team(client: Client, ana: Person) -> None:
    question = asked(client)
    say(ana.browser, question, "See https://example.com/a and wait.", stamp="")
    answer = Answer.objects.get()
    assert (answer.by_staff, answer.is_shown) == (True, True)
    text = page(client, of(question))
    assert "The team" in text
    assert answer.author_ref not in text
    # Not within a random token, where any three letters may stand.
    assert not re.search(rf"\b{ana.user.username}\b", text, re.IGNORECASE)


def test_who_writes_leaves_no_personal_data(client: Client) -> None:
    question = asked(client, body="Write to bob.miller@example.com, +49 170 1234567.")
    assert "bob.miller" not in question.body
    assert "1234567" not in question.body


# --- what is doubtful waits -----------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"website": "https://me.example"}, "trap"),
        ({"stamp": ""}, "fast"),
        ({"stamp": "made-up"}, "fast"),
        ({"body": "Look: https://me.example/ is a page that I like."}, "new_link"),
        ({"body": "<img src=//me.example/1.gif>"}, "markup"),
        ({"body": "https://a.example https://a.example"}, "link_farm"),
    ],
)
def test_a_doubtful_question_waits_for_a_moderator(
    client: Client, other: Client, kim: Person, said: dict[str, str], reason: str
) -> None:
    question = asked(client, **said)
    assert (question.moderation, question.held_for) == ("held", reason)
    page(other, of(question), 404)
    assert question.title not in page(other, f"{HOME}?language=en")
    own = page(client, of(question))
    assert 'name="robots" content="noindex"' in own
    assert "Only you can read it so far." in own
    queue = page(kim.browser, f"{HOME}moderation/?language=en")
    assert question.title in queue
    press(kim.browser, question, "decision", post=question.public_id, decision="show")
    assert question.title in page(other, of(question))


def test_faster_than_a_person_is_held(client: Client) -> None:
    assert asked(client, stamp=stamp(timedelta(seconds=1))).held_for == "fast"


def test_the_same_text_from_somebody_else_is_held(
    client: Client, other: Client
) -> None:
    asked(client)
    assert asked(other).held_for == "repeated"


def test_a_held_answer_answers_nothing_until_it_is_shown(
    client: Client, other: Client, kim: Person
) -> None:
    question = asked(client)
    say(other, question, "Buy at https://pills.example/now", stamp="")
    answer = Answer.objects.get()
    question.refresh_from_db()
    assert (question.state, answer.moderation) == ("open", "held")
    assert "pills" not in page(client, of(question))
    found = page(kim.browser, f"{HOME}moderation/?language=en&show=answers")
    assert "pills" in found
    press(kim.browser, question, "decision", post=answer.public_id, decision="show")
    question.refresh_from_db()
    assert question.state == "answered"


def test_what_is_hidden_has_a_reason_that_its_author_reads(
    client: Client, other: Client, kim: Person
) -> None:
    question = asked(client)
    say(other, question, "Throw your phone away.")
    answer = Answer.objects.get()
    press(client, question, "acceptance", answer=answer.public_id)
    said = {"post": answer.public_id, "decision": "hide"}
    press(kim.browser, question, "decision", **said, reason=" ")
    answer.refresh_from_db()
    assert answer.is_shown
    press(kim.browser, question, "decision", **said, reason="It does harm.")
    question.refresh_from_db()
    answer.refresh_from_db()
    assert (question.state, answer.accepted_at) == ("open", None)
    assert "Throw your phone" not in page(client, of(question))
    assert "It does harm." in page(other, of(question))


def test_eve_sees_and_decides_nothing(client: Client, eve: Person) -> None:
    held = asked(client, stamp="")
    page(eve.browser, of(held), 404)
    assert eve.browser.get(f"{HOME}moderation/").status_code == 403
    decision = press(
        eve.browser, held, "decision", post=held.public_id, decision="show"
    )
    assert decision.status_code == 403
    held.refresh_from_db()
    assert held.moderation == "held"
    assert Client().get(f"{HOME}moderation/").status_code == 302


# --- budgets --------------------------------------------------------------------------


def test_an_author_asks_three_times_an_hour(client: Client) -> None:
    for n in range(3):
        asked(client, title=f"Question {n}?", body=f"It is number {n}.")
    refused = ask(client, title="Question 4?", body="My words are kept.")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3_601
    assert "My words are kept." in refused.content.decode()
    assert Question.objects.count() == 3


def test_a_network_that_throws_its_cookies_away_is_counted_all_the_same() -> None:
    answers = [
        ask(Client(), title=f"Question {n}?", body=f"It is number {n}.").status_code
        for n in range(11)
    ]
    assert answers == [302] * 10 + [429]


def test_hours_that_are_over_are_forgotten() -> None:
    now = timezone.now()
    author = Author("a", network="net:1")
    for _ in range(3):
        budget.spend("ask", author, now)
    with pytest.raises(TooOften):
        budget.spend("ask", author, now)
    budget.spend("ask", author, now + timedelta(hours=1))
    budget.sweep(now + timedelta(hours=3))
    assert not PostBudget.objects.exists()


# --- finding --------------------------------------------------------------------------


def test_it_asks_is_it_this_before_it_takes_a_question_in(
    client: Client, other: Client
) -> None:
    known = asked(client, title="Why does no login code arrive?")
    guide = make_guide("When no login code arrives", MAILBOX_FULL)
    data = {"title": "No login code arrives", "body": "Help.", "stamp": stamp()}
    text = other.post(f"{HOME}ask/?language=en", data).content.decode()
    assert "Is it this?" in text
    assert known.title in text
    assert guide.title in text


@pytest.mark.parametrize(
    ("words", "times"),
    [("login code", 1), ("验证码", 0), ("nothing of it", 0), ("!!", 0)],
)
def test_questions_are_found_by_their_words(
    client: Client, words: str, times: int
) -> None:
    question = asked(client, title="Why does no login code arrive?")
    text = client.get(HOME, {"q": words, "language": "en"}).content.decode()
    assert text.count(question.title) == times


def test_a_chinese_question_is_found_by_a_part_of_it(client: Client) -> None:
    asked(client, title="为什么收不到验证码？", body="等了一个小时。")
    text = client.get(HOME, {"q": "验证码", "language": "zh-hans"}).content.decode()
    assert "为什么收不到验证码？" in text
    assert "待回答" in text


def test_the_list_goes_on_page_by_page(client: Client) -> None:
    for n in range(31):
        make(Question, title=f"Question {n} of many")
    first = client.get(f"{HOME}?language=en")
    assert "Question 30 of many" in first.content.decode()
    url = first.context["page"]["next_url"]
    assert "Question 0 of many" in page(client, url)
    assert client.get(f"{HOME}?cursor=made-up").status_code == 404


@pytest.mark.parametrize(("path", "most"), [("", 3), ("one", 4)])
def test_a_page_asks_a_fixed_number_of_queries(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    most: int,
) -> None:
    question = make(Question, state="answered")
    for _ in range(20):
        make(Vote, answer=make(Answer, question=question))
        make(Question)
    where = of(question) if path else f"{HOME}?language=en"
    with django_assert_num_queries(most, exact=False):
        page(client, where)


def test_no_cache_keeps_a_page_and_reading_sets_no_author(client: Client) -> None:
    answer = client.get(f"{HOME}ask/")
    assert "no-store" in answer["Cache-Control"]
    assert "community" not in answer.cookies
    written = ask(client)
    assert written.cookies["community"]["httponly"]
    assert written.cookies["community"]["samesite"] == "Lax"


def test_a_form_of_another_site_changes_nothing() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert ask(strict).status_code == 403
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""},
        {"body": " "},
        {"title": "x" * 151},
        {"body": "x" * 5_001},
        {"body": "x" * 20_000},
        {"category": "no.such"},
        {"title": "a\0b"},
    ],
)
def test_what_makes_no_sense_is_said_by_the_field(
    client: Client, said: dict[str, str]
) -> None:
    assert ask(client, **said).status_code == 400
    assert not Question.objects.exists()


# --- states ---------------------------------------------------------------------------


@pytest.mark.parametrize("to", QuestionState.values)
@pytest.mark.parametrize("state", QuestionState.values)
def test_a_question_moves_only_along_its_ways(state: str, to: str) -> None:
    question = make(Question, state=state)
    if to in QUESTION_TRANSITIONS[state]:
        move(question, to)
        assert Question.objects.get().state == to
    else:
        with pytest.raises(NotNow):
            move(question, to)
        assert Question.objects.get().state == state


def test_a_stranger_may_not_accept() -> None:
    answer = make(Answer, question=make(Question, state="answered"))
    with pytest.raises(Forbidden):
        accept(answer, Author("stranger"), timezone.now())


# --- an answer becomes an article -----------------------------------------------------


def test_an_answer_becomes_one_draft_of_an_article(
    client: Client, mia: Person, kim: Person
) -> None:
    question = asked(client, category=MAILBOX_FULL)
    say(kim.browser, question, "Empty the **trash**, too.")
    answer = Answer.objects.get()
    opened = press(mia.browser, question, "article", answer=answer.public_id)
    again = press(mia.browser, question, "article", answer=answer.public_id)
    answer.refresh_from_db()
    article = answer.article
    assert article is not None
    assert opened["Location"] == again["Location"]
    assert opened["Location"].startswith(f"/knowledge/{article.slug}/edit/")
    version = article.current_version("en")
    assert version is not None
    assert version.body == "Empty the **trash**, too."
    assert [each.slug for each in article.categories.all()] == [MAILBOX_FULL]
    assert not article.is_published


def test_a_question_leads_to_what_the_team_wrote_of_its_answers(
    client: Client, mia: Person, kim: Person
) -> None:
    question = asked(client)
    say(kim.browser, question, "Empty the trash, too.")
    press(mia.browser, question, "article", answer=Answer.objects.get().public_id)
    path = f"{HOME}{question.public_id}/"
    assert "written about this" not in page(client, path)  # a draft is nobody's to read
    guide = make_guide("Make room in your mailbox", MAILBOX_FULL)
    Answer.objects.update(article=guide.translation.article)
    shown = page(client, path)
    assert "written about this" in shown
    assert f"/help/{guide.translation.article.slug}/" in shown
    Answer.objects.update(moderation="hidden", reason="spam")
    assert "written about this" not in page(client, path)
