"""Are the pages of webhooks whole: in both languages, light and dark, at any width?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser.test_pages import look_at
from tests.chromium import Desk
from tests.people import Person, Program
from tests.rows import make
from triage import webhooks
from triage.models import WebhookDelivery, WebhookEndpoint, WebhookKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

LONG = "https://hooks.eu-central.shop.example/" + "a-very-long-path-" * 8
TRY = {"at": "2026-01-01T00:00:00Z", "ms": 3, "answer": "", "code": "", "status": 503}


@pytest.fixture
def endpoints(sam: Program) -> list[WebhookEndpoint]:
    """One that works, one that fails, one that is disabled; each with deliveries."""
    made = [
        webhooks.create(sam.source, url=url, events=list(WebhookKind))[0]
        for url in ("https://shop.example/hooks", LONG, "https://old.example/")
    ]
    now = timezone.now()
    rows = WebhookEndpoint.objects
    rows.filter(pk=made[1].pk).update(failing_since=now - timedelta(days=2))
    rows.filter(pk=made[2].pk).update(
        state="disabled", disabled_reason="gone", disabled_at=now - timedelta(hours=3)
    )
    for endpoint in made:
        timeout = TRY | {"status": None, "code": "timeout"}
        make(WebhookDelivery, endpoint=endpoint, misses=2, log=[TRY, timeout])
        make(WebhookDelivery, endpoint=endpoint, state="dead", log=[TRY] * 8)
        make(WebhookDelivery, endpoint=endpoint, state="delivered", delivered_at=now)
    return made


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_webhooks_are_whole(
    desk: Desk, endpoints: list[WebhookEndpoint], sue: Person, language: str
) -> None:
    visit = desk.visit(sue, language=language)
    look_at(visit, "webhooks", "/webhooks/")
    names = ("webhook", "webhook-failing", "webhook-disabled")
    for name, endpoint in zip(names, endpoints, strict=True):
        look_at(visit, name, f"/webhooks/{endpoint.public_id}/")
    look_at(visit, "webhook-failed", f"/webhooks/{endpoints[0].public_id}/?show=failed")
    look_at(visit, "webhook-change", f"/webhooks/{endpoints[1].public_id}/change/")
    look_at(visit, "webhook-deletion", f"/webhooks/{endpoints[1].public_id}/deletion/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_source_without_endpoints_is_told_what_to_do(
    desk: Desk, sue: Person, language: str
) -> None:
    look_at(desk.visit(sue, language=language), "webhooks-empty", "/webhooks/")
