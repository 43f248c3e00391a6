"""Do the demo's providers speak so that the real adapters and hooks understand them?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from deliveries import sending
from deliveries.models import (
    AttemptCause,
    DeliveryAttempt,
    EvidenceLevel,
    Fate,
    HookCount,
    HookEndpoint,
    MessageState,
    Outcome,
    Provider,
    Purpose,
    Route,
)
from tests.factories import make_source
from triage import access
from triage.demo import messages, providers, simulator
from triage.demo.loopback import Loopback
from triage.demo.loopback.behaviours import WINDOW_S
from triage.demo.loopback.postman import AGAIN_S, DELAY_S, TRIES, Postman
from triage.demo.loopback.receipts import WRITERS
from triage.demo.providers import CARRIERS
from triage.demo.scenarios import Scenario
from triage.demo.simulator import Figures

pytestmark = pytest.mark.django_db(transaction=True)

MINE = sorted(CARRIERS)
WITH_RECEIPTS = [slug for slug in MINE if CARRIERS[slug].reports]


@pytest.fixture
def postman() -> Postman:
    return Postman({})


@pytest.fixture
def loopback(settings: Settings, postman: Postman) -> Iterator[Loopback]:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    with Loopback(told=postman.tell, slow_s=0.0) as running:
        providers.point_at(running.port)
        yield running


def let_it(slug: str, scenario: Scenario) -> str:
    """Let a provider of the demo behave so; return its slug."""
    simulator.switch(access.MACHINE, slug, scenario)
    return slug


def send(slug: str, name: str = "") -> DeliveryAttempt:
    """Send one message over a provider, as a worker does."""
    route = Route.objects.get(provider__slug=slug)
    with transaction.atomic():
        message = messages.make(
            make_source("shop"),
            name or f"order-{slug}",
            "ada.lind",
            channel=CARRIERS[slug].channel,
            purpose=Purpose.TRANSACTIONAL,
            locale="en",
            state=MessageState.QUEUED,
            region=route.region,
        )
        sending.plan(
            message, route=route, cause=AttemptCause.INITIAL, at=timezone.now()
        )
    sending.send_due()
    return DeliveryAttempt.objects.get(message=message)


@pytest.mark.parametrize("slug", MINE)
def test_yes_no_and_later_are_understood_in_every_dialect(
    loopback: Loopback, postman: Postman, slug: str
) -> None:
    scenarios = (Scenario.LYING, Scenario.OK, Scenario.DOWN, Scenario.LIMITED)
    lying, well, down, fourth = (
        send(let_it(slug, each), f"order-{each}") for each in scenarios
    )
    assert (lying.outcome, well.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert (down.outcome, fourth.outcome) == (Outcome.REFUSED, Outcome.REFUSED)
    assert fourth.retry_after_s == WINDOW_S
    # Both refusals speak of the provider rather than of the message.
    assert Route.objects.get(provider__slug=slug).health.failures == 2
    assert loopback.counts()[slug] == {"asked": 4, "received": 1}
    assert postman.waiting == 1


@pytest.mark.parametrize("slug", WITH_RECEIPTS)
def test_a_receipt_proves_delivery_through_the_real_hook(
    loopback: Loopback, postman: Postman, live_server: LiveServer, slug: str
) -> None:
    postman.hooks = providers.open_hooks(live_server.url)
    let_it(slug, Scenario.OK)
    message = send(slug).message
    message.refresh_from_db()
    assert message.evidence_level == EvidenceLevel.ACCEPTED
    assert message.verify_by is not None

    assert postman.deliver(1e12) == 1

    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert message.evidence_level == EvidenceLevel.DELIVERED
    fates = HookCount.objects.values_list("endpoint__provider__slug", "fate")
    assert list(fates) == [(slug, Fate.TAKEN)]


def test_silence_after_a_lie_becomes_unknown(loopback: Loopback) -> None:
    let_it("pushgate", Scenario.LYING)
    message = send("pushgate").message
    sending.sweep_silence(timezone.now() + timedelta(minutes=11))
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN


def test_a_slow_provider_takes_the_message_in_the_end(loopback: Loopback) -> None:
    loopback.slow_s = 0.05
    let_it("harbour-sms", Scenario.SLOW)
    assert send("harbour-sms").outcome == Outcome.ACCEPTED


def test_each_start_gives_new_addresses_to_the_same_rows(loopback: Loopback) -> None:
    first = providers.open_hooks("http://desk.example")
    again = providers.open_hooks("http://desk.example/")
    assert set(first) == set(WITH_RECEIPTS)
    assert HookEndpoint.objects.count() == len(WITH_RECEIPTS)
    assert not {each.url for each in first.values()} & {
        each.url for each in again.values()
    }
    assert again["commons"].url.startswith("http://desk.example/api/v1/hooks/commons/")
    assert first["commons"].url not in repr(first["commons"])


def test_every_provider_with_receipts_can_write_them() -> None:
    adapters = {CARRIERS[slug].adapter.value for slug in WITH_RECEIPTS}
    assert adapters == set(WRITERS)


def test_a_receipt_waits_a_moment_and_a_desk_that_is_away_is_tried_again(
    loopback: Loopback, postman: Postman
) -> None:
    now_s = 1_000.0
    postman.clock = lambda: now_s
    postman.hooks = providers.open_hooks("http://127.0.0.1:9")
    let_it("pushgate", Scenario.OK)
    send("pushgate")
    assert postman.deliver(now_s) == 0
    for n in range(TRIES):
        assert postman.waiting == 1
        postman.deliver(now_s + DELAY_S + n * AGAIN_S)
    assert postman.waiting == 0


def test_a_scenario_stays_when_the_providers_start_again(loopback: Loopback) -> None:
    let_it("northpost", Scenario.LYING)
    sealed = bytes(Provider.objects.get(slug="harbour-sms").sealed_settings or b"")
    providers.point_at(4711)
    northpost = Provider.objects.get(slug="northpost")
    assert providers.scenario_of(northpost) is Scenario.LYING
    assert ":4711/" in northpost.address
    harbour = Provider.objects.get(slug="harbour-sms")
    assert bytes(harbour.sealed_settings or b"") == sealed


def test_figures_set_what_we_believe_beside_what_was_received(
    loopback: Loopback,
) -> None:
    let_it("pushgate", Scenario.LYING)
    for n in range(5):
        send("pushgate", f"order-{n}")
    let_it("northpost", Scenario.DOWN)
    send("northpost")
    rows = simulator.providers()

    found = simulator.figures(rows, simulator.received(rows), timezone.now())

    by_slug = {row.slug: found[row.pk] for row in rows}
    assert by_slug["pushgate"] == Figures(asked=5, taken=5, received=0)
    assert by_slug["pushgate"].is_doubtful
    assert by_slug["northpost"] == Figures(asked=1, refused=1, received=0)
    assert by_slug["commons"] == Figures(received=0)
    assert not by_slug["northpost"].is_doubtful


def test_without_their_process_nobody_knows_what_was_received(
    settings: Settings,
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    providers.point_at(9)
    rows = simulator.providers()
    assert simulator.received(rows) is None
    found = simulator.figures(rows, None, timezone.now())
    assert {each.received for each in found.values()} == {None}


def test_who_answers_in_other_words_is_not_believed(loopback: Loopback) -> None:
    rows = simulator.providers()
    loopback.counts = lambda: {"northpost": {"asked": 1}}  # type: ignore[method-assign]
    assert simulator.received(rows) is None
    assert simulator.received([]) is None
