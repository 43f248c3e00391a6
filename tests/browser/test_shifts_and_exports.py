"""Are the pages of the shift, of exports and of the first steps whole?"""

import pytest
from django.utils import timezone

from tests.chromium import Desk, look_at
from tests.people import Person
from tests.rows import make
from tests.work import make_ticket
from triage import exports, handover, tickets
from triage.models import Export, NoteKind, Queue
from triage.selection import Place
from triage.web.bulk import ring

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_shift_is_handed_over_and_received(
    desk: Desk, ana: Person, leo: Person, general: Queue, language: str
) -> None:
    causes = ("config.billing", "server.unavailable", "content.spam_detected")
    rows = [make_ticket(cause=cause, assignee=ana.user) for cause in causes]
    body = "Their certificate ran out; they renew it at nine. 证书已过期，九点更新。"
    tickets.note(rows[0].number, ana.actor, kind=NoteKind.DECISION, body=body)
    visit = desk.visit(ana, language=language)
    look_at(visit, "handover", "/handover/")
    said = {row.number: body if row is rows[0] else "" for row in rows}
    now = timezone.now()
    action = handover.hand_over(ana.actor, said, to=leo.user, seen_at=now, now=now)
    ring(action)
    look_at(desk.visit(leo, language=language), "my-day-received", "/")
    look_at(visit, "handover-empty", "/handover/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_exports_are_shown_whole(desk: Desk, leo: Person, language: str) -> None:
    make_ticket()
    visit = desk.visit(leo, language=language)
    look_at(visit, "exports-empty", "/exports/")
    look_at(visit, "queue-of-a-lead", "/queues/general/")
    row = exports.start(
        leo.actor, Place(None, ""), token="", language=language, now=timezone.now()
    )
    look_at(visit, "export-waiting", f"/exports/{row.pk}/")
    exports.write(row.pk, timezone.now)
    look_at(visit, "export", f"/exports/{row.pk}/")
    common = {"requested_by": leo.user, "ended_at": timezone.now()}
    failed = make(Export, state="failed", **common)
    make(Export, state="removed", **common)
    look_at(visit, "export-failed", f"/exports/{failed.pk}/")
    look_at(visit, "exports", "/exports/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_steps_are_whole(desk: Desk, ada: Person, language: str) -> None:
    visit = desk.visit(ada, language=language)
    look_at(visit, "first-steps", "/")
    look_at(visit, "doctor", "/admin/doctor/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_queues_of_a_lead_are_whole(
    desk: Desk, leo: Person, ana: Person, general: Queue, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "team-queues", "/team/queues/")
    look_at(visit, "team-queue", "/team/queues/general/")
