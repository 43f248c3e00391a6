"""When does a browser paint a page first, and how much has it fetched for that?"""

import os
import shutil
import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

LOOKS = 7
NAMES = ("chromium", "chromium-browser", "google-chrome")
PAINT = """() => new Promise((seen) => {
  const first = () => performance.getEntriesByName("first-contentful-paint")[0];
  const look = () => first() ? seen(first().startTime) : setTimeout(look, 20);
  look();
})"""
FETCHED = """() => [
  ...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource"),
].reduce((sum, entry) => sum + entry.transferSize, 0)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Medians of some first visits, each with an empty cache."""

    fcp_ms: float
    page_kb: float


def look(url: str, session: str) -> Seen:
    """Open a page as somebody who is logged in."""
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = next(filter(None, map(shutil.which, NAMES)), own)
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        looks = [_one(browser, url, session) for _ in range(LOOKS)]
        browser.close()
    return Seen(
        statistics.median(each.fcp_ms for each in looks),
        statistics.median(each.page_kb for each in looks),
    )


def _one(browser: Browser, url: str, session: str) -> Seen:
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    page.goto(url, wait_until="load")
    seen = Seen(page.evaluate(PAINT), page.evaluate(FETCHED) / 1000)
    context.close()
    return seen
