"""Does nobody follow a question who has not agreed, and do mails end at one press?"""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from knowledgebase import tasks
from knowledgebase.community import following
from knowledgebase.models import Follower, PostBudget, Question
from tests.asking import HOME, say, stamp
from tests.following import (
    JO,
    SITE,
    an_hour_passes,
    follow,
    link_in,
    mail_out,
    wish,
)
from tests.people import Person
from tests.rows import make

pytestmark = pytest.mark.django_db
NEUTRAL = "If this address can be used, we have sent it a mail with a link."


def answered(client: Client, question: Question) -> str:
    """Wish to follow, and return what the page then says."""
    wish(client, question)
    text: str = client.get(f"{HOME}{question.public_id}/?language=en").content.decode()
    assert NEUTRAL in text
    start, end = text.index('class="messages"'), text.index("</h1>")
    return text[start:end]


# --- agreeing -------------------------------------------------------------------------


def test_nobody_follows_before_they_have_pressed_the_button(
    jo: Client, sam: Client, question: Question
) -> None:
    wish(jo, question)
    (sent,) = mail_out()
    assert sent.to == [JO]
    assert question.title in sent.body
    link = link_in(sent, "confirmations")
    for _ in range(2):  # a scanner of mails opens every link
        text = Client().get(link).content.decode()
        assert "Yes, tell me of new answers" in text
        assert "J•••@example.org" in text
        assert JO.lower() not in text.lower()
    assert Follower.objects.get().confirmed_at is None
    say(sam, question, "Wait an hour.")
    assert mail_out() == []
    pressed = jo.post(link)
    assert pressed["Location"].startswith(f"{HOME}{question.public_id}/")
    assert Follower.objects.get().confirmed_at is not None
    (news,) = mail_out()  # of what came between the two
    assert news.subject == "1 new answer: Why does no code arrive?"


def test_the_button_pressed_twice_is_pressed_once(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    link = link_in(mail_out()[0], "confirmations")
    assert [jo.post(link).status_code for _ in range(2)] == [302, 302]
    assert Follower.objects.count() == 1


def test_a_link_ends_after_two_days_and_the_address_with_it(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    link = link_in(mail_out()[0], "confirmations")
    row = Follower.objects.get()
    left = row.expires_at - timezone.now()
    assert timedelta(hours=47) < left <= timedelta(hours=48)
    Follower.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for answer in (jo.get(link), jo.post(link)):
        assert answer.status_code == 410
        assert "This link has ended" in answer.content.decode()
    assert Follower.objects.get().confirmed_at is None
    tasks.forget_budgets()
    assert not Follower.objects.exists()
    gone = jo.get(link)
    assert gone.status_code == 404
    assert "This link has ended" in gone.content.decode()


def test_who_follows_is_not_forgotten_with_those_who_never_agreed(
    jo: Client, question: Question
) -> None:
    follow(jo, question)
    following.sweep(timezone.now() + timedelta(days=365))
    assert Follower.objects.count() == 1


def test_the_pages_behind_links_ask_one_query_each(
    jo: Client,
    question: Question,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    wish(jo, question)
    (sent,) = mail_out()
    for kind in ("confirmations", "followers"):
        with django_assert_num_queries(1):
            page = Client().get(link_in(sent, kind))
        assert "no-store" in page["Cache-Control"]
        assert 'name="robots" content="noindex"' in page.content.decode()


def test_a_link_that_is_made_up_leads_nowhere(jo: Client, question: Question) -> None:
    row = follow(jo, question)
    ours = following.ending(row)
    for path in (
        "confirmations/made-up/",
        f"confirmations/{row.token_digest}/",
        "followers/made-up/",
        f"followers/{row.public_id}.{'0' * 32}/",
        f"followers/x{ours}/",
        "followers/ü.ü/",
    ):
        for ask in (jo.get, jo.post):
            assert ask(f"{HOME}{path}").status_code == 404, path
    assert Follower.objects.count() == 1


def test_whether_an_address_follows_is_told_to_nobody(
    jo: Client, question: Question, eve: Person
) -> None:
    new = answered(Client(), question)
    mail_out()
    Follower.objects.all().delete()
    follow(jo, question)
    sent = len(mail.outbox)
    assert answered(Client(), question) == new
    assert answered(eve.browser, question) == new
    assert mail_out() == []
    assert len(mail.outbox) == sent


def test_an_address_gets_three_links_a_day_whoever_asks(
    question: Question, sam: Client
) -> None:
    for n in range(5):
        other = make(Question, title=f"Question {n}?")
        assert wish(Client(), other).status_code == 302
        mail_out()
    assert len(mail.outbox) == following.LINKS_A_DAY
    assert wish(sam, question, "somebody.else@example.org").status_code == 302
    assert len(mail_out()) == 1
    tomorrow = timezone.now() + timedelta(days=1)
    assert following.budget.allows_today("link:x", 1, tomorrow)


def test_what_is_counted_by_the_day_is_kept_until_it_is_over(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    of_address = PostBudget.objects.filter(key__startswith="link:")
    today = timezone.now()
    following.budget.sweep(today.replace(hour=23, minute=59))
    assert of_address.exists()
    following.budget.sweep(today + timedelta(days=1, hours=1))
    assert not of_address.exists()


def test_pressed_twice_one_mail_goes_out(jo: Client, question: Question) -> None:
    wish(jo, question)
    wish(jo, question)
    assert len(mail_out()) == 1
    wish(jo, question)
    assert mail_out() == []
    earlier = timezone.now() + following.LINK - timedelta(minutes=11)
    Follower.objects.update(expires_at=earlier)
    wish(jo, question, JO.upper())
    assert len(mail_out()) == 1
    assert Follower.objects.count() == 1


def test_an_author_follows_ten_times_an_hour(jo: Client) -> None:
    for n in range(10):
        wish(jo, make(Question), f"jo{n}@example.org")
    refused = wish(jo, make(Question), "jo@example.org")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "jo@example.org" in refused.content.decode()
    assert Follower.objects.count() == 10


@pytest.mark.parametrize(
    "said", [{"website": "https://me.example"}, {"stamp": ""}, {"stamp": "now"}]
)
def test_a_program_is_answered_alike_and_sends_nothing(
    jo: Client, question: Question, said: dict[str, str]
) -> None:
    if said.get("stamp") == "now":
        said = {"stamp": stamp(timedelta(seconds=1))}
    assert wish(jo, question, **said).status_code == 302
    assert not Follower.objects.exists()


@pytest.mark.parametrize(
    "email",
    ["", "jo", "jo@example", "a@b.example, c@d.example", "jo@example.org\nBcc: x@y.zz"],
)
def test_what_is_no_address_is_said_by_the_field(
    jo: Client, question: Question, email: str
) -> None:
    refused = wish(jo, question, email)
    assert refused.status_code == 400
    assert 'id="id_email_error"' in refused.content.decode()
    assert not Follower.objects.exists()


def test_a_question_that_takes_no_answers_is_not_followed(jo: Client) -> None:
    closed = make(Question, state="closed")
    page = jo.get(f"{HOME}{closed.public_id}/?language=en").content.decode()
    assert "Tell me of new answers" not in page
    wish(jo, closed)
    held = make(Question, moderation="held", held_for="links")
    assert wish(jo, held).status_code == 404
    assert not Follower.objects.exists()


def test_without_a_mail_server_nobody_is_asked(
    jo: Client, sam: Client, question: Question, settings: Settings
) -> None:
    follow(jo, question)
    path = f"{HOME}{question.public_id}/?language=en"
    assert "Tell me of new answers" in jo.get(path).content.decode()
    settings.EMAIL_HOST = ""
    assert "Tell me of new answers" not in jo.get(path).content.decode()
    assert wish(jo, question).status_code == 404
    say(sam, question, "Wait.")
    assert mail_out() == []
    assert Follower.objects.get().due_at is None
    settings.EMAIL_HOST = "mail.example.org"
    say(sam, question, "Wait longer.")
    assert mail_out()[0].subject.startswith("2 new answers")


def test_an_address_is_nowhere_in_clear(
    jo: Client, question: Question, ada: Person
) -> None:
    row = follow(jo, question)
    assert row.address() == JO
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(row::text, ' ') FROM knowledgebase_follower AS row"
            " UNION ALL"
            " SELECT string_agg(row::text, ' ') FROM knowledgebase_postbudget AS row"
        )
        for (text,) in cursor.fetchall():
            assert "miller" not in text.lower()
            assert JO.encode().hex() not in text
    for page in ("", f"{row.pk}/change/"):
        shown = ada.browser.get(f"/admin/knowledgebase/follower/{page}")
        assert shown.status_code == 200
        text = shown.content.decode()
        assert "J•••@example.org" in text
        assert "Miller" not in text


# --- stopping -------------------------------------------------------------------------


def test_one_press_in_a_mail_program_ends_the_mails(
    jo: Client, sam: Client, question: Question
) -> None:
    follow(jo, question)
    say(sam, question, "Wait.")
    (sent,) = mail_out()
    named = sent.extra_headers["List-Unsubscribe"]
    assert named.startswith(f"<{SITE}/community/followers/")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = named.strip("<>").removeprefix(SITE)
    assert link == link_in(sent, "followers")
    program = Client(enforce_csrf_checks=True)
    assert "End mails about this" in program.get(link).content.decode()
    assert Follower.objects.exists()
    for _ in range(2):
        pressed = program.post(link, {"List-Unsubscribe": "One-Click"})
        assert pressed.status_code == 200
        assert "No more mails come." in pressed.content.decode()
    assert not Follower.objects.exists()
    an_hour_passes()
    say(sam, question, "Wait longer.")
    assert mail_out() == []


def test_who_never_asked_has_the_address_deleted_by_the_first_mail(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    (sent,) = mail_out()
    Client().post(link_in(sent, "followers"))
    assert not Follower.objects.exists()
    assert jo.post(link_in(sent, "confirmations")).status_code == 404


def test_all_mails_to_an_address_end_at_once(
    jo: Client, sam: Client, question: Question
) -> None:
    row = follow(jo, question)
    follow(jo, make(Question))
    kept = follow(sam, question, "sam@example.org")
    jo.post(f"{HOME}followers/{following.ending(row)}/", {"everything": "1"})
    assert list(Follower.objects.all()) == [kept]


def test_to_agree_a_form_of_another_site_is_of_no_use(
    jo: Client, question: Question
) -> None:
    wish(jo, question)
    link = link_in(mail_out()[0], "confirmations")
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403
    assert Follower.objects.get().confirmed_at is None
