"""Does the page of an endpoint tell how it does, and let its owner mend it?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.people import Person, Program
from tests.rows import make
from triage import webhooks
from triage.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db
LIST = "/webhooks/"
SOUND = {"url": "https://shop.example/hooks", "events": ["report.resolved"]}


@pytest.fixture
def endpoint(sam: Program) -> WebhookEndpoint:
    """An endpoint of the shop."""
    return webhooks.create(sam.source, **SOUND)[0]  # type: ignore[arg-type]


def page_of(endpoint: WebhookEndpoint, query: str = "") -> str:
    return reverse("webhook", args=[endpoint.public_id]) + query


def delivery(endpoint: WebhookEndpoint, **changes: object) -> WebhookDelivery:
    return make(WebhookDelivery, endpoint=endpoint, **changes)


def test_a_person_of_the_source_makes_an_endpoint_and_sees_its_secret_once(
    sue: Person, sam: Program
) -> None:
    answer = sue.browser.post(LIST, SOUND | {"source": sam.source.pk})
    row = WebhookEndpoint.objects.get()
    (secret,) = row.secrets_at(timezone.now())
    assert answer.status_code == 200
    assert secret in answer.text
    assert answer["Cache-Control"] == "no-store"
    assert row.created_by == sue.user
    assert secret not in sue.browser.get(page_of(row)).text
    assert SOUND["url"] in sue.browser.get(LIST).text


def test_a_source_of_others_cannot_be_chosen(sue: Person, stranger: Program) -> None:
    answer = sue.browser.post(LIST, SOUND | {"source": stranger.source.pk})
    assert answer.status_code == 400
    assert not WebhookEndpoint.objects.exists()


def test_a_form_with_faults_is_shown_again(sue: Person, sam: Program) -> None:
    said = {"source": sam.source.pk, "url": "https://a:b@c.example/", "events": []}
    answer = sue.browser.post(LIST, said)
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"events"}
    said["events"] = ["report.resolved"]
    answer = sue.browser.post(LIST, said)
    assert "without user and password" in answer.text
    assert not WebhookEndpoint.objects.exists()


def test_a_foreign_endpoint_is_not_there(
    sue: Person, stranger: Program, ana: Person
) -> None:
    foreign, _ = webhooks.create(stranger.source, **SOUND)  # type: ignore[arg-type]
    row = webhooks.try_out(foreign)
    assert SOUND["url"] not in sue.browser.get(LIST).text
    assert sue.browser.get(page_of(foreign)).status_code == 404
    for name in ("webhook_test", "webhook_secret", "webhook_state"):
        url = reverse(name, args=[foreign.public_id])
        assert sue.browser.post(url, {"state": "disabled"}).status_code == 404
        assert ana.browser.post(url).status_code == 403
    again = reverse("webhook_redelivery", args=[row.public_id])
    assert sue.browser.post(again).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "active"
    assert WebhookDelivery.objects.count() == 1


def test_a_disabled_endpoint_says_why_and_is_enabled_again(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.update(
        state="disabled",
        disabled_reason="failing",
        disabled_at=timezone.now() - timedelta(hours=2),
    )
    text = sue.browser.get(page_of(endpoint)).text
    assert "Nothing could be delivered for five days." in text
    assert "for 2 h" in text
    assert "Send a test" not in text
    url = reverse("webhook_state", args=[endpoint.public_id])
    after = sue.browser.post(url, {"state": "active"}, follow=True).text
    assert "The endpoint is active again." in after
    assert sue.browser.post(url, {"state": "burnt"}).status_code == 404


def test_a_failing_endpoint_is_marked_before_it_is_disabled(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    since = timezone.now() - timedelta(days=2)
    WebhookEndpoint.objects.update(failing_since=since)
    assert "Failing" in sue.browser.get(LIST).text
    assert (
        "Nothing could be delivered lately" in sue.browser.get(page_of(endpoint)).text
    )


def test_deliveries_show_their_last_answer_and_can_be_narrowed_to_failed(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    entry = {"at": "2026-01-01T00:00:00Z", "ms": 3, "answer": "", "code": ""}
    delivery(endpoint, state="dead", log=[entry | {"status": 503}])
    delivery(endpoint, misses=1, log=[entry | {"status": None, "code": "timeout"}])
    delivery(endpoint, state="delivered", delivered_at=timezone.now())
    text = sue.browser.get(page_of(endpoint)).text
    assert "HTTP 503" in text
    assert "No answer came within ten seconds." in text
    failed = sue.browser.get(page_of(endpoint, "?show=failed")).context["page"].rows
    assert [line.state for line in failed] == ["due", "dead"]


def test_an_endpoint_is_tried_out_and_a_delivery_sent_again(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    url = reverse("webhook_test", args=[endpoint.public_id])
    assert "on its way" in sue.browser.post(url, follow=True).text
    row = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state="dead", due_at=None)
    again = reverse("webhook_redelivery", args=[row.public_id])
    assert "sent again" in sue.browser.post(again, follow=True).text
    row.refresh_from_db()
    assert row.state == "due"
    WebhookEndpoint.objects.update(
        state="disabled", disabled_reason="gone", disabled_at=timezone.now()
    )
    for path in (url, again):
        assert "Enable the endpoint first." in sue.browser.post(path, follow=True).text


def test_a_new_secret_is_shown_once_and_the_old_one_lives_on(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    answer = sue.browser.post(reverse("webhook_secret", args=[endpoint.public_id]))
    endpoint.refresh_from_db()
    new, old = endpoint.secrets_at(timezone.now())
    assert new in answer.text
    assert old not in answer.text
    assert "The old secret signs too for 24 hours." in answer.text


def test_long_lists_go_on_by_cursor(sue: Person, endpoint: WebhookEndpoint) -> None:
    for _ in range(51):
        delivery(endpoint)
    first = sue.browser.get(page_of(endpoint)).context["page"]
    second = sue.browser.get(first.next_url).context["page"]
    assert (len(first.rows), len(second.rows)) == (50, 1)
    back = sue.browser.get(second.previous_url).context["page"]
    assert back.rows == first.rows
    assert sue.browser.get(page_of(endpoint, "?cursor=made-up")).status_code == 404


def test_without_an_endpoint_the_page_says_what_to_do(sue: Person) -> None:
    assert "No endpoint yet" in sue.browser.get(LIST).text


def test_an_admin_sees_the_endpoints_of_every_source(
    ada: Person, endpoint: WebhookEndpoint, stranger: Program
) -> None:
    webhooks.create(
        stranger.source, url="https://elsewhere.example/", events=["report.resolved"]
    )
    text = ada.browser.get(LIST).text
    assert "https://shop.example/hooks" in text
    assert "https://elsewhere.example/" in text


def queries(person: Person, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        person.browser.get(path)
    return len(seen)


def test_fifty_rows_cost_no_more_queries_than_one(
    ada: Person, endpoint: WebhookEndpoint
) -> None:
    delivery(endpoint)
    few = queries(ada, LIST), queries(ada, page_of(endpoint))
    for _ in range(49):
        delivery(endpoint)
        make(WebhookEndpoint)
    many = queries(ada, LIST), queries(ada, page_of(endpoint))
    assert many <= few


def test_the_page_speaks_chinese(sue: Person, endpoint: WebhookEndpoint) -> None:
    delivery(endpoint)
    page = sue.browser.get(page_of(endpoint), headers={"Accept-Language": "zh-hans"})
    assert "发送测试" in page.text
    assert "Send a test" not in page.text


# --- changing and deleting ------------------------------------------------------------


def test_an_owner_changes_what_an_endpoint_is_told_and_where(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    path = reverse("webhook_change", args=[endpoint.public_id])
    shown = sue.browser.get(path).text
    assert SOUND["url"] in shown
    said = {"url": "https://shop.example/new", "events": ["report.verified"]}
    answer = sue.browser.post(path, said | {"description": "The new ear"})
    assert answer.status_code == 302
    before, secret = endpoint.url, bytes(endpoint.sealed_secret)
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.description) == (said["url"], "The new ear")
    assert endpoint.events == ["report.verified"]
    assert before != endpoint.url
    assert bytes(endpoint.sealed_secret) == secret


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": "https://a:b@c.example/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["report.burnt"]}, "events"),
        ({"description": "x" * 201}, "description"),
    ],
)
def test_a_change_with_faults_is_shown_again(
    sue: Person, endpoint: WebhookEndpoint, changed: dict[str, object], field: str
) -> None:
    path = reverse("webhook_change", args=[endpoint.public_id])
    answer = sue.browser.post(path, SOUND | changed)
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert WebhookEndpoint.objects.get().url == SOUND["url"]


def test_an_endpoint_is_deleted_only_after_a_question(
    sue: Person, endpoint: WebhookEndpoint
) -> None:
    delivery(endpoint)
    path = reverse("webhook_deletion", args=[endpoint.public_id])
    asked = sue.browser.get(path)
    assert "1 delivery is deleted with it." in asked.text
    mine = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    assert mine.exists()
    assert sue.browser.post(path).status_code == 302
    assert not mine.exists()
    assert not WebhookDelivery.objects.exists()
    assert sue.browser.post(path).status_code == 404


def test_an_endpoint_of_others_is_neither_changed_nor_deleted(
    sue: Person, ana: Person, stranger: Program
) -> None:
    foreign = webhooks.create(stranger.source, **SOUND)[0]  # type: ignore[arg-type]
    for name in ("webhook_change", "webhook_deletion"):
        path = reverse(name, args=[foreign.public_id])
        for answer in (sue.browser.get(path), sue.browser.post(path, SOUND)):
            assert answer.status_code == 404
        assert ana.browser.post(path, SOUND).status_code == 403
    assert WebhookEndpoint.objects.get() == foreign
