"""Is a delivery made at least once, signed, and without holding up the others?"""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import transaction
from pytest_django import Settings

from deliveries import outbound
from deliveries.models import Source
from tests.factories import make_source
from tests.triage.webhooks.receiver import Got, Receiver
from triage import webhooks
from triage.models import WebhookDelivery, WebhookEndpoint, WebhookKind
from triage.webhooks.delivering import Courier
from triage.webhooks.schedule import WAITS

pytestmark = pytest.mark.django_db(transaction=True)

KIND = WebhookKind.REPORT_ACCEPTED
NOW = datetime(2031, 5, 6, 12, tzinfo=UTC)
_numbers = count(1)


class Still(random.Random):
    """Never adds anything."""

    def random(self) -> float:
        return 0.0


def listen(url: str, source: Source | None = None) -> tuple[WebhookEndpoint, str]:
    """An endpoint of a source, with its secret."""
    return webhooks.create(source or make_source("shop"), url=url, events=[KIND])


def tell(source: Source | None = None, times: int = 1) -> None:
    """Let something happen at a source."""
    with transaction.atomic():
        for _ in range(times):
            pk = (source or make_source("shop")).pk
            webhooks.emit(KIND, pk, f"rep_{next(_numbers)}", {"id": "rep_1"})


def turn(now: datetime | None = None, limit: int = 200) -> int:
    """One turn of a worker, as if it were a time."""
    if now is None:
        return Courier(rng=Still()).run(limit)
    return Courier(now=lambda: now, rng=Still()).run(limit)


def due_at_once() -> None:
    WebhookDelivery.objects.filter(state="due").update(
        due_at=datetime(2020, 1, 1, tzinfo=UTC)
    )


def is_signed(got: Got, secret: str) -> bool:
    """Check a signature as Standard Webhooks 1.0 describes it, with code of our own."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = got.headers["webhook-id"] + "." + got.headers["webhook-timestamp"] + "."
    made = hmac.new(key, text.encode() + got.body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}" in got.headers[
        "webhook-signature"
    ].split(" ")


def test_a_delivery_arrives_signed_and_is_told_once(shop: Receiver) -> None:
    _, secret = listen(f"{shop.url}/in")
    tell()
    assert turn() == 1
    assert turn() == 0
    (got,) = shop.got
    assert is_signed(got, secret)
    assert not is_signed(got, "whsec_" + base64.b64encode(b"x" * 32).decode())
    assert len(got.headers["webhook-signature"].split()) == 1
    assert (
        abs(int(got.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    )
    body = json.loads(got.body)
    assert (body["type"], body["data"]) == ("report.accepted", {"id": "rep_1"})
    row = WebhookDelivery.objects.get()
    assert (row.state, row.due_at, row.event_id) == (
        "delivered",
        None,
        got.headers["webhook-id"],
    )
    (entry,) = row.log
    assert (entry["status"], entry["answer"]) == (200, "ok")


def test_both_secrets_sign_for_a_day_after_a_rotation(shop: Receiver) -> None:
    endpoint, old = listen(f"{shop.url}/in")
    new = webhooks.rotate(endpoint, NOW)
    tell(times=2)
    first, second = WebhookDelivery.objects.order_by("pk")
    WebhookDelivery.objects.filter(pk=second.pk).update(due_at=None)
    turn(NOW + timedelta(hours=23))
    WebhookDelivery.objects.filter(pk=second.pk).update(due_at=first.created_at)
    turn(NOW + timedelta(hours=25))
    during, after = shop.got
    assert is_signed(during, old)
    assert is_signed(during, new)
    assert is_signed(after, new)
    assert not is_signed(after, old)


def test_a_private_address_is_refused_when_it_is_called(
    shop: Receiver, settings: Settings
) -> None:
    endpoint, _ = listen(f"{shop.url}/in")
    settings.OUTBOUND_ALLOW_PRIVATE = False
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        url=endpoint.url.replace("http://127.0.0.1", "https://localhost")
    )
    tell()
    turn()
    assert shop.got == []
    assert WebhookDelivery.objects.get().log[0]["code"] == "forbidden_address"


def test_a_redirect_is_a_miss_and_is_not_followed(shop: Receiver) -> None:
    listen(shop.says("/moved", 302, Location=f"{shop.url}/there"))
    tell()
    turn()
    assert [each.path for each in shop.got] == ["/moved"]
    row = WebhookDelivery.objects.get()
    assert (row.state, row.misses, row.last_status) == ("due", 1, 302)


def test_misses_follow_the_schedule_with_the_same_id_and_body(shop: Receiver) -> None:
    listen(shop.says("/in", 500))
    tell()
    waits = []
    for _ in range(len(WAITS) + 1):
        due_at_once()
        turn(NOW)
        row = WebhookDelivery.objects.get()
        waits.append(row.due_at and row.due_at - NOW)
    assert waits == [*WAITS, None]
    assert row.state == "dead"
    assert len(shop.got) == len(WAITS) + 1
    assert len({(each.headers["webhook-id"], each.body) for each in shop.got}) == 1


def test_retry_after_holds_everything_for_the_endpoint(shop: Receiver) -> None:
    listen(shop.says("/in", 429, Retry_After="7200"))
    tell(times=3)
    turn(NOW)
    assert len(shop.got) == 1
    dues = set(WebhookDelivery.objects.values_list("due_at", flat=True))
    assert dues == {NOW + timedelta(hours=2)}


def test_an_answer_of_410_disables_the_endpoint(shop: Receiver) -> None:
    endpoint, _ = listen(shop.says("/in", 410))
    tell(times=3)
    turn(NOW)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "gone")
    assert len(shop.got) == 1
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"dead"}
    tell()
    assert WebhookDelivery.objects.count() == 3


def test_five_days_of_failure_disable_and_a_success_in_between_does_not(
    shop: Receiver,
) -> None:
    endpoint, _ = listen(shop.says("/in", 503))
    answers = {2: 200}  # on the third day it works
    for day in range(9):
        shop.says("/in", answers.get(day, 503))
        tell()
        WebhookDelivery.objects.filter(state="due", misses__gt=0).update(due_at=None)
        turn(NOW + timedelta(days=day))
        endpoint.refresh_from_db()
        assert (endpoint.state == "disabled") is (day == 8), day
    assert endpoint.disabled_reason == "failing"


def test_an_answer_is_kept_redacted_and_short(shop: Receiver) -> None:
    listen(shop.says("/in", 500, "no ana@example.org " + "é" * 4000))
    tell()
    turn()
    (entry,) = WebhookDelivery.objects.get().log
    assert "ana@example.org" not in entry["answer"]
    assert len(entry["answer"].encode()) <= 2048


def test_redelivery_and_recovery_keep_the_id(shop: Receiver) -> None:
    endpoint, _ = listen(shop.says("/in", 500))
    tell(times=2)
    for _ in range(len(WAITS) + 1):
        due_at_once()
        turn(NOW)
    shop.says("/in", 200)
    first, second = WebhookDelivery.objects.order_by("pk")
    webhooks.redeliver(first, NOW - timedelta(days=3000))
    turn()
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert webhooks.recover(endpoint, since=long_ago, until=None, now=long_ago) == 0
    now = datetime.now(UTC)
    assert webhooks.recover(endpoint, since=long_ago, until=None, now=now) == 1
    turn()
    ids = [each.headers["webhook-id"] for each in shop.got[-2:]]
    assert ids == [first.event_id, second.event_id]
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_who_is_killed_between_send_and_record_sends_the_same_again(
    shop: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(f"{shop.url}/in")
    tell()

    class Killed(BaseException):
        """Nothing of the worker runs after it, no except, no finally of its own."""

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Courier, "_record", die)
        with pytest.raises(Killed):
            turn()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.tries) == ("due", 1)
    assert turn() == 0  # its lease still runs
    due_at_once()
    turn()
    assert len({each.headers["webhook-id"] for each in shop.got}) == 1
    assert len(shop.got) == 2
    row.refresh_from_db()
    assert row.state == "delivered"


def test_what_nobody_gets_through_is_given_up(shop: Receiver) -> None:
    listen(f"{shop.url}/in")
    tell()
    due_at_once()
    WebhookDelivery.objects.update(tries=3)
    turn()
    row = WebhookDelivery.objects.get()
    assert shop.got == []
    assert (row.state, row.log[0]["code"]) == ("dead", "crashed")
    assert row.parked_at is not None


def test_a_result_under_an_old_epoch_changes_nothing(shop: Receiver) -> None:
    listen(f"{shop.url}/in")
    tell()
    (stale,) = WebhookDelivery.objects.select_related("endpoint").claim(1)
    WebhookDelivery.objects.update(epoch=stale.epoch + 1)
    courier = Courier()
    assert courier._one(stale, {}, courier.seconds() + 10) is False
    assert WebhookDelivery.objects.get().state == "due"


def test_an_endpoint_that_hangs_does_not_hold_up_a_thousand_deliveries(
    shop: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deliveries.outbound.call.TOTAL_S", 0.5)
    listen(f"{shop.url}/mute")
    tell(times=500)
    other = make_source("other")
    listen(f"{shop.url}/in", other)
    tell(other, times=500)
    for _ in range(8):
        turn(limit=200)
    assert len(shop.at("/mute")) == 1
    assert len(shop.at("/in")) == 500


def test_nobody_is_called_inside_a_transaction(shop: Receiver) -> None:
    with transaction.atomic(), pytest.raises(outbound.InsideTransaction):
        turn()
