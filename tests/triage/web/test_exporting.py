"""Is a file what the list showed, safe in a spreadsheet, and nobody else's?"""

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person
from tests.rows import make
from tests.work import make_ticket
from triage import exports, jobs, selection
from triage.csv_lines import BOM
from triage.exports import writing
from triage.models import (
    Export,
    ExportState,
    Membership,
    Queue,
    Selection,
    Ticket,
)
from triage.selection import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def nights(db: None, leo: Person) -> Queue:
    """A queue in which Leo is an agent, not the lead."""
    queue = Queue.objects.create(slug="nights", name="Nights")
    queue.memberships.create(person=leo.user, role="agent")
    return queue


def ask(person: Person, **said: Any) -> Any:
    return person.browser.post("/exports/", said)


def table(person: Person, export: Export) -> list[list[str]]:
    answer = person.browser.get(f"/exports/{export.pk}/file/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode()
    assert text.count(BOM) == 1
    return list(csv.reader(text.removeprefix(BOM).splitlines()))


def test_a_file_holds_the_rows_of_the_list_in_its_order(leo: Person) -> None:
    for cause in ("config.billing", "server.unavailable", "recipient.mailbox_full"):
        make_ticket(cause=cause)
    page = leo.browser.get("/queues/general/")
    assert 'action="/exports/"' in page.text
    answer = ask(leo, queue="general")
    export = Export.objects.get()
    assert answer["Location"] == f"/exports/{export.pk}/"
    assert export.state == ExportState.DONE
    header, *rows = table(leo, export)
    shown = page.context["page"].rows
    assert len(rows) == export.expected == page.context["total"]
    assert [row[0] for row in rows] == [str(each.number) for each in shown]
    assert [row[header.index("Cause")] for row in rows] == [r.cause for r in shown]
    assert all(row[header.index("Due at")] for row in rows)


def test_a_filter_of_the_list_is_the_filter_of_the_file(leo: Person) -> None:
    urgent, _ = make_ticket(cause="config.billing"), make_ticket()
    ask(leo, query="tier=S2")
    _header, row = table(leo, Export.objects.get())
    assert row[0] == str(urgent.number)


def test_a_selection_can_be_exported_and_nothing_else_is_in_it(leo: Person) -> None:
    picked, _ = make_ticket(), make_ticket()
    found = selection.of_ids(leo.actor, [picked.pk], Place(None, ""))
    page = leo.browser.get(f"/tickets/?selection={found.token}")
    assert 'formaction="/exports/"' in page.text
    ask(leo, selection=found.token)
    _header, row = table(leo, Export.objects.get())
    assert row[0] == str(picked.number)


def test_a_file_is_in_the_language_of_who_asked(leo: Person) -> None:
    make_ticket()
    leo.browser.cookies.load({"django_language": "zh-hans"})
    ask(leo, queue="general")
    header, _row = table(leo, Export.objects.get())
    assert header[:2] == ["工单", "级别"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_cell_begins_a_formula(leo: Person, start: str) -> None:
    make_ticket(provider=f"{start}cmd|' /C calc'!A0")
    ask(leo, queue="general")
    header, row = table(leo, Export.objects.get())
    assert row[header.index("Provider")].startswith(f"'{start}")


def test_an_agent_is_offered_no_file(ana: Person) -> None:
    make_ticket()
    assert "/exports/" not in ana.browser.get("/tickets/").text
    assert ask(ana).status_code == 403


def test_a_lead_takes_along_only_what_she_leads(leo: Person, nights: Queue) -> None:
    make_ticket()
    make_ticket(queue=nights)
    assert "/exports/" in leo.browser.get("/queues/general/").text
    for path in ("/tickets/", "/queues/nights/"):
        assert 'action="/exports/"' not in leo.browser.get(path).text
    assert ask(leo).status_code == 403
    assert ask(leo, queue="nights").status_code == 403
    assert not Export.objects.exists()


def test_an_auditor_takes_along_everything(aud: Person, nights: Queue) -> None:
    make_ticket(queue=nights)
    make_ticket()
    ask(aud)
    assert len(table(aud, Export.objects.get())) == 3


def test_a_file_is_nobody_elses(leo: Person, aud: Person, eve: Person) -> None:
    make_ticket()
    ask(leo)
    export = Export.objects.get()
    for path in (f"/exports/{export.pk}/", f"/exports/{export.pk}/file/"):
        assert aud.browser.get(path).status_code == 404
        assert eve.browser.get(path).status_code == 403


def test_who_leads_a_queue_no_longer_has_no_file_of_it(
    leo: Person, nights: Queue
) -> None:
    Membership.objects.filter(queue=nights).update(role="lead")
    make_ticket(queue=nights)
    ask(leo, queue="nights")
    export = Export.objects.get()
    Membership.objects.filter(queue=nights).update(role="agent")
    assert leo.browser.get(f"/exports/{export.pk}/file/").status_code == 404


def test_a_file_lives_a_day_and_the_row_stays(leo: Person) -> None:
    make_ticket()
    ask(leo)
    export = Export.objects.get()
    old = timezone.now() - timedelta(hours=25)
    Export.objects.update(ended_at=old)
    assert leo.browser.get(f"/exports/{export.pk}/file/").status_code == 404
    assert exports.remove_old(timezone.now()) == 1
    export.refresh_from_db()
    assert (export.state, export.size) == (ExportState.REMOVED, None)
    assert not export.parts.exists()
    page = leo.browser.get(f"/exports/{export.pk}/")
    assert "A file is kept for 24 hours." in page.text


def test_a_long_list_is_written_by_a_worker(
    leo: Person,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(exports, "INLINE", 1)
    monkeypatch.setattr(jobs.write_export, "delay", rung.append)
    make_ticket(), make_ticket()
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(leo)
    page = leo.browser.get(answer["Location"])
    assert "0 of 2 tickets." in page.text
    (pk,) = rung
    monkeypatch.setattr(writing, "CHUNK", 1)
    jobs.write_export(pk)
    part = leo.browser.get(answer["Location"], headers={"HX-Request": "true"})
    assert "Download" in part.text
    assert "<html" not in part.text
    assert len(table(leo, Export.objects.get())) == 3


def test_what_left_the_queues_meanwhile_is_said(leo: Person, nights: Queue) -> None:
    rows = [make_ticket(), make_ticket()]
    row = exports.start(
        leo.actor,
        Place(Queue.objects.get(slug="general"), ""),
        token="",
        language="en",
        now=timezone.now(),
    )
    Membership.objects.filter(queue=nights).delete()
    Ticket.objects.filter(pk=rows[0].pk).update(queue=nights)
    exports.write(row.pk, timezone.now)
    page = leo.browser.get(f"/exports/{row.pk}/")
    assert "1 ticket left your queues meanwhile and is not in it." in page.text
    assert len(table(leo, row)) == 2


def test_who_lost_the_right_gets_no_file(leo: Person) -> None:
    make_ticket()
    row = exports.start(
        leo.actor, Place(None, ""), token="", language="en", now=timezone.now()
    )
    Membership.objects.update(role="agent")
    exports.write(row.pk, timezone.now)
    row.refresh_from_db()
    assert (row.state, row.size) == (ExportState.FAILED, None)


def test_an_export_that_kills_its_workers_ends(leo: Person) -> None:
    past = timezone.now() - timedelta(minutes=2)
    dead = make(Export, due_at=past, tries=3, state="writing")
    again = make(Export, due_at=past, tries=1, state="writing")
    assert exports.forgotten(timezone.now()) == [again.pk]
    dead.refresh_from_db()
    assert (dead.state, dead.due_at) == (ExportState.FAILED, None)


def test_a_late_worker_changes_nothing(leo: Person) -> None:
    make_ticket()
    row = exports.start(
        leo.actor, Place(None, ""), token="", language="en", now=timezone.now()
    )

    def clock() -> Any:
        Export.objects.filter(pk=row.pk, epoch=1).update(epoch=2)
        return timezone.now()

    exports.write(row.pk, clock)
    row.refresh_from_db()
    assert (row.state, row.size) == (ExportState.WRITING, None)


def test_a_selection_stays_while_its_file_is_written(leo: Person) -> None:
    make_ticket()
    exports.start(
        leo.actor, Place(None, ""), token="", language="en", now=timezone.now()
    )
    past = timezone.now() - timedelta(hours=25)
    Selection.objects.update(
        made_at=past - timedelta(hours=1), expires_at=timezone.now() - timedelta(1)
    )
    assert Selection.objects.all().sweep() == 0
    exports.write(Export.objects.get().pk, timezone.now)
    assert Selection.objects.all().sweep() > 0


@pytest.mark.parametrize(
    "said",
    [
        {"queue": "nowhere"},
        {"selection": "sel_of_somebody_else"},
    ],
)
def test_what_is_not_there_answers_so(leo: Person, said: dict[str, str]) -> None:
    assert ask(leo, **said).status_code == 404
    assert not Export.objects.exists()


@pytest.mark.parametrize("said", [{}, {"query": "tier=S9"}, {"query": "x=" * 5_000}])
def test_nothing_to_export_is_said(leo: Person, said: dict[str, str]) -> None:
    assert ask(leo, **said)["Location"] == "/exports/"
    assert "No exports yet" in leo.browser.get("/exports/").text


def test_the_list_of_exports_costs_the_same_for_one_and_for_many(leo: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert leo.browser.get("/exports/").status_code == 200
        return len(captured)

    make(Export, requested_by=leo.user)
    queries()
    one = queries()
    for _ in range(9):
        make(Export, requested_by=leo.user)
    assert queries() == one
