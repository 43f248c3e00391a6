"""Does whoever starts a job hear how it ended, unless they have watched it?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.people import Person
from tests.rows import make
from tests.rules import taught
from tests.triage.bulk.deeds import ask, select, undo, work
from tests.work import make_ticket
from triage import bulk, exports, inbox, rehearsals, teaching
from triage.bulk import running as bulk_running
from triage.exports import writing
from triage.models import (
    BulkAction,
    ChangeRehearsal,
    Export,
    RuleRehearsal,
    StaffNotice,
)
from triage.rehearsals import running
from triage.selection import Place
from triage.teaching import rehearsing
from triage.tickets.acts import Assign

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def every_job_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker do what a person would wait for otherwise."""
    for module in (bulk_running, writing, running):
        monkeypatch.setattr(module, "INLINE", 0)


def lines(person: Person) -> list[tuple[str, str]]:
    """What stands in somebody's inbox, and of which kind it is."""
    page = person.browser.get("/inbox/").context["lines"]
    return [(str(each["kind"]), each["text"]) for each in page]


def opened(person: Person) -> str:
    """Where the newest line leads."""
    (line, *_) = person.browser.get("/inbox/").context["lines"]
    location: str = person.browser.post(line["url"])["Location"]
    return location


def export(person: Person) -> Export:
    """A file that a worker is to write."""
    return exports.start(
        person.actor, Place(None, ""), token="", language="en", now=timezone.now()
    )


def test_a_file_that_is_ready_is_told_with_its_address(leo: Person) -> None:
    make_ticket()
    row = export(leo)
    assert lines(leo) == []
    exports.write(row.pk, timezone.now)
    assert lines(leo) == [("A job is done", f"Export {row.pk} is ready: 1 ticket")]
    assert opened(leo) == f"/exports/{row.pk}/"


def test_a_file_that_will_not_be_is_told(leo: Person) -> None:
    past = timezone.now() - LONG_AGO
    row = make(Export, requested_by=leo.user, due_at=past, tries=3, state="writing")
    exports.forgotten(timezone.now())
    assert lines(leo) == [
        ("A job has failed", f"Export {row.pk} could not be written.")
    ]
    exports.forgotten(timezone.now())
    assert len(lines(leo)) == 1


def test_an_action_on_many_is_told_and_its_undoing_instead(
    ana: Person, leo: Person
) -> None:
    rows = [make_ticket(), make_ticket()]
    action = work(ask(leo, select(leo, rows), Assign(leo.user.pk)))
    assert lines(leo) == [("A job is done", "Done for 2 tickets: Assign")]
    undo(leo, action)
    assert lines(leo) == [("A job is done", "Undone for 2 tickets: Assign")]
    assert opened(leo) == f"/bulk/{action.pk}/"


def test_an_action_that_killed_its_workers_is_told(leo: Person) -> None:
    row = ask(leo, select(leo, [make_ticket()]), Assign(leo.user.pk))
    past = timezone.now() - LONG_AGO
    BulkAction.objects.update(due_at=past, tries=3, state="applying")
    bulk.forgotten(timezone.now())
    said = "It did not come to its end: Assign (0 of 1)"
    assert lines(leo) == [("A job has failed", said)]
    assert opened(leo) == f"/bulk/{row.pk}/"


def test_the_rehearsal_of_a_rule_is_told(leo: Person) -> None:
    rule = taught(leo)
    run = teaching.ask(rule.reference, leo.actor, days=7, now=timezone.now())
    teaching.rehearse(run.pk, timezone.now)
    number = rule.reference
    said = f"Rule {number} is rehearsed: 0 reports would be read otherwise"
    assert lines(leo) == [("A job is done", said)]
    assert opened(leo) == f"/diagnosis/rules/{number}/"


def test_a_rehearsal_that_fails_is_told(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    rule = taught(leo)
    run = teaching.ask(rule.reference, leo.actor, days=7, now=timezone.now())
    monkeypatch.setattr(rehearsing, "_reports", broken)
    teaching.rehearse(run.pk, timezone.now)
    said = f"The rehearsal of rule {rule.reference} failed."
    assert lines(leo) == [("A job has failed", said)]


def test_a_rehearsal_that_no_worker_took_up_is_told(leo: Person) -> None:
    rule = taught(leo)
    run = teaching.ask(rule.reference, leo.actor, days=7, now=timezone.now())
    past = timezone.now() - timedelta(hours=1)
    RuleRehearsal.objects.filter(pk=run.pk).update(asked_at=past, alive_at=past)
    teaching.give_up(timezone.now())
    assert [kind for kind, _text in lines(leo)] == ["A job has failed"]


def test_the_rehearsal_of_a_change_is_told(leo: Person) -> None:
    make_ticket()
    leo.browser.post("/team/routing/new/", {"queue": str(make_ticket().queue_id)})
    run = ChangeRehearsal.objects.get()
    ChangeRehearsal.objects.update(state="queued", ended_at=None, due_at=timezone.now())
    rehearsals.carry_out(run.pk, timezone.now)
    said = "A rehearsal is done: Routing, 2 tickets examined"
    assert lines(leo) == [("A job is done", said)]
    assert opened(leo) == "/team/routing/new/"
    past = timezone.now() - LONG_AGO
    ChangeRehearsal.objects.update(state="running", ended_at=None, tries=3, due_at=past)
    rehearsals.forgotten(timezone.now())
    assert lines(leo) == [("A job has failed", "A rehearsal failed: Routing")]


def test_who_watched_the_end_has_no_line_of_it(leo: Person, kim: Person) -> None:
    make_ticket()
    row = export(leo)
    exports.write(row.pk, timezone.now)
    headers = {"HX-Request": "true"}
    part = leo.browser.get(f"/exports/{row.pk}/", headers=headers).text
    path = f"/inbox/watched/export/{row.pk}/"
    assert f'hx-post="{path}"' in part
    assert "intersect once" in part  # a hidden tab sees nothing
    assert path not in leo.browser.get(f"/exports/{row.pk}/").text
    kim.browser.post(path)
    assert len(lines(leo)) == 1
    assert leo.browser.post(path).status_code == 204
    assert lines(leo) == []
    assert leo.browser.post("/inbox/watched/ticket/1/").status_code == 404


def test_what_was_read_stays(leo: Person) -> None:
    make_ticket()
    row = export(leo)
    exports.write(row.pk, timezone.now)
    opened(leo)
    leo.browser.post(f"/inbox/watched/export/{row.pk}/")
    assert len(lines(leo)) == 1


def test_a_short_job_is_done_before_the_eyes_and_not_told(
    leo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "INLINE", 5)
    make_ticket()
    exports.write(export(leo).pk, timezone.now)
    assert not StaffNotice.objects.exists()


def test_nobody_takes_back_a_line_of_another_kind(leo: Person) -> None:
    line = make(StaffNotice, person=leo.user)
    assert inbox.watched(leo.actor, "ticket", line.ticket_id) == 0
    assert StaffNotice.objects.exists()
