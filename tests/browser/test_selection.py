"""Are many tickets picked, changed and put back in a real browser?"""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.chromium import Desk, look_at
from tests.people import Person
from tests.triage.bulk.deeds import apply, ask, select
from tests.work import make_ticket
from triage import saved_views, selection, tickets
from triage.models import Queue, Selection, Ticket
from triage.selection import Place
from triage.tickets import acts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def rows(db: None) -> list[Ticket]:
    """Five tickets."""
    causes = ("config.billing", "server.unavailable", "content.spam_detected")
    return [make_ticket(cause=causes[n % 3], reports=n + 1) for n in range(5)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_are_whole(
    desk: Desk,
    ana: Person,
    leo: Person,
    rows: list[Ticket],
    general: Queue,
    language: str,
) -> None:
    tickets.take(rows[0].number, leo.actor)
    place = Place(general, "assignee=nobody")
    picked = selection.select_all(ana.actor, place)
    tickets.take(rows[1].number, leo.actor)
    saved_views.save(
        leo.actor, Place(general, ""), name="紧急 Urgent", share_with=general
    )
    url = f"/queues/general/?selection={picked.token}"
    visit = desk.visit(ana, language=language)
    look_at(visit, "queue-selected", url)
    kept = select(ana, rows[2:])
    for verb in ("assign", "tier", "wait", "category"):
        look_at(visit, f"bulk-{verb}", f"/selections/{kept.token}/{verb}/")
    look_at(visit, "bulk-refused", f"/selections/{picked.token}/assign/")
    waiting = ask(ana, kept, acts.assign(ana.user.pk))
    look_at(visit, "bulk-waiting", f"/bulk/{waiting.pk}/")
    lead = desk.visit(leo, language=language)
    many = Selection.objects.create(owner=leo.user, ids=list(range(1, 12_346)))
    look_at(lead, "bulk-typed", f"/selections/{many.token}/assign/")
    done = apply(leo, rows, acts.assign(leo.user.pk))
    look_at(lead, "bulk-done", f"/bulk/{done.pk}/")
    look_at(lead, "view-new", "/views/new/?queue=general&query=tier=S1")
    slug = saved_views.of_list(leo.actor, general)[0].slug
    look_at(lead, "view-edit", f"/views/{slug}/edit/")
    look_at(lead, "ticket-changes", f"/tickets/{rows[0].number}/")


def test_rows_are_ticked_by_key_and_by_shift(
    desk: Desk, ana: Person, rows: list[Ticket]
) -> None:
    visit = desk.visit(ana).go("/queues/general/")
    page = visit.page
    page.evaluate("window.same = true")
    bar = page.locator("[data-selection]")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 selected")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+J")
    expect(bar).to_contain_text("3 selected")
    expect(page).to_have_url(re.compile("selection=sel_"))
    expect(page.locator("[data-live]")).to_have_text("3 selected")
    assert page.evaluate("window.same") is True
    page.locator("[data-pick]").nth(4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("5 selected")
    page.reload()
    expect(page.locator("[data-pick]:checked")).to_have_count(5)
    page.keyboard.press("*")
    page.keyboard.press("n")
    expect(page.locator("[data-pick]:checked")).to_have_count(0)
    page.keyboard.press("*")
    page.keyboard.press("a")
    expect(page.locator("[data-selection]")).to_contain_text("5 selected")


def test_many_are_assigned_and_put_back_by_a_key(
    desk: Desk, leo: Person, rows: list[Ticket]
) -> None:
    visit = desk.visit(leo).go("/queues/general/")
    page = visit.page
    page.keyboard.press("*")
    page.keyboard.press("a")
    page.locator("[data-selection]").get_by_role("link", name="Assign").click()
    expect(page.locator("[data-preview]")).to_contain_text("5 tickets will change")
    page.get_by_label("To").select_option("nobody")
    expect(page.locator("[data-preview]")).to_contain_text("0 tickets will change")
    page.get_by_label("To").select_option(label="Me")
    expect(page.locator("[data-preview]")).to_contain_text("5 tickets will change")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("Done: 5 tickets were changed.")).to_be_visible()
    visit.look("list after a bulk action")
    assert Ticket.objects.filter(assignee=leo.user).count() == 5
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert not Ticket.objects.filter(assignee=leo.user).exists()


def test_what_is_chosen_before_the_scripts_are_there_counts(
    desk: Desk, leo: Person, rows: list[Ticket]
) -> None:
    page = desk.visit(leo).go("/queues/general/").page
    page.keyboard.press("*")
    page.keyboard.press("a")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/htmx*.js", hold)
    page.locator("[data-selection]").get_by_role("link", name="Assign").click(
        no_wait_after=True
    )
    page.get_by_label("To").select_option("nobody")
    expect(page.locator("[data-preview]")).to_contain_text("5 tickets will change")
    for route in waiting:
        route.continue_()
    expect(page.locator("[data-preview]")).to_contain_text("0 tickets will change")


def test_it_works_without_scripts(desk: Desk, ana: Person, rows: list[Ticket]) -> None:
    page = desk.visit(ana, scripts=False).go("/queues/general/").page
    page.locator("[data-pick]").first.check()
    page.get_by_role("button", name="Select the ticked rows").click()
    expect(page.locator("[data-selection]")).to_contain_text("1 selected")
    page.locator("[data-selection]").get_by_role("link", name="Let wait").click()
    page.get_by_label("Waits for").select_option("engineering")
    page.get_by_role("button", name="Show what happens").click()
    page.get_by_role("button", name="Let wait").click()
    expect(page.get_by_text("Done: 1 ticket was changed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    assert not Ticket.objects.filter(state="waiting").exists()
