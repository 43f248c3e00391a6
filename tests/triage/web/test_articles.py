"""Does an article show what came of it, to whom that may be shown?"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import articles
from knowledgebase.front_matter import SLUG, TAKEN
from knowledgebase.models import ArticleVersion
from tests.addresses import patterns
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, category, make_article, make_ticket
from triage import resolution
from triage.models import Queue, Ticket

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def work_url(version: ArticleVersion) -> str:
    return f"/knowledge/{version.translation.article.slug}/work/"


def use(version: ArticleVersion, by: Person, cause: str = MAILBOX_FULL) -> Ticket:
    """Solve a ticket by an article."""
    ticket = make_ticket()
    answer = resolution.Answer(
        category(cause), note="They made room.", article_version=version
    )
    resolution.resolve(ticket.number, by.actor, answer, now=timezone.now())
    return ticket


def test_each_resolution_is_listed_with_its_cause(ana: Person) -> None:
    version = make_article()
    first, second = use(version, ana), use(version, ana, UNAVAILABLE)
    response = ana.browser.get(work_url(version))
    assert [
        (each["number"], each["cause"], each["by"], each["note"])
        for each in response.context["uses"]
    ] == [
        (
            second.number,
            "Remote unavailable, overloaded or out of storage",
            "Ana",
            "They made room.",
        ),
        (first.number, "Mailbox or handset memory full", "Ana", "They made room."),
    ]
    assert response.context["total"] == 2


def test_causes_are_named_in_the_readers_language(ana: Person) -> None:
    version = make_article()
    use(version, ana)
    ana.browser.cookies["django_language"] = "zh-hans"
    assert "邮箱或手机存储已满" in ana.browser.get(work_url(version)).text


def test_the_article_leads_there_without_a_script(ana: Person) -> None:
    version = make_article()
    page = ana.browser.get(work_url(version).removesuffix("work/")).text
    assert 'href="work/"' in page
    assert 'hx-get="work/"' in page


def test_the_article_takes_in_the_fragment_alone(ana: Person) -> None:
    version = make_article()
    use(version, ana)
    fragment = ana.browser.get(work_url(version), headers=HTMX)
    assert "<html" not in fragment.text
    assert "They made room." in fragment.text
    assert "HX-Request" in fragment["Vary"]
    assert "<html" in ana.browser.get(work_url(version)).text


def test_every_version_and_language_of_an_article_counts(ana: Person) -> None:
    version = make_article()
    use(version, ana)
    newer = articles.write(
        version.translation.article,
        articles.Draft("新", "文", "zh-hans"),
        categories=[category(UNAVAILABLE)],
        author_id=None,
    )
    use(newer, ana)
    assert ana.browser.get(work_url(version)).context["total"] == 2


def test_other_queues_resolutions_are_not_shown(ana: Person, eve: Person) -> None:
    version = make_article()
    use(version, ana)
    response = eve.browser.get(work_url(version))
    assert (response.context["uses"], response.context["total"]) == ([], 0)
    assert "No resolution you may see has used this article yet." in response.text


def test_an_editor_sees_what_came_of_every_article(ana: Person, mia: Person) -> None:
    version = make_article()
    ticket = use(version, ana)
    other = Queue.objects.create(slug="second", name="Second")
    Ticket.objects.filter(pk=ticket.pk).update(queue=other)
    assert mia.browser.get(work_url(version)).context["total"] == 1


def test_what_the_machine_solved_is_said_to_be_its_own(ana: Person) -> None:
    version = make_article()
    ticket = use(version, ana)
    ticket.resolutions.update(resolved_by=None)
    (line,) = ana.browser.get(work_url(version)).context["uses"]
    assert line["by"] == "The machine"


def test_the_list_costs_the_same_queries_at_1_and_at_50_uses(ana: Person) -> None:
    version = make_article()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ana.browser.get(work_url(version), headers=HTMX)
        return len(captured)

    use(version, ana)
    few = queries()
    for _ in range(50):
        use(version, ana)
    assert queries() == few
    response: Any = ana.browser.get(work_url(version))
    assert (len(response.context["uses"]), response.context["total"]) == (50, 51)


def test_no_file_may_take_the_address_of_a_page() -> None:
    below = (
        str(pattern.pattern).removeprefix("knowledge/").partition("/")[0]
        for pattern, _spaces in patterns()
        if str(pattern.pattern).startswith("knowledge/")
    )
    assert {part for part in below if SLUG.fullmatch(part)} == TAKEN
