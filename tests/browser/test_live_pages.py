"""Does a page stay as it is until one asks, and is a job watched to its end?"""

from functools import partial

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deliveries.models import ChannelKind
from tests.chromium import Desk, look_at
from tests.people import Person
from tests.work import make_ticket
from triage import exports, jobs, rehearsals, tickets
from triage.exports import writing
from triage.models import ChangeRehearsal, Export, Queue, StaffNotice
from triage.rehearsals import running
from triage.selection import Place

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SOON_MS = 6_500


def test_my_day_shows_what_is_new_when_one_asks(
    desk: Desk, ana: Person, leo: Person
) -> None:
    mine = make_ticket(assignee=ana.user)
    visit = desk.visit(ana).go("/")
    page = visit.page
    page.keyboard.press("j")
    row = page.locator(f'tr[data-seen^="{mine.number}."]')
    before = row.bounding_box()
    make_ticket(assignee=ana.user)
    told = page.locator("main [data-place=news]")
    expect(told).to_contain_text("1 new – press .", timeout=SOON_MS)
    assert row.bounding_box() == before
    tickets.hand_over(mine.number, leo.actor, to=leo.user, note="I know them.")
    expect(row).to_have_attribute("data-news", "left", timeout=SOON_MS)
    expect(row).to_contain_text("Leo")
    visit.look("My day with news")
    visit.keep("my-day-news")
    page.keyboard.press(".")
    expect(row).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(told).to_be_empty()


def test_the_counts_of_queues_change_in_their_place(desk: Desk, ana: Person) -> None:
    page = desk.visit(ana).go("/queues/").page
    make_ticket()
    expect(page.locator("td.col-unassigned")).to_have_text("1", timeout=SOON_MS)


def test_showing_what_is_new_counts_the_filters_anew(desk: Desk, ana: Person) -> None:
    make_ticket(cause="config.billing")
    page = desk.visit(ana).go("/queues/general/").page
    page.get_by_role("checkbox", name="S2").check()
    page.wait_for_url("**tier=S2**")
    count = page.locator('[data-figure="channel=email"]')
    expect(count).to_have_text("1")
    make_ticket(cause="config.billing", channel=ChannelKind.EMAIL, provider="other")
    show = page.locator("[data-shows]")
    expect(show).to_be_visible(timeout=SOON_MS)
    expect(count).to_have_text("1")
    show.click()
    expect(count).to_have_text("2")
    expect(page.get_by_role("checkbox", name="S2")).to_be_checked()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_who_watches_a_job_to_its_end_has_no_line_of_it(
    desk: Desk, leo: Person, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "INLINE", 0)
    make_ticket()
    ask = partial(exports.start, leo.actor, Place(None, ""), token="")
    row = ask(language=language, now=timezone.now())
    page = desk.visit(leo, language=language).go(f"/exports/{row.pk}/").page
    exports.write(row.pk, timezone.now)
    with page.expect_response("**/inbox/watched/**") as said:
        expect(page.locator("a[download]")).to_be_visible(timeout=SOON_MS)
    assert said.value.status == 204
    assert not StaffNotice.objects.exists()
    exports.write(ask(language=language, now=timezone.now()).pk, timezone.now)
    assert StaffNotice.objects.count() == 1
    look_at(desk.visit(leo, language=language), "inbox-of-a-job", "/inbox/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_rehearsal_is_watched_and_then_saved(
    desk: Desk,
    leo: Person,
    general: Queue,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rehearsals, "INLINE", 0)
    monkeypatch.setattr(running, "INLINE", 0)
    monkeypatch.setattr(jobs.rehearse_change, "delay", lambda pk: None)
    make_ticket()
    visit = desk.visit(leo, language=language).go("/team/routing/new/")
    page = visit.page
    page.locator("select[name=queue]").select_option(str(general.pk))
    page.locator("form.page button").first.click()
    page.wait_for_load_state("networkidle")
    expect(page.locator("progress")).to_be_visible()
    visit.look("a rehearsal that runs")
    visit.keep(f"rehearsal-runs-{language}")
    rehearsals.carry_out(ChangeRehearsal.objects.get().pk, timezone.now)
    save = page.locator("button[name=rehearsed]")
    expect(save).to_be_visible(timeout=SOON_MS)
    visit.look("a rehearsal that is done")
    visit.keep(f"rehearsal-done-{language}")
    look_at(desk.visit(leo, language=language), "routing-found", "/team/routing/")
    save.click()
    expect(page).to_have_url(f"{visit.base}/team/routing/")
    assert not StaffNotice.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_to_print_are_shown_as_they_are(
    desk: Desk, leo: Person, general: Queue, language: str
) -> None:
    for cause in ("config.billing", "server.unavailable", "content.spam_detected"):
        make_ticket(cause=cause)
    visit = desk.visit(leo, language=language).go("/queues/general/")
    menu = visit.page.locator("form.end details[data-menu] summary")
    menu.click()
    visit.keep(f"export-menu-{language}")
    visit.page.locator("form.end button[value=html]").click()
    row = Export.objects.get()
    visit.page.wait_for_url(f"**/exports/{row.pk}/")
    visit.go(f"/exports/{row.pk}/file/")
    expect(visit.page.locator("tbody tr")).to_have_count(3)
    visit.keep(f"export-file-{language}")
