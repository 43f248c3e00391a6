"""How does a person solve a ticket on the desk?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from knowledgebase.models import ArticleVersion
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, UNKNOWN, make_article, make_ticket
from triage import measuring, tickets
from triage.models import Resolution, ResolutionState, Ticket, TicketState

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def url_of(ticket: Ticket, rest: str = "") -> str:
    return f"/tickets/{ticket.number}/resolution/{rest}"


def post(person: Person, ticket: Ticket, **fields: Any) -> Any:
    fields = {"category": MAILBOX_FULL, "version": ticket.version, **fields}
    return person.browser.post(url_of(ticket), fields)


def id_of(version: ArticleVersion) -> str:
    return str(version.translation.article_id)


def state_of(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).state


# --- the form -------------------------------------------------------------------------


def test_the_form_begins_with_what_the_machine_thinks(ana: Person) -> None:
    version = make_article(cause=MAILBOX_FULL)
    page = ana.browser.get(url_of(make_ticket(cause=MAILBOX_FULL)))
    assert page.context["form"]["category"].value() == MAILBOX_FULL
    assert [article["id"] for article in page.context["articles"]] == [id_of(version)]
    assert page.context["chosen"] == id_of(version)


def test_a_cause_that_nobody_knows_is_not_offered(ana: Person) -> None:
    page = ana.browser.get(url_of(make_ticket(cause=UNKNOWN)))
    form = page.context["form"]
    assert form["category"].value() == ""
    groups = form.fields["category"].choices[1:]
    offered = {slug for _family, causes in groups for slug, _name in causes}
    assert UNKNOWN not in offered
    assert len(offered) == 49
    assert page.context["chosen"] == "draft"


def test_causes_are_named_in_the_readers_language(ana: Person) -> None:
    ana.browser.cookies["django_language"] = "zh-hans"
    page = ana.browser.get(url_of(make_ticket(cause=MAILBOX_FULL)))
    assert "邮箱或手机存储已满" in page.text
    assert "Mailbox or handset memory full" not in page.text


def test_the_form_says_what_happens_now(ana: Person) -> None:
    page = ana.browser.get(url_of(make_ticket(reports=3)))
    assert "3 reports are marked as resolved." in page.text


def test_who_may_not_solve_is_told_before_writing(
    ana: Person, leo: Person, eve: Person, aud: Person
) -> None:
    ticket = make_ticket(assignee=leo.user)
    assert ana.browser.get(url_of(ticket)).status_code == 403
    assert aud.browser.get(url_of(ticket)).status_code == 403
    assert eve.browser.get(url_of(ticket)).status_code == 404
    assert post(ana, ticket).status_code == 403
    assert post(eve, ticket).status_code == 404
    assert not Resolution.objects.exists()


def test_a_solved_ticket_leads_back_to_its_page(ana: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket)
    response = ana.browser.get(url_of(ticket))
    assert response.url == f"/tickets/{ticket.number}/"  # type: ignore[attr-defined]


# --- solving --------------------------------------------------------------------------


def test_solving_with_an_article_shows_it_on_the_ticket(ana: Person) -> None:
    version = make_article("Make room", cause=MAILBOX_FULL)
    ticket = make_ticket()
    response = post(ana, ticket, article=id_of(version), note="They made room.")
    assert response.url == f"/tickets/{ticket.number}/"
    assert [str(each) for each in get_messages(response.wsgi_request)] == [
        "Solved. It is verified when delivery is proven."
    ]
    assert state_of(ticket) == TicketState.SOLVED
    row = Resolution.objects.get()
    assert row.article_version == version
    page = ana.browser.get(f"/tickets/{ticket.number}/").text
    for words in ("Make room", "They made room.", "Mailbox or handset memory full"):
        assert words in page


def test_solving_without_an_article_is_allowed(ana: Person) -> None:
    ticket = make_ticket()
    post(ana, ticket, article="")
    assert Resolution.objects.get().article_version is None
    assert state_of(ticket) == TicketState.SOLVED


@pytest.mark.parametrize(("language", "locale"), [("en", "en"), ("zh-hans", "zh-hans")])
def test_a_draft_is_written_in_the_language_of_its_writer(
    ana: Person, language: str, locale: str
) -> None:
    ana.browser.cookies["django_language"] = language
    ticket = make_ticket()
    post(
        ana,
        ticket,
        article="draft",
        draft_title="Make room",
        draft_body="Ask **them**.",
    )
    version = Resolution.objects.get().article_version
    assert version is not None
    assert (version.title, version.translation.locale) == ("Make room", locale)
    assert version.author == ana.user
    slug = version.translation.article.slug
    assert "<strong>them</strong>" in ana.browser.get(f"/knowledge/{slug}/").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"category": ""}, "Choose the cause: it teaches the desk."),
        ({"category": "none.such"}, "Select a valid choice"),
        ({"category": UNKNOWN}, "Select a valid choice"),
        ({"category": "\x00"}, "This could not be saved yet"),
        ({"article": "999999"}, "This article does not exist."),
        ({"article": "9" * 30}, "This article does not exist."),
        ({"article": "１"}, "This article does not exist."),
        ({"article": "draft", "draft_body": ""}, "A draft needs a title and a text."),
        ({"article": "draft", "draft_title": " "}, "A draft needs a title and a text."),
        ({"article": "draft", "draft_title": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_solved_is_said_and_what_was_typed_is_kept(
    ana: Person, fields: dict[str, str], words: str
) -> None:
    ticket = make_ticket()
    typed = {
        "draft_title": "My title",
        "draft_body": "My words",
        "note": "My note",
        **fields,
    }
    response = post(ana, ticket, **typed)
    assert response.status_code == 400
    assert words in response.text
    assert "My note" in response.text
    if typed["draft_body"]:
        assert "My words" in response.text
    assert state_of(ticket) == TicketState.NEW
    assert not Resolution.objects.exists()


def test_a_choice_is_kept_when_something_else_was_wrong(ana: Person) -> None:
    make_article("Newest", cause=MAILBOX_FULL)
    older = make_article("Newer still", cause=MAILBOX_FULL)
    ticket = make_ticket()
    for article, chosen in (
        (id_of(older), id_of(older)),
        ("draft", "draft"),
        ("", "none"),
    ):
        response = post(ana, ticket, article=article, note="x" * 20_001)
        assert response.status_code == 400
        assert response.context["chosen"] == chosen
        assert response.context["form"]["category"].value() == MAILBOX_FULL


def test_who_comes_second_keeps_every_word(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    tickets.take(ticket.number, leo.actor)
    response = post(
        leo,
        ticket,
        article="draft",
        draft_title="My title",
        draft_body="My words",
        note="My note",
    )
    assert response.status_code == 409
    for words in ("My title", "My words", "My note", "Leo took the ticket."):
        assert words in response.text
    assert not Resolution.objects.exists()


def test_solving_twice_solves_once(ana: Person) -> None:
    ticket = make_ticket()
    assert post(ana, ticket).status_code == 302
    assert post(ana, ticket).status_code == 409
    assert post(ana, ticket, version="").status_code == 400
    assert Resolution.objects.count() == 1


# --- another cause is chosen ----------------------------------------------------------


def test_another_cause_brings_its_articles_alone(ana: Person) -> None:
    ticket = make_ticket()
    make_article("Busy", cause=UNAVAILABLE)
    full = make_article("Full", cause=MAILBOX_FULL)
    response = ana.browser.get(
        url_of(ticket, f"articles/?category={MAILBOX_FULL}"), headers=HTMX
    )
    assert response.status_code == 200
    assert "<html" not in response.text
    assert "Full" in response.text
    assert "Busy" not in response.text
    assert response.context["chosen"] == id_of(full)
    assert "data-announce" in response.text


@pytest.mark.parametrize("choice", ["draft", ""])
def test_a_draft_or_none_stays_chosen_when_the_cause_changes(
    ana: Person, choice: str
) -> None:
    make_article(cause=MAILBOX_FULL)
    url = url_of(make_ticket(), f"articles/?category={MAILBOX_FULL}&article={choice}")
    assert " checked" not in ana.browser.get(url, headers=HTMX).text


def test_no_cause_has_no_articles_and_a_wrong_one_is_not_there(ana: Person) -> None:
    ticket = make_ticket(cause=UNKNOWN)
    make_article()
    for query in ("", "?category="):
        response = ana.browser.get(url_of(ticket, f"articles/{query}"), headers=HTMX)
        assert response.status_code == 200
        assert response.context["articles"] == []
    response = ana.browser.get(url_of(ticket, "articles/?category=none.such"))
    assert response.status_code == 404


def test_an_article_says_how_often_it_helped(ana: Person) -> None:
    version = make_article(cause=MAILBOX_FULL)
    for _ in range(3):
        post(ana, make_ticket(), article=id_of(version))
    held, failed, _open = Resolution.objects.order_by("pk")
    held.state, held.verified_at = ResolutionState.EFFECTIVE, held.resolved_at
    failed.state = ResolutionState.INEFFECTIVE
    held.save()
    failed.save()
    Resolution.objects.update(due_at=held.resolved_at - timedelta(days=1))
    measuring.measure_due(timezone.now())
    page = ana.browser.get(url_of(make_ticket(cause=MAILBOX_FULL)))
    (article,) = page.context["articles"]
    effect = article["effect"]
    assert (effect["applied"], effect["delivered_percent"]) == (3, 50)
    assert "applied 3 times" in page.text
