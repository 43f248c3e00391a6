"""Do leads put modules together by keyboard, and see who has read what?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledgebase import training_modules
from knowledgebase.models import Article, TrainingItem, TrainingModule
from knowledgebase.training_modules import Plan
from tests.people import Person, make_person
from tests.work import make_article
from triage.models import MemberRole, Queue
from triage.web import training_team

pytestmark = pytest.mark.django_db

TEAM = "/team/training/"


@pytest.fixture
def shelf() -> list[Article]:
    """Three published articles."""
    titles = ("Bounces", "Tokens", "Consent")
    made = [make_article(title, published=True) for title in titles]
    return [each.translation.article for each in made]


def make_module(by: Person, *articles: Article, name: str = "Basics") -> TrainingModule:
    plan = Plan(name, "", 14, False, [each.pk for each in articles])
    return training_modules.create(by.actor, plan, timezone.now())


def give(module: TrainingModule, by: Person, *people: Person) -> None:
    ids = [each.user.pk for each in people]
    training_modules.assign(module.pk, ids, by.actor, timezone.now())


def said(*articles: Article, **more: Any) -> dict[str, Any]:
    """What the form of a module sends."""
    ids = [each.pk for each in articles]
    return {"name": "Basics", "due_in_days": 14, "article": ids, "version": 0, **more}


def titles(answer: Any) -> list[str]:
    return [each["title"] for each in answer.context["articles"]]


def test_a_lead_puts_a_module_together_without_a_script(
    leo: Person, shelf: list[Article]
) -> None:
    first, second, third = shelf
    new = f"{TEAM}new/"
    page = leo.browser.post(new, said(first, second, do=f"add:{third.pk}"))
    assert titles(page) == ["Bounces", "Tokens", "Consent"]
    page = leo.browser.post(new, said(*shelf, do=f"up:{third.pk}"))
    assert titles(page) == ["Bounces", "Consent", "Tokens"]
    assert page.text.count("autofocus") == 1
    page = leo.browser.post(new, said(first, third, second, do=f"remove:{first.pk}"))
    assert titles(page) == ["Consent", "Tokens"]
    assert page.context["form"]["name"].value() == "Basics"
    assert not TrainingModule.objects.exists()
    leo.browser.post(new, said(third, second, do="save"))
    module = TrainingModule.objects.get()
    assert [each.article for each in module.places.all()] == [third, second]


def test_the_enter_key_finds_what_was_typed_and_else_saves(
    leo: Person, shelf: list[Article]
) -> None:
    page = leo.browser.post(f"{TEAM}new/", said(shelf[0], find="tok", found=""))
    assert [each["title"] for each in page.context["found"]] == ["Tokens"]
    leo.browser.post(f"{TEAM}new/", said(shelf[0], find="tok", found="tok"))
    assert TrainingModule.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"due_in_days": 0},
        {"article": []},
        {"article": ["999999"]},
        {"article": ["9" * 40, "x"]},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_said_and_kept(
    leo: Person, shelf: list[Article], wrong: dict[str, Any]
) -> None:
    answer = leo.browser.post(f"{TEAM}new/", said(shelf[0]) | wrong)
    assert answer.status_code == 400
    assert not TrainingModule.objects.exists()


def test_who_saves_second_is_told_who_was_first(
    leo: Person, mia: Person, shelf: list[Article]
) -> None:
    module = make_module(leo, shelf[0])
    url = f"{TEAM}{module.pk}/"
    mia.browser.post(url, said(*shelf, version=1))
    answer = leo.browser.post(url, said(shelf[1], version=1, name="Mine"))
    assert answer.status_code == 409
    assert "Mia has changed this module" in answer.text
    assert answer.context["form"]["name"].value() == "Mine"
    assert module.places.count() == 3


def test_a_module_is_given_to_people_and_to_a_queue(
    leo: Person, ana: Person, kim: Person, general: Queue, shelf: list[Article]
) -> None:
    module = make_module(leo, *shelf)
    url = f"{TEAM}{module.pk}/readers/"
    page = leo.browser.post(url, {"people": [ana.user.pk]}, follow=True)
    assert "Given to 1 person." in page.text
    leo.browser.post(url, {"queue": general.pk})
    people = set(module.readers.values_list("person", flat=True))
    assert people == {ana.user.pk, kim.user.pk, leo.user.pk}
    assert TrainingItem.objects.count() == 9
    assert leo.browser.post(url, {}).status_code == 400


def test_people_of_other_queues_are_out_of_reach(
    leo: Person, eve: Person, shelf: list[Article]
) -> None:
    module = make_module(leo, *shelf)
    url = f"{TEAM}{module.pk}/readers/"
    other = Queue.objects.get(slug="other")
    for asked in ({"people": [eve.user.pk]}, {"queue": other.pk}, {"queue": "x"}):
        assert leo.browser.post(url, asked).status_code == 400
    removal = f"{url}{eve.user.pk}/removal/"
    assert leo.browser.post(removal).status_code == 404
    assert not module.readers.exists()


def test_a_reader_is_taken_off(leo: Person, ana: Person, shelf: list[Article]) -> None:
    module = make_module(leo, *shelf)
    give(module, leo, ana)
    leo.browser.post(f"{TEAM}{module.pk}/readers/{ana.user.pk}/removal/")
    assert not module.readers.exists()
    assert not TrainingItem.objects.exists()


def test_archiving_is_undone_on_the_page(
    leo: Person, ana: Person, shelf: list[Article]
) -> None:
    module = make_module(leo, *shelf)
    give(module, leo, ana)
    page = leo.browser.post(f"{TEAM}{module.pk}/archival/", follow=True)
    assert "Archived: nobody is asked to read it." in page.text
    assert leo.browser.get(TEAM).context["modules"] == []
    leo.browser.post(f"{TEAM}{module.pk}/restoration/")
    assert len(leo.browser.get(TEAM).context["modules"]) == 1


def test_the_overdue_come_first_and_each_sees_their_own_people(
    leo: Person, ana: Person, kim: Person, eve: Person, shelf: list[Article]
) -> None:
    first = make_module(leo, *shelf)
    second = make_module(leo, shelf[0], name="Tokens")
    give(first, leo, ana)
    give(second, leo, kim, eve)
    late = timezone.localdate() - timedelta(days=1)
    TrainingItem.objects.filter(person=kim.user).update(read_by=late)
    rows = leo.browser.get(TEAM).context["rows"]
    found = [(r["person"].name, r["module"], r["total"], r["overdue"]) for r in rows]
    assert found == [("Kim", "Tokens", 1, True), ("Ana", "Basics", 3, False)]


def test_the_page_goes_on_where_it_ended(
    leo: Person, general: Queue, shelf: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_team, "PAGE", 2)
    people = [make_person(f"p{n}", MemberRole.AGENT, general) for n in range(5)]
    give(make_module(leo, shelf[0]), leo, *people)
    names, url = [], TEAM
    while url:
        page = leo.browser.get(url)
        names.append([row["person"].name for row in page.context["rows"]])
        url = page.context["page"]["next_url"]
    assert names == [["P0", "P1"], ["P2", "P3"], ["P4"]]
    back = leo.browser.get(page.context["page"]["previous_url"])
    assert [row["person"].name for row in back.context["rows"]] == ["P2", "P3"]
    assert leo.browser.get(f"{TEAM}?cursor=x").status_code == 404


def test_the_page_asks_as_often_for_many_as_for_few(
    leo: Person, general: Queue, shelf: list[Article]
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert leo.browser.get(TEAM).status_code == 200
        return len(queries)

    ana = make_person("ana", MemberRole.AGENT, general)
    give(make_module(leo, *shelf), leo, ana)
    few = asked()
    people = [make_person(f"p{n}", MemberRole.AGENT, general) for n in range(6)]
    for n in range(4):
        give(make_module(leo, *shelf, name=f"Module {n}"), leo, *people)
    assert asked() == few
