"""How do journeys write an article and take it to its readers, in a browser?"""

from playwright.sync_api import expect

from tests.chromium import Visit


def open_article(visit: Visit, title: str, path: str = "/knowledge/") -> None:
    """Find an article in the list, or in a narrowed one, and open it."""
    visit.go(path).page.locator(".shelf a.title", has_text=title).click()
    expect(visit.page.locator("article h1")).to_have_text(title)


def save(visit: Visit) -> None:
    """Send the editor as it is filled in, and come to the text in work."""
    page = visit.page
    page.locator("form[data-composer] .btn.primary").click()
    expect(page.locator("form", has=page.locator("[value=send]"))).to_be_visible()


def take_step(visit: Visit, step: str, told: str) -> None:
    """Take a step with the text, which may lie folded; ``told`` is the answer."""
    page = visit.page
    form = page.locator("form", has=page.locator(f"[name=step][value={step}]"))
    form.locator(".btn").click()
    expect(page.locator(".messages")).to_contain_text(told)
