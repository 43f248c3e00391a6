"""Does a program that keeps to the manual make each send once, over the network?

The shop's own machine listens for webhooks on this machine, checks the signature with
code of its own, and answers over HTTP, as ``docs/api.md`` tells it to.
"""

import base64
import hashlib
import hmac
import http.client
import json
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer

from deliveries import sending
from deliveries.api.authentication import forget_keys
from deliveries.models import DelegatedSend, Message, MessageState, Source
from tests.factories import make_address, make_attempt, make_message
from tests.people import Program
from tests.triage.webhooks.receiver import Receiver
from tests.work import make_ticket
from triage import repair, webhooks
from triage.models import WebhookDelivery, WebhookKind

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AT = "2026-11-22T02:00:00Z"


class Sender:
    """The shop's program: it sends what it is asked to, once for each key."""

    def __init__(self, shop: Program, secret: str, server: LiveServer) -> None:
        self.headers = shop.headers | {"Content-Type": "application/json"}
        self.secret = base64.b64decode(secret.removeprefix("whsec_"))
        self.host = urlsplit(server.url).netloc
        self.sent: dict[str, int] = {}

    def call(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            connection.request("POST", path, json.dumps(body), self.headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def take(self, headers: dict[str, str], raw: bytes) -> int:
        """Treat one webhook as the manual says; return the status of the last call."""
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
        made = hmac.new(self.secret, text + raw, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(made).decode()}"
        send = json.loads(raw)["data"]
        path = f"/api/v1/resends/{send['item']}/"
        status, _ = self.call(f"{path}ack/", {"generation": send["generation"]})
        if status != 200:
            return status
        key = send["idempotency_key"]
        self.sent[key] = self.sent.get(key, 0) or 1  # its provider knows the key
        result = {"generation": send["generation"], "outcome": "delivered", "at": AT}
        return self.call(f"{path}result/", result)[0]


@pytest.fixture
def sender(sam: Program, shop: Receiver, live_server: LiveServer) -> Sender:
    forget_keys()
    Source.objects.filter(pk=sam.source.pk).update(resend_mode="delegated")
    _, secret = webhooks.create(
        sam.source, url=f"{shop.url}/in", events=[WebhookKind.RESEND_REQUESTED]
    )
    return Sender(sam, secret, live_server)


def plan(source: Source) -> Message:
    message = make_message(source, address=make_address(source))
    make_attempt(message, due_at=LONG_AGO)
    return message


def work() -> None:
    """Let every worker have a turn."""
    sending.send_due()
    repair.follow_up_due(datetime.now(UTC))
    webhooks.deliver_due()


def go_silent() -> None:
    DelegatedSend.objects.filter(due_at__isnull=False).update(due_at=LONG_AGO)
    sending.follow_delegated(datetime.now(UTC))


def test_a_send_goes_from_the_request_to_the_proof(
    sender: Sender, shop: Receiver, sam: Program
) -> None:
    message = plan(sam.source)
    work()
    (got,) = shop.got
    assert sender.take(got.headers, got.body) == 200
    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert list(sender.sent.values()) == [1]


def test_a_webhook_that_comes_twice_sends_once(
    sender: Sender, shop: Receiver, sam: Program
) -> None:
    plan(sam.source)
    work()
    webhooks.redeliver(WebhookDelivery.objects.get(), LONG_AGO)
    work()
    first, second = shop.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    statuses = [sender.take(each.headers, each.body) for each in shop.got]
    assert statuses == [200, 410]
    assert list(sender.sent.values()) == [1]


def test_who_misses_the_first_request_acts_on_the_second(
    sender: Sender, shop: Receiver, sam: Program
) -> None:
    message = plan(sam.source)
    work()
    go_silent()
    work()
    first, second = (json.loads(each.body)["data"] for each in shop.got)
    assert first["generation"] == second["generation"]
    assert first["idempotency_key"] == second["idempotency_key"]
    assert sender.take(shop.got[1].headers, shop.got[1].body) == 200
    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED


def test_two_programs_of_one_key_race_and_one_send_is_settled(
    sender: Sender, shop: Receiver, sam: Program
) -> None:
    message = plan(sam.source)
    work()
    (got,) = shop.got
    statuses: list[int] = []
    racers = [
        threading.Thread(
            target=lambda: statuses.append(sender.take(got.headers, got.body))
        )
        for _ in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert 200 in statuses
    assert set(statuses) <= {200, 410}
    assert len(sender.sent) == 1
    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert message.attempts.count() == 1


def test_a_source_that_never_reacts_leaves_the_ticket_to_people_with_the_reason(
    sender: Sender, sam: Program
) -> None:
    message = make_message(sam.source, address=make_address(sam.source))
    ticket = make_ticket(message)
    make_attempt(message, due_at=LONG_AGO)
    work()
    for _ in range(3):
        go_silent()
    work()
    message.refresh_from_db()
    assert (message.state, message.evidence_level) == (MessageState.FAILED, 0)
    last = ticket.events.latest("seq")
    assert last.kind == "repair_ended"
    assert last.change["delegated"] == "unacknowledged"
    assert sender.sent == {}
