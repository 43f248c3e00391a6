"""Are the messages of the benchmark ones that the product sends?"""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from benchmarks import provider, sends
from deliveries import sending
from deliveries.models import DeliveryAttempt, Message, MessageState
from tests.wire import free_port

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
LAST = REQUEST.replace(b"Host", b"Connection: close\r\nHost")


class Written(asyncio.WriteTransport):
    """Keeps what was written, and whether it was closed."""

    def __init__(self) -> None:
        self.text = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.text += bytes(data)

    def close(self) -> None:
        self.closed = True


def test_the_provider_answers_every_request_of_a_connection() -> None:
    caller, written = provider.Caller(), Written()
    caller.connection_made(written)

    caller.data_received(REQUEST[:30])
    assert not written.text
    caller.data_received(REQUEST[30:] + REQUEST)
    assert written.text == provider.KEPT * 2
    assert not written.closed
    caller.data_received(LAST)
    assert written.text.endswith(provider.CLOSED)
    assert written.closed


@pytest.mark.django_db(transaction=True)
def test_what_is_written_down_as_due_is_sent_and_the_rest_is_over(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    monkeypatch.setattr(sends, "PEOPLE", 3)
    sends.people(free_port())
    sends.due(5)
    sends.over(2)

    assert sending.send_due() == 5

    assert Message.objects.filter(state=MessageState.FAILED).count() == 5
    codes = DeliveryAttempt.objects.exclude(reply_code="").values_list(
        "reply_code", flat=True
    )
    assert [*codes] == ["connection_refused"] * 5
