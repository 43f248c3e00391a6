"""Does paper show the whole of a page, and nothing that only a screen is for?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.chromium import SCREENSHOTS, Desk, Visit
from tests.people import Person
from tests.scenes import Scene, make_scene
from tests.work import make_report
from triage import tickets
from triage.models import NoteKind, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CONTROLS = ".rail, .tools, .composer, .tabs, .live-bar, main form, main button"
A4 = {"width": 740, "height": 1050}  # what the margins leave of it, in pixels


@pytest.fixture
def scene(kim: Person, ana: Person) -> Scene:
    """A ticket on which much was said."""
    made = make_scene(kim.user)
    for nth in range(40):
        tickets.note(
            made.ticket.number,
            ana.actor,
            kind=NoteKind.OBSERVATION,
            body=f"Look {nth} at the answer of the carrier.",
        )
    return made


def on_paper(visit: Visit, name: str, path: str) -> Page:
    """A page as it is printed, and a copy of the sheets where pictures are kept."""
    page = visit.go(path).page
    page.wait_for_load_state("networkidle")
    page.set_viewport_size(A4)  # type: ignore[arg-type]  # a plain dict will do
    page.emulate_media(media="print", color_scheme="dark")
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(exist_ok=True)
        page.pdf(path=Path(SCREENSHOTS) / f"{name}.pdf", format="A4")
        visit.keep(f"print-{name}")
    return page


def paths(scene: Scene) -> dict[str, tuple[str, str]]:
    """The pages that are printed, and what is said at the top of each."""
    number, group = scene.ticket.number, scene.ticket.group.number
    slug = scene.article.slug
    return {
        "ticket": (f"/tickets/{number}/", f"Ticket #{number}"),
        "incident": (f"/incidents/{group}/", f"Incident {group}"),
        "resend": (f"/resends/{scene.resend.number}/", f"Resend {scene.resend.number}"),
        "article": (f"/knowledge/{slug}/", "Article, version 1"),
    }


@pytest.mark.parametrize("name", ["ticket", "incident", "resend", "article"])
def test_a_page_on_paper_says_what_it_is_and_of_when(
    desk: Desk, leo: Person, scene: Scene, name: str
) -> None:
    path, title = paths(scene)[name]
    page = on_paper(desk.visit(leo), name, path)
    top = page.locator(".paper")
    expect(top).to_contain_text(title)
    expect(top).to_contain_text("As of")
    assert top.locator("time").get_attribute("datetime")
    for control in page.locator(CONTROLS).all():
        assert not control.is_visible(), control.inner_html()
    scheme = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert scheme == "light"
    too_wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not too_wide


def test_on_the_screen_there_is_no_such_line(
    desk: Desk, leo: Person, scene: Scene
) -> None:
    page = desk.visit(leo).go(paths(scene)["ticket"][0]).page
    expect(page.locator(".paper")).to_be_hidden()


def test_the_timeline_is_there_in_full_and_what_is_folded_too(
    desk: Desk, leo: Person, scene: Scene
) -> None:
    for _ in range(6):
        late = make_report(detail="It still does not arrive.", cause=None)
        late.ticket = Ticket.objects.get(pk=scene.ticket.pk)
        late.save()
    page = on_paper(desk.visit(leo), "long", paths(scene)["ticket"][0])
    notes = page.locator(".timeline .note", has_text="at the answer of the carrier")
    assert [each.is_visible() for each in notes.all()] == [True] * 40
    reports = page.locator(".reports > li")
    assert [each.bounding_box() is not None for each in reports.all()].count(True) >= 6


def test_links_are_followed_by_where_they_lead(
    desk: Desk, leo: Person, scene: Scene
) -> None:
    page = on_paper(desk.visit(leo), "links", paths(scene)["ticket"][0])

    def after(selector: str) -> str:
        asked = "link => getComputedStyle(link, '::after').content"
        return str(page.locator(selector).first.evaluate(asked))

    target = page.locator("main .known a").first.get_attribute("href")
    assert target
    assert target in after("main .known a")
    assert after("main .crumb a") == "none"


def test_who_a_message_went_to_stays_masked_even_after_a_look(
    desk: Desk, kim: Person, scene: Scene
) -> None:
    visit = desk.visit(kim)
    page = on_paper(visit, "masked", paths(scene)["ticket"][0])
    assert "sink.example/in" not in page.inner_text("body")
    page.emulate_media(media="screen")
    visit.go(f"/messages/{scene.message.public_id}/reveal/")
    page.locator("[name=reason]").fill("The carrier asks for the number.")
    page.locator("main button.primary").click()
    plain = page.get_by_text("sink.example/in")
    expect(plain).to_be_visible()
    page.emulate_media(media="print")
    expect(plain).to_be_hidden()
    assert "sink.example/in" not in page.inner_text("body")


def test_the_top_of_the_paper_is_as_old_as_what_was_brought_last(
    desk: Desk, leo: Person, scene: Scene
) -> None:
    page = desk.visit(leo).go(paths(scene)["ticket"][0]).page
    stamps = page.locator("[data-as-of] time")
    before = timezone.now() + timedelta(seconds=1)
    told = "each => each.map((time) => time.dateTime)"
    page.wait_for_function(
        "then => [...document.querySelectorAll('[data-as-of] time')]"
        ".every((time) => new Date(time.dateTime) > new Date(then))",
        arg=before.isoformat(),
        timeout=15_000,
    )
    assert len(set(stamps.evaluate_all(told))) == 1
