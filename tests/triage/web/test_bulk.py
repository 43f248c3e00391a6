"""What is a person told before, while and after many tickets are decided about?"""

from typing import Any

import pytest
from django.contrib.messages import get_messages

from deliveries.models import ResendOperation
from tests.factories import make_address, make_message
from tests.people import Person
from tests.rows import make
from tests.triage.bulk.deeds import decided, select
from tests.work import make_ticket
from triage import jobs
from triage.models import BulkAction, Queue, Resolution, Selection, Ticket

pytestmark = pytest.mark.django_db


def url_of(picked: Selection, verb: str = "assign") -> str:
    return f"/selections/{picked.token}/{verb}/"


def go(person: Person, picked: Selection, verb: str = "assign", **said: Any) -> Any:
    said = {"to": person.user.pk, **said} if verb == "assign" else said
    return person.browser.post(url_of(picked, verb), said)


def solved() -> Ticket:
    ticket = make_ticket()
    make(Resolution, ticket=ticket)
    Ticket.objects.filter(pk=ticket.pk).update(state="solved")
    return ticket


def test_a_preview_counts_exactly_and_shows_three(ana: Person) -> None:
    rows = [make_ticket() for _ in range(4)] + [solved()]
    before = decided()
    page = ana.browser.get(url_of(select(ana, rows)))
    preview = page.context["preview"]
    assert (preview["will"], len(preview["samples"])) == (4, 3)
    assert preview["skipped"] == [{"label": "already solved", "count": 1}]
    assert "4 tickets will change" in page.text
    assert decided() == before


def test_a_change_of_the_form_brings_the_preview_alone(ana: Person) -> None:
    picked = select(ana, [make_ticket()])
    answer = ana.browser.get(
        url_of(picked), {"to": "nobody"}, headers={"HX-Request": "true"}
    )
    assert answer.context["preview"]["will"] == 0
    assert "<html" not in answer.text


def test_what_is_not_permitted_is_named_before_and_refuses_all(
    ana: Person, leo: Person
) -> None:
    mine, theirs = make_ticket(), make_ticket(assignee=leo.user)
    picked = select(ana, [mine, theirs])
    before = decided()
    page = ana.browser.get(url_of(picked))
    assert f"#{theirs.number}</a>" in page.text
    assert "Assign: " not in page.text.split("data-preview")[1]
    answer = go(ana, picked)
    assert answer.status_code == 403
    assert f"#{theirs.number}</a>" in answer.text
    assert decided() == before
    answer = ana.browser.post(f"{url_of(picked)}narrowing/", {"to": ana.user.pk})
    assert ana.browser.get(answer.url).context["preview"]["will"] == 1
    assert Selection.objects.get(pk=picked.pk).ids == [mine.pk]


def test_what_is_done_can_be_undone_from_the_next_page(ana: Person) -> None:
    rows = [make_ticket(), make_ticket()]
    answer = go(ana, select(ana, rows))
    assert answer.url.startswith("/tickets/?selection=sel_")
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == "Done: 2 tickets were changed."
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {ana.user.pk}
    answer = ana.browser.post(message.extra_tags)
    page = ana.browser.get(answer.url)  # type: ignore[attr-defined]
    assert page.context["action"]["undone"] == 2
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {None}


def test_what_was_left_alone_is_listed_and_can_be_selected(ana: Person) -> None:
    done, left = make_ticket(), solved()
    answer = go(ana, select(ana, [done, left]))
    page = ana.browser.get(answer.url)
    assert page.context["rows"] == [
        {
            "number": left.number,
            "url": f"/tickets/{left.number}/",
            "reason": "already solved",
        }
    ]
    answer = ana.browser.post(f"{answer.url}left/")
    assert Selection.objects.latest("pk").ids == [left.pk]
    assert "selection=" in answer.url  # type: ignore[attr-defined]


def test_the_key_undoes_what_was_last(ana: Person) -> None:
    go(ana, select(ana, [make_ticket(), make_ticket()]))
    answer = ana.browser.post("/undo/")
    assert answer.url == f"/bulk/{BulkAction.objects.get().pk}/"  # type: ignore[attr-defined]
    assert BulkAction.objects.get().state == "undone"


def test_above_a_hundred_the_count_is_typed(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("triage.bulk.starting", "triage.web.bulk_pages"):
        monkeypatch.setattr(f"{module}.TYPED_ABOVE", 1)
    picked = select(ana, [make_ticket(), make_ticket()])
    assert "Type 2 to confirm" in ana.browser.get(url_of(picked)).text
    answer = go(ana, picked, count="3")
    assert answer.status_code == 400
    assert "Type the number of tickets: 2." in answer.text
    assert go(ana, picked, count="2").status_code == 302


def test_a_large_action_is_a_job_with_its_progress(
    ana: Person,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    rung: list[int] = []
    monkeypatch.setattr("triage.bulk.running.INLINE", 1)
    monkeypatch.setattr(jobs.carry_out, "delay", rung.append)
    picked = select(ana, [make_ticket(), make_ticket()])
    with django_capture_on_commit_callbacks(execute=True):
        answer = go(ana, picked)
    action = BulkAction.objects.get()
    assert rung == [action.pk]
    page = ana.browser.get(answer.url)
    assert "0 of 2 tickets." in page.text
    assert 'hx-trigger="every 2s"' in page.text
    jobs.carry_out(action.pk)
    page = ana.browser.get(answer.url, headers={"HX-Request": "true"})
    assert page.context["action"]["state"] == "applied"
    assert "every 2s" not in page.text


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("assign", {"to": "9999999"}),
        ("tier", {"tier": "S1", "reason": "short"}),
        ("tier", {"tier": "S9", "reason": "It is long enough."}),
        ("queue", {"queue": "none"}),
        ("wait", {"on": "godot"}),
        ("wait", {"on": "provider", "until": "2001-01-01T00:00"}),
        ("wait", {"on": "provider", "until": "9999-01-01T00:00"}),
        ("category", {"category": "no.such"}),
    ],
)
def test_nonsense_is_refused_beside_the_field(
    ana: Person, verb: str, said: dict[str, str]
) -> None:
    picked = select(ana, [make_ticket()])
    answer = go(ana, picked, verb, **said)
    assert (answer.status_code, BulkAction.objects.count()) == (400, 0)
    assert ana.browser.get(url_of(picked, verb), said).status_code == 200


def test_there_are_no_other_verbs_and_no_other_peoples_actions(
    ana: Person, leo: Person
) -> None:
    picked = select(ana, [make_ticket()])
    assert ana.browser.get(url_of(picked, "burn")).status_code == 404
    go(ana, picked, seen_at="not a time")
    pk = BulkAction.objects.get().pk
    assert leo.browser.get(f"/bulk/{pk}/").status_code == 404
    assert leo.browser.post(f"/bulk/{pk}/undo/").status_code == 404


def test_a_resend_is_planned_for_exactly_the_selected_tickets(ana: Person) -> None:
    wanted, other = (make_ticket(make_message(address=make_address())) for _ in "ab")
    picked = select(ana, [wanted])
    url = f"/resends/new/?selection={picked.token}"
    assert "tickets that you selected" in ana.browser.get(url).text
    said = {
        "selection": picked.token,
        "canary_size": 1,
        "ramp": "1",
        "rate_per_s": 1,
        "max_failed_percent": 5,
        "abort_window": 50,
    }
    answer = ana.browser.post("/resends/new/", said)
    assert answer.status_code == 302, answer.context["form"].errors
    operation = ResendOperation.objects.get()
    messages = [pk for ids in operation.selection.values() for pk in ids]
    assert messages == [wanted.reports.get().message_id]
    assert other.reports.get().message_id not in messages


def test_one_ticket_that_is_not_mine_refuses_the_plan_and_is_named(
    ana: Person, leo: Person
) -> None:
    message = make_message(address=make_address())
    theirs = make_ticket(message, assignee=leo.user)
    picked = select(ana, [theirs])
    said = {"selection": picked.token, "canary_size": 1, "ramp": "1", "rate_per_s": 1}
    answer = ana.browser.post("/resends/new/", said)
    assert answer.status_code == 400
    assert f"nothing is planned: #{theirs.number}." in answer.text
    assert not ResendOperation.objects.exists()


def test_a_queue_far_away_takes_them_out_of_sight(ana: Person) -> None:
    far = Queue.objects.create(slug="far", name="Far")
    answer = go(ana, select(ana, [make_ticket()]), "queue", queue=far.pk)
    assert answer.status_code == 302
    assert "1 left your queues" in ana.browser.get(answer.url).text
