"""Are lists kept by name, and seen by those they are shared with alone?"""

from typing import Any

import pytest

from tests.people import Person
from tests.rows import make
from tests.work import join_queue, make_ticket
from triage import saved_views
from triage.models import MemberRole, Queue, SavedView
from triage.web.naming import list_url

pytestmark = pytest.mark.django_db


def save(person: Person, **said: Any) -> Any:
    said = {"name": "Burning", "queue": "general", "query": "tier=S1", **said}
    return person.browser.post("/views/new/", said)


def test_a_saved_view_is_a_tab_and_leads_to_its_list(ana: Person) -> None:
    answer = save(ana, query="tier=S1&cursor=x&tier=&selection=sel_1")
    view = SavedView.objects.get()
    assert answer.url == f"/views/{view.slug}/"
    assert view.slug.startswith("burning-")
    assert ana.browser.get(answer.url).url == "/queues/general/?tier=S1"  # type: ignore[attr-defined]
    page = ana.browser.get("/queues/general/?tier=S1")
    tab = page.context["tabs"][-1]
    assert (tab.label, tab.current, bool(tab.edit_url)) == ("Burning", True, True)
    assert "Burning" not in ana.browser.get("/tickets/").text


def test_a_private_view_is_not_there_for_others(ana: Person, leo: Person) -> None:
    url = save(ana).url
    for path in (url, f"{url}edit/"):
        assert leo.browser.get(path).status_code == 404
    assert leo.browser.post(f"{url}deletion/").status_code == 404
    assert "Burning" not in leo.browser.get("/queues/general/").text


def test_a_lead_shares_a_view_with_her_queue(
    ana: Person, leo: Person, eve: Person, general: Queue
) -> None:
    url = save(leo, shared_with=general.pk).url
    assert "Burning" in ana.browser.get("/queues/general/").text
    assert ana.browser.get(url).status_code == 302
    assert ana.browser.get(f"{url}edit/").status_code == 403
    assert ana.browser.post(f"{url}edit/", {"name": "Mine"}).status_code == 403
    assert ana.browser.post(f"{url}deletion/").status_code == 403
    assert eve.browser.get(url).status_code == 404


def test_an_agent_shares_with_nobody(ana: Person, general: Queue) -> None:
    save(ana, shared_with=general.pk)
    assert SavedView.objects.get().shared_with is None
    with pytest.raises(saved_views.Forbidden):
        saved_views.change(
            SavedView.objects.get().slug, ana.actor, name="x", share_with=general
        )


def test_a_lead_cannot_share_with_a_queue_she_does_not_lead(leo: Person) -> None:
    other = make(Queue)
    join_queue(leo.user, other, MemberRole.AGENT)
    assert save(leo, shared_with=other.pk).status_code == 400
    assert not SavedView.objects.exists()


def test_a_view_is_renamed_and_deleted(leo: Person, general: Queue) -> None:
    url = save(leo, name="  Very   hot ").url
    leo.browser.post(f"{url}edit/", {"name": "Hot", "shared_with": general.pk})
    view = SavedView.objects.get()
    assert (view.name, view.shared_with) == ("Hot", general)
    leo.browser.post(f"{url}edit/", {"name": "Burning", "shared_with": ""})
    assert SavedView.objects.get().shared_with is None
    assert leo.browser.post(f"{url}deletion/").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "said",
    [{"name": " "}, {"name": "x" * 61}, {"query": "tier=S9"}],
    ids=["empty", "long", "no-filter"],
)
def test_nonsense_is_refused(ana: Person, said: dict[str, str]) -> None:
    assert save(ana, **said).status_code == 400
    assert not SavedView.objects.exists()


def test_two_views_of_one_name_are_refused(ana: Person, leo: Person) -> None:
    save(ana)
    answer = save(ana)
    assert (answer.status_code, "of this name" in answer.text) == (400, True)
    assert save(leo).status_code == 302


def test_there_is_an_end_to_views(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    save(ana)
    assert save(ana, name="Another").status_code == 400


def test_a_view_whose_filters_are_gone_shows_the_whole_list(ana: Person) -> None:
    url = save(ana).url
    SavedView.objects.update(query="tier=S9&gone=1")
    answer = ana.browser.get(url, follow=True)
    assert answer.redirect_chain[-1][0] == "/queues/general/"  # type: ignore[attr-defined]
    assert "no longer exist" in answer.text


def test_a_view_of_a_queue_that_one_left_shows_what_is_left(ana: Person) -> None:
    url = save(ana).url
    make_ticket()
    SavedView.objects.update(queue=make(Queue))
    answer = ana.browser.get(url, follow=True)
    assert answer.redirect_chain[-1][0] == "/tickets/?tier=S1"  # type: ignore[attr-defined]
    assert "no longer in the queue" in answer.text


def test_a_chinese_name_has_an_address_too(ana: Person) -> None:
    save(ana, name="紧急")
    assert list_url(None, "a=1", selection="") == "/tickets/?a=1"
    assert len(SavedView.objects.get().slug) == 8
