"""How do tests look at the desk? In a real Chromium that forgives nothing.

Whatever goes wrong on a page fails its test: a line on the console, a script error, a
refused resource, a request that fails or that leaves this machine.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from tests.people import Person

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-dev-shm-usage",
)
MISSING = (
    "No Chromium was found. Install one with “apt-get install chromium"
    " fonts-noto-cjk” or “playwright install chromium”."
)
WIDE = ViewportSize(width=1440, height=900)
NARROW = ViewportSize(width=390, height=844)
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
EXPECT_MS = 15_000  # what a page may take on a loaded machine to show what is expected
LOCALES = {"en": "en-US", "zh-hans": "zh-CN"}
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder; without it nothing is kept
# What the page before had not loaded yet when a person went on. What is missing,
# refused or blocked has another name, and is a fault.
CUT_SHORT = "net::ERR_ABORTED"
END_MOTION = "document.getAnimations().forEach((each) => each.finish())"
RUN_AXE = """(contrast) => axe.run({
  resultTypes: ["violations"],
  rules: {"color-contrast": {enabled: contrast}},
})"""
OVERFLOW = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > room + 1)
    .map((each) => each.outerHTML.slice(0, 120));
}"""


def find_chromium(own: str) -> str:
    """The system's Chromium, else the one that Playwright has installed."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and not Path(own).exists():
        pytest.fail(MISSING)
    return found or own


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of one module."""
    # Playwright keeps an event loop in this thread, beside which Django would refuse
    # to ask its database; no query of ours ever runs inside that loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=EXPECT_MS)
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    try:
        with sync_playwright() as playwright:
            path = find_chromium(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=flags)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visit:
    """One window of one person, and everything that went wrong in it."""

    page: Page
    base: str
    language: str = "en"
    faults: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # paths that answer an error

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        of_refused = urlsplit(message.location["url"]).path in self.refused
        if message.type in ("error", "warning") and not of_refused:
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.faults.append(f"left the house: {request.url}")

    def _on_failure(self, request: Request) -> None:
        if request.failure == CUT_SHORT:
            return
        self.faults.append(f"failed: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and urlsplit(response.url).path not in self.refused:
            self.faults.append(f"{response.status}: {response.url}")

    def go(self, path: str, *, status: int = 200) -> "Visit":
        """Open a page and expect its status."""
        if status >= 400:
            self.refused.add(urlsplit(path).path)
        response = self.page.goto(self.base + path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return self

    def path(self) -> str:
        """The path of the page that is shown."""
        return urlsplit(self.page.url).path

    def look(self, name: str, *, contrast: bool = True) -> None:
        """Add to the faults what axe finds and what does not fit.

        ``contrast`` is by far the dearest rule; it may be left out where the same
        colours are looked at in another language.
        """
        width = (self.page.viewport_size or WIDE)["width"]
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        self.page.evaluate(END_MOTION)
        found = AxeResults(self.page.evaluate(RUN_AXE, contrast))
        if found.violations_count:
            self.faults.append(f"axe on {name}, {width} px: {found.generate_report()}")
        self.faults += [
            f"{name} is wider than {width} px: {each}"
            for each in self.page.evaluate(OVERFLOW)
        ]

    def keep(self, name: str) -> None:
        """Keep a picture of the page where ``SCREENSHOTS`` says."""
        if SCREENSHOTS:
            path = Path(SCREENSHOTS) / f"{name}.png"
            self.page.screenshot(path=path, full_page=True, animations="disabled")


def look_at(visit: Visit, name: str, path: str, status: int = 200) -> None:
    """Look at a page at both widths and in both themes, which the system chooses.

    Each theme's contrast is judged at each width, half of them in each language.
    """
    visit.go(path, status=status)
    for viewport, width in ((WIDE, "wide"), (NARROW, "narrow")):
        visit.page.set_viewport_size(viewport)
        for theme in THEMES:
            visit.page.emulate_media(color_scheme=theme)
            crosswise = (width == "wide") == (theme == "light")
            contrast = crosswise == (visit.language == "en")
            visit.look(f"{name}, {theme}", contrast=contrast)
            visit.keep(f"{name}-{visit.language}-{theme}-{width}")


class Desk:
    """Opens windows on the live desk, one a person."""

    def __init__(self, chromium: Browser, base: str) -> None:
        self._chromium = chromium
        self.base = base
        self.visits: list[Visit] = []

    def visit(
        self,
        person: Person | None = None,
        *,
        language: str = "en",
        theme: str = "light",
        viewport: ViewportSize = WIDE,
        scripts: bool = True,
    ) -> Visit:
        """Open a window, logged in as ``person``, reading ``language``."""
        context = self._chromium.new_context(
            base_url=self.base,
            locale=LOCALES[language],
            color_scheme="dark" if theme == "dark" else "light",
            viewport=viewport,
            timezone_id="UTC",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            service_workers="block",
        )
        context.set_default_timeout(30_000)  # two workers share a small machine
        if person is not None:
            session = person.browser.cookies["sessionid"].value
            context.add_cookies(
                [{"name": "sessionid", "value": session, "url": self.base}]
            )
        visit = Visit(context.new_page(), self.base, language)
        self.visits.append(visit)
        return visit


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer) -> Iterator[Desk]:
    """The desk, served for real; whatever went wrong in a window fails the test."""
    opened = Desk(chromium, live_server.url)
    yield opened
    for visit in opened.visits:
        visit.page.context.close()
    faults = [fault for visit in opened.visits for fault in visit.faults]
    assert not faults, "\n".join(faults)
