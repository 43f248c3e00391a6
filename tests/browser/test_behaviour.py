"""Do the small behaviours of a page help, and never stand in the way?"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chromium import NARROW, Desk
from tests.people import PASSWORD, Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, make_article, make_ticket
from triage import tickets
from triage.models import NoteKind, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def live_region(page: Page) -> Locator:
    return page.locator("[data-live]")


def test_filters_bring_rows_without_a_reload_and_say_so(
    desk: Desk, ana: Person
) -> None:
    make_ticket()
    make_ticket(cause="config.billing", assignee=ana.user)
    visit = desk.visit(ana).go("/queues/general/?assignee=me")
    page = visit.page
    page.evaluate("window.same = true")
    box = page.locator("form.facets [name=tier][value=S4]")
    box.check()
    expect(live_region(page)).to_have_text(re.compile("0 of 2 tickets"))
    expect(box).to_be_focused()
    assert page.evaluate("window.same") is True
    assert "assignee=me" in page.url
    assert "tier=S4" in page.url
    box.uncheck()
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("0 of 2 tickets")
    page.reload()
    expect(page.locator("form.facets [name=tier][value=S4]")).to_be_checked()


def test_another_cause_brings_its_articles_and_keeps_the_draft(
    desk: Desk, ana: Person
) -> None:
    make_article("Busy", cause=UNAVAILABLE)
    full = make_article("Full", cause=MAILBOX_FULL)
    ticket = make_ticket()
    page = desk.visit(ana).go(f"/tickets/{ticket.number}/resolution/").page
    page.locator("[name=article][value=draft]").check()
    page.locator("[name=draft_title]").fill("My words")
    page.locator("[name=category]").select_option(MAILBOX_FULL)
    expect(live_region(page)).to_have_text("1 article of this cause")
    expect(page.get_by_label("Full", exact=True)).to_be_visible()
    expect(page.locator("[name=draft_title]")).to_have_value("My words")
    expect(page.locator("[name=article]:checked")).to_have_value("draft")
    page.get_by_label("Full", exact=True).check()
    page.locator("[name=category]").select_option(UNAVAILABLE)
    expect(page.get_by_label("Busy", exact=True)).to_be_checked()
    page.locator("[name=category]").select_option(MAILBOX_FULL)
    expect(page.locator("[name=article]:checked")).to_have_value(
        str(full.translation.article_id)
    )


def test_an_article_takes_in_what_came_of_it(desk: Desk, ana: Person) -> None:
    slug = make_article().translation.article.slug
    page = desk.visit(ana).go(f"/knowledge/{slug}/").page
    heading = page.get_by_role("heading", name="Resolutions that used it")
    expect(heading).to_be_visible()
    expect(live_region(page)).to_have_text("Resolutions loaded")


def test_a_button_fires_once(desk: Desk, ana: Person) -> None:
    ticket = make_ticket()
    page = desk.visit(ana).go(f"/tickets/{ticket.number}/").page
    page.locator("[name=body]").fill("Once")
    page.evaluate(
        """() => {
          const form = document.querySelector("form[action$='/notes/']");
          form.requestSubmit();
          form.requestSubmit();
        }"""
    )
    expect(page.locator(".note")).to_have_count(1)
    assert Ticket.objects.get().notes.count() == 1


def test_a_word_that_is_still_composed_is_not_sent(desk: Desk, ana: Person) -> None:
    ticket = make_ticket()
    page = desk.visit(ana).go(f"/tickets/{ticket.number}/").page
    page.locator("[name=body]").fill("拼音")
    page.locator("[name=body]").dispatch_event(
        "keydown", {"key": "Enter", "ctrlKey": True, "isComposing": True}
    )
    page.locator("[name=body]").press("a")
    expect(page.locator("[name=body]")).to_have_value("拼音a")
    assert not ticket.notes.exists()


def test_letters_are_keys_outside_of_fields_alone_and_can_be_switched_off(
    desk: Desk, ana: Person
) -> None:
    ticket = make_ticket()
    page = desk.visit(ana).go(f"/tickets/{ticket.number}/").page
    page.locator("[name=body]").click()
    page.keyboard.type("ae?")
    expect(page.locator("[name=body]")).to_have_value("ae?")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.number}/$"))
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_a_menu_closes_by_escape_and_gives_the_focus_back(
    desk: Desk, leo: Person
) -> None:
    ticket = make_ticket()
    page = desk.visit(leo).go(f"/tickets/{ticket.number}/").page
    summary = page.locator("summary", has_text="Hand over")
    page.keyboard.press("A")
    expect(page.locator("[name=to]")).to_be_visible()
    page.locator("[name=to]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("[name=to]")).to_be_hidden()
    expect(summary).to_be_focused()


def test_who_comes_second_reads_who_was_first_and_their_own_words(
    desk: Desk, ana: Person, leo: Person
) -> None:
    ticket = make_ticket()
    visit = desk.visit(leo).go(f"/tickets/{ticket.number}/resolution/")
    visit.refused.add(f"/tickets/{ticket.number}/resolution/")
    page = visit.page
    page.locator("[name=article][value='']").check()
    page.locator("[name=note]").fill("Do not lose me")
    tickets.take(ticket.number, ana.actor)
    page.locator("form[data-composer] .btn.primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana was first")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Ana took the ticket.")
    expect(page.get_by_role("main")).to_contain_text("Do not lose me")
    visit.look("conflict with words")


def test_logging_in_and_out_and_the_choice_of_a_theme(desk: Desk, ana: Person) -> None:
    page = desk.visit(viewport=NARROW).go("/queues/").page
    page.locator("[name=login]").fill("ana")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{desk.base}/queues/")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_hostile_words_are_shown_and_do_nothing(desk: Desk, ana: Person) -> None:
    hostile = (
        "<img src=https://evil.example/x onerror=alert(1)><script>alert(2)</script>"
    )
    ticket = make_ticket(answer=hostile, detail=hostile)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body=hostile)
    slug = make_article(hostile[:100], hostile).translation.article.slug
    visit = desk.visit(ana)
    for path in (f"/tickets/{ticket.number}/", "/knowledge/", f"/knowledge/{slug}/"):
        visit.go(path)
        assert visit.page.locator("img").count() == 0
    # Whatever had loaded, run or left the house would be a fault of the visit.
