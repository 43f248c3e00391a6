"""Does a resolution begin an article without anybody's personal data in it?"""

import pytest
from django.utils import timezone

from knowledgebase.models import Article
from tests.people import Person
from tests.work import MAILBOX_FULL, category, make_article, make_ticket
from triage import resolution
from triage.models import Ticket

pytestmark = pytest.mark.django_db


def solved(ana: Person, note: str, answer: str = "552 5.2.2 full") -> Ticket:
    ticket = make_ticket(cause=MAILBOX_FULL, answer=answer)
    said = resolution.Answer(category(MAILBOX_FULL), note=note)
    resolution.resolve(ticket.number, ana.actor, said, now=timezone.now())
    return ticket


def test_the_editor_begins_with_what_helped(ana: Person) -> None:
    ticket = solved(ana, "They made room.")
    page = ana.browser.get(f"/tickets/{ticket.number}/")
    assert f"/tickets/{ticket.number}/article/" in page.text
    page = ana.browser.get(f"/tickets/{ticket.number}/article/")
    form = page.context["form"]
    assert form["title"].value() == "Mailbox or handset memory full"
    body = form["body"].value()
    assert "## How to mend\n\nThey made room." in body
    assert "    552 5.2.2 full" in body
    assert form["channels"].value() == ["email"]
    assert 'action="/knowledge/new/"' in page.text
    assert not Article.objects.exists()


def test_nobody_is_in_it(ana: Person) -> None:
    ticket = solved(
        ana,
        "Called +44 7700 900123, wrote to sam.sender@example.org.",
        "552 <sam.sender@example.org> full",
    )
    body = (
        ana.browser.get(f"/tickets/{ticket.number}/article/")
        .context["form"]["body"]
        .value()
    )
    assert "sam.sender" not in body
    assert "900123" not in body
    assert f"#{ticket.number}" not in body
    assert "## How to mend" in body


def test_it_is_saved_by_the_knowledge_base(ana: Person) -> None:
    ticket = solved(ana, "They made room.")
    form = ana.browser.get(f"/tickets/{ticket.number}/article/").context["form"]
    typed = {
        "locale": "en",
        "title": form["title"].value(),
        "body": form["body"].value(),
        "categories": form["categories"].value(),
    }
    assert ana.browser.post("/knowledge/new/", typed).status_code == 302
    assert Article.objects.get().owner == ana.user


def test_the_form_speaks_the_writers_language(ana: Person) -> None:
    ticket = solved(ana, "好了。")
    ana.browser.cookies["django_language"] = "zh-hans"
    form = ana.browser.get(f"/tickets/{ticket.number}/article/").context["form"]
    assert form["locale"].value() == "zh-hans"
    assert "## 如何解决\n\n好了。" in form["body"].value()


def test_eve_finds_no_ticket_to_write_from(ana: Person, eve: Person) -> None:
    ticket = solved(ana, "They made room.")
    assert eve.browser.get(f"/tickets/{ticket.number}/article/").status_code == 404


def test_tickets_of_one_version_are_listed(ana: Person) -> None:
    version = make_article(author=ana.user)
    ticket = make_ticket()
    answer = resolution.Answer(category(MAILBOX_FULL), article_version=version)
    resolution.resolve(ticket.number, ana.actor, answer, now=timezone.now())
    url = f"/knowledge/{version.translation.article.slug}/work/"
    page = ana.browser.get(f"{url}?language=en&version=1")
    assert [each["number"] for each in page.context["uses"]] == [ticket.number]
    assert "version 1" in page.text
    for wrong in ("version=2&language=en", "version=1&language=fr", "version=x"):
        assert ana.browser.get(f"{url}?{wrong}").status_code == 404
