"""Is a row of a list that is written once right for all who read it?"""

import pytest
import time_machine
from django.template.loader import render_to_string

from tests.people import Person
from tests.work import make_ticket
from triage.models import FailureGroup
from triage.templatetags import desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates of rows that were written, not taken from before."""
    desk._kept.cache_clear()
    names: list[str] = []

    def render(name: str, values: dict[str, object]) -> str:
        if name == "triage/_queue_row.html":
            names.append(name)
        return render_to_string(name, values)

    monkeypatch.setattr(desk, "render_to_string", render)
    return names


def test_the_next_reader_gets_the_row_that_was_written(
    ana: Person, leo: Person, written: list[str]
) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        make_ticket()
        first = ana.browser.get("/tickets/").text
        assert len(written) == 1
        second = leo.browser.get("/tickets/").text
    assert len(written) == 1
    row = "data-seen="
    assert first.count(row) == second.count(row) == 1


def test_a_row_is_written_anew_when_its_age_changes(
    ana: Person, written: list[str]
) -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        make_ticket()
        ana.browser.get("/tickets/")
        clock.shift(20)
        ana.browser.get("/tickets/")
        before = len(written)
        clock.shift(3_600)
        ana.browser.get("/tickets/")
    assert len(written) == before + 1


def test_each_language_has_its_row(ana: Person, written: list[str]) -> None:
    make_ticket()
    assert "New" in ana.browser.get("/tickets/").text
    ana.browser.cookies["django_language"] = "zh-hans"
    chinese = ana.browser.get("/tickets/").text
    assert "新建" in chinese
    assert len(written) == 2


def test_who_holds_a_ticket_sees_that_it_is_theirs_and_nobody_else_does(
    ana: Person, leo: Person
) -> None:
    make_ticket(assignee=ana.user)
    mine = '<span class="who me"'
    table = ana.browser.get("/tickets/").text.partition("<tbody>")[2]
    assert mine in table.partition("</tbody>")[0]
    table = leo.browser.get("/tickets/").text.partition("<tbody>")[2]
    assert mine not in table.partition("</tbody>")[0]


def test_what_a_provider_is_called_stays_text(ana: Person) -> None:
    make_ticket()
    FailureGroup.objects.update(provider="<script>alert(1)</script>")
    text = ana.browser.get("/tickets/").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
