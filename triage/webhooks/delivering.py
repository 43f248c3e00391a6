"""How is a delivery made, at least once, without one endpoint holding up the others?

Claim under a lease, call outside any transaction, record under the epoch of the claim.
A worker that dies leaves its claim to the next, which sends the same body with the
same id: the receiver tells the second from the first by it.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from deliveries import outbound, signatures, vault
from deliveries.channels.answers import retry_after_s
from deliveries.leases import LeaseLost
from triage.models import (
    DisabledReason,
    EndpointState,
    HookDeliveryState,
    WebhookDelivery,
    WebhookEndpoint,
)
from triage.webhooks import schedule

log = logging.getLogger(__name__)

CHUNK = 20  # deliveries claimed at a time
RUN_S = 40.0  # no call begins later after its claim, so that it ends within the lease
SLOW_S = 3.0  # whoever takes so long has its other deliveries wait
ANSWER_BYTES = 2048  # of an answer that are kept, redacted
MOST_TRIES_KEPT = 30  # in the log of one delivery
GONE = 410
SEALED = "sealed"  # the code of a try whose secret could not be unsealed
CRASHED = "crashed"  # the code of a delivery that three workers could not get through

# Protects nothing that a stranger could profit from guessing.
_rng = random.Random()  # noqa: S311


def deliver_due(limit: int = 200) -> int:
    """Make up to ``limit`` due deliveries; return how many were tried.

    Raises ``InsideTransaction`` when a transaction is open.
    """
    return Courier().run(limit)


@dataclass(frozen=True, slots=True)
class Try:
    """One call: when it began, how long it took, what came back."""

    at: datetime
    ms: int
    status: int | None = None
    code: str = ""  # what broke, if there was no whole answer
    answer: str = ""
    retry_after_s: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the endpoint took the delivery."""
        return self.status is not None and 200 <= self.status < 300

    def kept(self) -> dict[str, object]:
        """The entry of the log."""
        return {
            "at": self.at.isoformat(),
            "ms": self.ms,
            "status": self.status,
            "code": self.code,
            "answer": self.answer,
        }


@dataclass(frozen=True, slots=True)
class Courier:
    """One worker's turn; the clocks are those of the tests, if given."""

    now: Callable[[], datetime] = timezone.now
    seconds: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=lambda: _rng)

    def run(self, limit: int) -> int:
        """Work off due deliveries until none, enough, or too late."""
        if transaction.get_connection().in_atomic_block:
            raise outbound.InsideTransaction("Claims commit before anybody is called.")
        stop_at = self.seconds() + RUN_S
        held: dict[int, datetime] = {}
        _park_exhausted(limit, self.now())
        tried = 0
        while limit > 0 and self.seconds() < stop_at:
            rows = WebhookDelivery.objects.select_related("endpoint")
            chunk = rows.claim(min(CHUNK, limit))
            if not chunk:
                break
            limit -= len(chunk)
            for delivery in chunk:
                tried += self._one(delivery, held, stop_at)
        return tried

    def _one(
        self, delivery: WebhookDelivery, held: dict[int, datetime], stop_at: float
    ) -> bool:
        """Try one claimed delivery, or give it back; say whether it was tried."""
        endpoint = delivery.endpoint
        until = held.get(endpoint.pk)
        if until is not None or self.seconds() >= stop_at:
            _give_back(delivery, until or self.now())
            return False
        try:
            if endpoint.state != EndpointState.ACTIVE:
                WebhookDelivery.objects.settle(delivery, state=HookDeliveryState.DEAD)
                return False
            done = self._call(delivery)
            hold = self._record(delivery, done)
        except LeaseLost:
            log.warning("webhook %s: lease lost, result dropped", delivery.public_id)
        except Exception:
            # The edge of the worker: the row keeps its claim and comes back by itself.
            log.exception("webhook %s: crashed", delivery.public_id)
        else:
            if hold is not None:
                held[endpoint.pk] = hold
                _hold_others(endpoint, hold)
            return True
        return False

    def _call(self, delivery: WebhookDelivery) -> Try:
        endpoint, at = delivery.endpoint, self.now()
        body = delivery.body.encode()
        try:
            secrets = endpoint.secrets_at(at)
        except vault.Unreadable:
            return Try(at, 0, code=SEALED)
        stamp = int(at.timestamp())
        signed = [
            signatures.standard_webhook(secret, delivery.event_id, stamp, body)
            for secret in secrets
        ]
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": " ".join(signed),
        }
        began = self.seconds()
        result = outbound.request("POST", endpoint.url, headers=headers, body=body)
        ms = round((self.seconds() - began) * 1000)
        return _read(result, at, ms, endpoint.source_id)

    def _record(self, delivery: WebhookDelivery, done: Try) -> datetime | None:
        """Write down what came back; return until when the endpoint is to rest."""
        endpoint, now = delivery.endpoint, self.now()
        changes: dict[str, object] = {
            "log": [*delivery.log, done.kept()][-MOST_TRIES_KEPT:],
            "last_status": done.status,
        }
        with transaction.atomic():
            if done.taken:
                changes |= {
                    "state": HookDeliveryState.DELIVERED,
                    "delivered_at": now,
                    "misses": 0,
                }
                WebhookDelivery.objects.settle(delivery, **changes)
                _works_again(endpoint)
                slow = done.ms > SLOW_S * 1000
                return now + schedule.SHORTEST_HOLD if slow else None
            self._missed(delivery, done, changes, now)
            return _after_miss(endpoint, done, now)

    def _missed(
        self,
        delivery: WebhookDelivery,
        done: Try,
        changes: dict[str, object],
        now: datetime,
    ) -> None:
        misses = delivery.misses + 1
        wait = schedule.wait_after(misses, done.retry_after_s, self.rng)
        changes["misses"] = misses
        if wait is None or done.status == GONE:
            changes["state"] = HookDeliveryState.DEAD
        else:
            changes |= {"state": HookDeliveryState.DUE, "due_at": now + wait}
        WebhookDelivery.objects.settle(delivery, **changes)


def _read(result: outbound.Result, at: datetime, ms: int, source_id: int) -> Try:
    if isinstance(result, outbound.Refused):
        return Try(at, ms, code=result.reason)
    if isinstance(result, outbound.Unclear):
        if result.answer is None:
            return Try(at, ms, code=result.reason)
        answer = result.answer
    else:
        answer = result
    return Try(
        at,
        ms,
        status=answer.status,
        answer=_redacted(answer.text, source_id),
        retry_after_s=retry_after_s(answer.headers, at),
    )


def _redacted(text: str, source_id: int) -> str:
    clean = vault.redactor(source_id).text(text).text
    return clean.encode()[:ANSWER_BYTES].decode("utf-8", "ignore")


def _works_again(endpoint: WebhookEndpoint) -> None:
    if endpoint.failing_since is not None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
        endpoint.failing_since = None


def _after_miss(endpoint: WebhookEndpoint, done: Try, now: datetime) -> datetime | None:
    """Note that an endpoint fails, disable it in the end; return its rest, if any."""
    since = endpoint.failing_since or done.at
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    rows.filter(failing_since=None).update(failing_since=since)
    if done.status == GONE:
        return _disable(endpoint, DisabledReason.GONE, now)
    if now - since >= schedule.FAILING_FOR:
        return _disable(endpoint, DisabledReason.FAILING, now)
    if done.status is None or done.ms > SLOW_S * 1000:
        return now + schedule.hold(now - since)
    asked = schedule.asked(done.retry_after_s)
    return now + asked if asked else None


def _disable(
    endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime
) -> datetime:
    """Call an endpoint no more; its owner reads why, and may enable it again."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE)
    rows.update(state=EndpointState.DISABLED, disabled_reason=reason, disabled_at=now)
    waiting = endpoint.deliveries.filter(state=HookDeliveryState.DUE)
    waiting.update(state=HookDeliveryState.DEAD, due_at=None)
    return now


def _hold_others(endpoint: WebhookEndpoint, until: datetime) -> None:
    """Let whatever else waits for an endpoint wait at least until a time."""
    waiting = endpoint.deliveries.filter(state=HookDeliveryState.DUE, due_at__lt=until)
    waiting.filter(misses=0).update(due_at=until)


def _give_back(delivery: WebhookDelivery, due_at: datetime) -> None:
    """Return a claim unused; one that was lost meanwhile is somebody else's."""
    rows = WebhookDelivery.objects.filter(
        pk=delivery.pk, epoch=delivery.epoch, state=HookDeliveryState.DUE
    )
    rows.update(due_at=due_at, tries=delivery.tries - 1)


def _park_exhausted(limit: int, now: datetime) -> None:
    """Give up what three workers could not get through, and keep it for a look."""
    for delivery in WebhookDelivery.objects.exhausted(limit):
        entry = Try(now, 0, code=CRASHED).kept()
        try:
            WebhookDelivery.objects.settle(
                delivery,
                state=HookDeliveryState.DEAD,
                parked_at=now,
                log=[*delivery.log, entry][-MOST_TRIES_KEPT:],
            )
        except LeaseLost:
            continue
