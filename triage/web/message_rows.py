"""What is asked about one message, and who holds it?"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from deliveries import together
from deliveries.actor import Actor
from deliveries.models import DeliveryAttempt, DeliveryEvent, Message, Suppression
from triage import tickets
from triage.tickets import Standing


class MessageRows:
    """The questions about one message, and what is known once they are answered.

    ``reached`` are levels of evidence with their time, the earliest of each last.
    """

    def __init__(self, message: Message, now: datetime) -> None:
        self.message, self.now = message, now
        tries = message.attempts.select_related("route__provider").order_by("n")
        self.attempts: QuerySet[DeliveryAttempt] = tries
        trusted = message.events.filter(trusted=True).order_by("-occurred_at")
        self.reached: QuerySet[DeliveryEvent, tuple[int, datetime]] = (
            trusted.values_list("level", "occurred_at")
        )
        self._orders = _orders(message, now)
        self._inquiry = tickets.Inquiry(message)
        self._standing: Standing | None = None

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The questions, for :func:`deliveries.together.fetch`."""
        return self.attempts, self.reached, self._orders, *self._inquiry.rows

    @property
    def standing(self) -> Standing:
        """Whether it may be sent again, and what stands against it."""
        if self._standing is None:
            self._standing = self._inquiry.answer(self.now)
        return self._standing

    @property
    def suppression(self) -> Suppression | None:
        """The order not to write to its address, the newest."""
        return next(iter(self._orders), None)


def _orders(message: Message, now: datetime) -> QuerySet[Suppression]:
    if message.address is None:
        return Suppression.objects.none()
    active = Suppression.objects.active(now).filter(
        source=message.source_id,
        channel=message.channel,
        pseudonym=message.address.pseudonym,
    )
    return together.first(active.select_related("category"))


def held(rows: MessageRows | None, actor: Actor) -> dict[str, str] | None:
    """Say which bulk resend holds the message; with its address if one may see it."""
    item = rows.standing.held if rows else None
    if item is None:
        return None
    operation = item.operation
    visible = actor.sees_everything or actor.queue_ids >= set(operation.queue_ids)
    url = reverse("resend", args=[operation.number]) if visible else ""
    return {"text": tickets.of_holding(item), "url": url}
