"""Which articles is a ticket offered, and does it say why?"""

import pytest
from django.test import Client

from knowledgebase.models import ArticleTranslation, ArticleVersion
from tests.people import Person
from tests.tips import make_tip
from tests.work import MAILBOX_FULL, UNAVAILABLE, make_article, make_ticket
from triage import suggesting
from triage.models import Ticket

pytestmark = pytest.mark.django_db

ANSWER = "554 5.7.1 ‹email:4f2a› Sender signature expired at gateway"
WHY = "Suggested because its text is alike"


@pytest.fixture
def alike() -> ArticleVersion:
    """An article of another cause that says what the failure says."""
    return make_article(
        "Expired signatures",
        "The gateway answers that the sender signature expired.",
        cause=UNAVAILABLE,
        published=True,
    )


def shown(client: Client, ticket: Ticket) -> list[tuple[str, bool]]:
    articles = client.get(f"/tickets/{ticket.number}/").context["articles"]
    return [(each["title"], each["is_alike"]) for each in articles]


def test_an_article_with_a_text_alike_is_offered_and_says_so(
    ana: Person, alike: ArticleVersion
) -> None:
    make_article("Pigeons", "They need seeds.", cause=UNAVAILABLE, published=True)
    ticket = make_ticket(cause=MAILBOX_FULL, answer=ANSWER)
    assert shown(ana.browser, ticket) == [("Expired signatures", True)]
    assert WHY in ana.browser.get(f"/tickets/{ticket.number}/").text


def test_what_is_about_the_cause_goes_before_what_is_only_alike(
    ana: Person, alike: ArticleVersion
) -> None:
    make_article("Of the cause", "Words.", cause=MAILBOX_FULL)
    ticket = make_ticket(cause=MAILBOX_FULL, answer=ANSWER)
    assert shown(ana.browser, ticket) == [
        ("Of the cause", False),
        ("Expired signatures", True),
    ]


def test_an_article_about_the_cause_is_not_offered_twice(ana: Person) -> None:
    make_article("Expired signatures", "Sender signature expired.", cause=MAILBOX_FULL)
    ticket = make_ticket(cause=MAILBOX_FULL, answer=ANSWER)
    assert shown(ana.browser, ticket) == [("Expired signatures", False)]
    assert WHY not in ana.browser.get(f"/tickets/{ticket.number}/").text


def test_where_the_cause_has_enough_nothing_else_is_looked_for(
    ana: Person, alike: ArticleVersion
) -> None:
    for n in range(suggesting.LIMIT):
        make_article(f"No. {n}", "Words.", cause=MAILBOX_FULL)
    ticket = make_ticket(cause=MAILBOX_FULL, answer=ANSWER)
    assert [each for _, each in shown(ana.browser, ticket)] == [False] * 5


def test_the_words_of_the_person_stand_in_for_an_answer(
    ana: Person, alike: ArticleVersion
) -> None:
    ticket = make_ticket(cause=MAILBOX_FULL, answer="")
    ticket.reports.update(detail="it says the signatur of the sender has expired")
    assert shown(ana.browser, ticket) == [("Expired signatures", True)]


def test_drafts_and_tips_are_not_offered_for_their_words(
    ana: Person, alike: ArticleVersion
) -> None:
    ArticleTranslation.objects.update(published_version=None, state="draft")
    make_tip("Sender signature expired at gateway", UNAVAILABLE)
    ticket = make_ticket(cause=MAILBOX_FULL, answer=ANSWER)
    assert shown(ana.browser, ticket) == []
