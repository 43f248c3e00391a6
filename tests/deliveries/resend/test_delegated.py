"""Does a bulk resend follow a source that sends its messages itself?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deliveries.models import DelegatedSend, Message, ResendMode, Source
from deliveries.sending import delegating
from deliveries.sending.delegating import Result, Speaker, Told
from tests.factories import make_message, make_route, make_source
from tests.resends import Carrier, counted, started, states, turn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source() -> Source:
    source = make_source()
    Source.objects.filter(pk=source.pk).update(resend_mode=ResendMode.DELEGATED)
    make_route()
    return Source.objects.get(pk=source.pk)


def requested(source: Source) -> tuple[DelegatedSend, Speaker]:
    """A message of a bulk resend that its source was asked to send."""
    ana = User.objects.create_user("ana")
    operation = started(ana, [make_message(source)])
    carrier = Carrier()
    turn(carrier)
    assert carrier.asked == []
    assert states(operation) == {"claimed": 1}
    return DelegatedSend.objects.get(), Speaker(source.pk, None)


def outcome() -> dict[str, int]:
    item = DelegatedSend.objects.get().attempt.resend_item
    assert item is not None
    assert states(item.operation) == counted(item.operation)
    return states(item.operation)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (Told.DELIVERED, "delivered"),
        (Told.ACCEPTED, "sent"),
        (Told.REFUSED, "failed"),
        (Told.UNCLEAR, "unknown"),
    ],
)
def test_what_the_source_tells_is_what_the_resend_shows(
    source: Source, told: Told, state: str
) -> None:
    send, speaker = requested(source)
    now = timezone.now()
    delegating.acknowledge(send.public_id, speaker, send.generation, now)
    delegating.report(send.public_id, speaker, send.generation, Result(told, now), now)
    assert outcome() == {state: 1}


def test_a_late_word_settles_what_was_unknown(source: Source) -> None:
    send, speaker = requested(source)
    now = timezone.now()
    delegating.acknowledge(send.public_id, speaker, send.generation, now)
    for told in (Told.UNCLEAR, Told.REFUSED):
        delegating.report(
            send.public_id, speaker, send.generation, Result(told, now), now
        )
    assert outcome() == {"failed": 1}


def test_what_expires_before_the_source_takes_it_is_left_out(source: Source) -> None:
    send, speaker = requested(source)
    Message.objects.update(expires_at=timezone.now())
    now = timezone.now() + timedelta(seconds=1)
    with pytest.raises(delegating.Over):
        delegating.acknowledge(send.public_id, speaker, send.generation, now)
    assert outcome() == {"excluded": 1}


def test_what_the_source_declines_has_failed(source: Source) -> None:
    send, speaker = requested(source)
    delegating.refuse(
        send.public_id, speaker, send.generation, "expired", timezone.now()
    )
    assert outcome() == {"failed": 1}
