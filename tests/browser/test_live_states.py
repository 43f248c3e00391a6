"""Is what comes in meanwhile whole in Chinese, in the dark and on a phone?"""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.chromium import NARROW, WIDE, Desk, Visit
from tests.people import Person
from tests.work import make_ticket
from triage import tickets
from triage.models import Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SOON_MS = 8_000  # five seconds, and what a loaded machine takes for the answer
SIZES = pytest.mark.parametrize(
    ("size", "width"), [(WIDE, "wide"), (NARROW, "narrow")], ids=["wide", "narrow"]
)


def window(desk: Desk, person: Person, size: ViewportSize) -> Visit:
    """A window in Chinese, in the dark."""
    return desk.visit(person, language="zh-hans", theme="dark", viewport=size)


def show(visit: Visit, name: str) -> None:
    """Judge what is on the screen, and keep a picture of that part alone."""
    visit.look(name)
    visit.keep(f"live-{name}")


@SIZES
def test_new_rows_and_those_who_look_at_them(
    desk: Desk, ana: Person, leo: Person, size: ViewportSize, width: str
) -> None:
    first, second = make_ticket(), make_ticket()
    visit = window(desk, ana, size).go("/queues/general/?assignee=nobody")
    desk.visit(leo).go(f"/tickets/{first.number}/")
    tickets.take(second.number, leo.actor)
    for _ in range(3):
        make_ticket(cause="config.billing")
    told = visit.page.locator("main [data-place=news]")
    expect(told).to_contain_text("3", timeout=SOON_MS)
    expect(visit.page.get_by_role("img", name="Leo")).to_be_visible(timeout=SOON_MS)
    asks_for_a_key = told.locator(".for-keys")
    assert asks_for_a_key.is_visible() == (width == "wide")
    show(visit, f"list-{width}")


@SIZES
def test_who_is_here_and_what_changed_on_a_ticket(
    desk: Desk, ana: Person, leo: Person, size: ViewportSize, width: str
) -> None:
    ticket = make_ticket()
    url = f"/tickets/{ticket.number}/"
    visit = window(desk, ana, size).go(url)
    his = desk.visit(leo).go(url).page
    his.get_by_label("Note", exact=True).press_sequentially("Their relay")
    present = visit.page.locator("main [data-place=present]")
    expect(present).to_contain_text("Leo", timeout=SOON_MS)
    tickets.take(ticket.number, leo.actor)
    told = visit.page.locator("main [data-place=news]")
    expect(told).to_contain_text("Leo", timeout=SOON_MS)
    show(visit, f"ticket-{width}")


@SIZES
def test_a_page_that_is_no_longer_fresh_says_so(
    desk: Desk, ana: Person, size: ViewportSize, width: str
) -> None:
    ticket = make_ticket()
    visit = window(desk, ana, size).go(f"/tickets/{ticket.number}/")
    page = visit.page
    polled = page.locator("[data-polls]").get_attribute("data-polls")
    assert polled
    visit.refused.add(urlsplit(polled).path)
    page.route(f"**{polled}*", lambda route: route.fulfill(status=503, body="away"))
    stale = page.locator("[data-stale]")
    expect(stale).to_be_visible(timeout=3 * SOON_MS)
    expect(stale).to_contain_text("更新已暂停")
    expect(stale).to_be_in_viewport()
    show(visit, f"stale-{width}")
    page.unroute(f"**{polled}*")
    stale.get_by_role("button").click()
    expect(stale).to_be_hidden(timeout=SOON_MS)


@SIZES
def test_who_was_slower_applies_theirs_on_top(
    desk: Desk, leo: Person, kim: Person, size: ViewportSize, width: str
) -> None:
    ticket = make_ticket()
    visit = window(desk, leo, size).go(f"/tickets/{ticket.number}/")
    tickets.take(ticket.number, kim.actor)
    page = visit.page
    visit.refused.add(f"/tickets/{ticket.number}/tier/")
    page.locator("[data-key=t]").click()
    form = page.locator(f'form[action="/tickets/{ticket.number}/tier/"]')
    form.locator("select").select_option("S1")
    form.locator("[name=reason]").fill("整个地区都收不到验证码了。")
    form.locator("button").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Kim")
    show(visit, f"conflict-{width}")
    again = page.locator(".btns form button")
    expect(again).to_be_visible()
    again.click()
    expect(page).to_have_url(f"{desk.base}/tickets/{ticket.number}/")
    assert Ticket.objects.get(pk=ticket.pk).tier == "S1"


@SIZES
def test_a_profile_and_the_members_of_a_queue(
    desk: Desk, leo: Person, ana: Person, size: ViewportSize, width: str
) -> None:
    visit = window(desk, leo, size)
    visit.go("/profile/")
    show(visit, f"profile-{width}")
    page = visit.page
    page.locator("[name=zone]").select_option("Asia/Shanghai")
    page.locator("[name=density]").select_option("compact")
    page.locator("[name=keys_on]").uncheck()
    page.locator("main form button.primary").click()
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Shanghai")
    stamp, shown = page.locator(".as-of time").evaluate(
        "stamp => [stamp.innerText, new Date(stamp.dateTime).toLocaleTimeString("
        "'zh-CN', {timeZone: 'Asia/Shanghai', hour12: false})]"
    )
    assert stamp == shown
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("[data-dialog=keys]")).to_be_hidden()
    visit.go("/queues/general/")
    show(visit, f"compact-{width}")
    visit.go("/team/queues/general/")
    show(visit, f"members-{width}")
    page.locator("a", has_text="移除").first.click()
    show(visit, f"removal-{width}")
