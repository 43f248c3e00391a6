"""Are the pages for end users whole, in both languages, on a phone and on paper?"""

import re

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from deliveries.models import Provider, RouteHealth
from tests.chromium import Desk, look_at
from tests.factories import make_provider, make_route
from tests.triage.incidents.desk import fail
from triage.models import FailureGroup, Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def trouble() -> None:
    """One channel interrupted, another one failing for many."""
    provider = make_provider(channel="sms")
    Provider.objects.filter(pk=provider.pk).update(name="Northcell")
    now = timezone.now()
    RouteHealth.objects.create(
        route=make_route(provider), state="open", window_start=now, opened_at=now
    )
    group = fail("northpost")
    FailureGroup.objects.filter(pk=group.pk).update(recipients=40, unserved=30)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_help_is_whole(desk: Desk, general: Queue, language: str) -> None:
    visit = desk.visit(language=language)
    look_at(visit, "help-empty", "/help/")
    call_command("import_articles", "--starter", "--publish")
    # The browser keeps a page for a minute: each address is opened once.
    look_at(visit, "help", f"/help/?language={language}")
    trouble()
    look_at(visit, "help-trouble", f"/help/?channel=email&language={language}")
    words = "spam" if language == "en" else "垃圾邮件"
    look_at(visit, "help-search", f"/help/?q={words}&language={language}")
    assert visit.page.locator(".texts mark").first.is_visible()
    look_at(visit, "help-nothing", f"/help/?q=zebra&language={language}")
    assert visit.page.locator(".empty + .texts a").count() == 2
    look_at(visit, "help-text", "/help/email-does-not-arrive/")
    look_at(visit, "help-said", "/help/email-does-not-arrive/?said=helped")
    visit.page.emulate_media(media="print")
    assert not visit.page.locator("form").first.is_visible()
    visit.keep(f"help-print-{language}")


def test_a_reader_says_that_it_helped_without_a_script(
    desk: Desk, general: Queue
) -> None:
    call_command("import_articles", "--starter", "--publish")
    visit = desk.visit(scripts=False)
    page = visit.go("/help/").page
    page.get_by_role("searchbox").fill("mailbox full")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("q=mailbox"))
    page.locator(".texts a").first.click()
    page.get_by_role("button", name="Yes, it helped").click()
    expect(page.get_by_text("Good to know that it helped")).to_be_visible()
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
