"""What do the tables say against sending some messages?

One question for any number of them; what it finds is judged by the gate.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from deliveries import breaker, circuit, limits, prepared
from deliveries.circuit import Circuit
from deliveries.limits import NO_RULES
from deliveries.models import DeliveryAttempt, Message, Outcome, ResendItem


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at ``now`` about some messages and their tries.

    ``superseded`` and ``suppressed`` are ids of messages; ``consents`` are states by
    id of the message, ``resends`` states by id of the item, ``troubled`` circuits by
    id of the route.
    """

    now: datetime
    superseded: frozenset[int]
    suppressed: frozenset[int]
    consents: Mapping[int, str]
    resends: Mapping[int, str]
    troubled: Mapping[int, Circuit]
    rules: limits.Rules

    def shut_until(self, route_id: int) -> datetime | None:
        """Return until when a route lets nothing pass."""
        found = self.troubled.get(route_id)
        return circuit.shut_until(found, self.now) if found else None


def look(
    messages: Collection[Message], attempts: Collection[DeliveryAttempt], now: datetime
) -> Known:
    """Look for what speaks against messages, and against their tries if they have any.

    Lock the messages before if the answer has to hold until something is written.
    """
    routes = sorted({attempt.route_id for attempt in attempts})
    found = _ask(messages, routes, now)
    limited = any(row.limited for row in found)
    troubled = any(row.troubled for row in found)
    return Known(
        now=now,
        superseded=frozenset(row.message for row in found if row.superseded),
        suppressed=frozenset(row.message for row in found if row.suppressed),
        consents={row.message: row.consent for row in found if row.consent},
        resends=_resends(attempts),
        troubled=breaker.troubled(routes) if troubled else {},
        rules=limits.rules_for(messages) if limited else NO_RULES,
    )


# Each part goes by an index that exists for it. A consent that has not lapsed is the
# only one of its address and purpose. A message is asked about as it is in memory: its
# try may go to another address.
_QUESTION = prepared.OfRows(
    """
SELECT message.id,
    EXISTS (
        SELECT FROM deliveries_message AS newer WHERE newer.supersedes_id = message.id
    ),
    EXISTS (
        SELECT FROM deliveries_suppression AS told
        WHERE told.source_id = message.source_id AND told.channel = message.channel
            AND told.pseudonym = message.pseudonym
            AND (told.purpose IS NULL OR told.purpose = message.purpose)
            AND told.lifted_at IS NULL AND (told.until IS NULL OR told.until > %(now)s)
    ),
    (
        SELECT consent.state FROM deliveries_consent AS consent
        WHERE consent.address_id = message.address_id
            AND consent.purpose = message.purpose AND consent.state <> 'lapsed'
    ),
    EXISTS (
        SELECT FROM deliveries_frequencycap AS cap
        WHERE cap.source_id = message.source_id AND cap.channel = message.channel
            AND cap.purpose = message.purpose
    ) OR EXISTS (
        SELECT FROM deliveries_quiethours AS quiet
        WHERE quiet.source_id = message.source_id AND quiet.channel = message.channel
            AND quiet.purpose = message.purpose
    ),
    EXISTS (
        SELECT FROM deliveries_routehealth AS health
        WHERE health.route_id = ANY (%(routes)s::bigint[]) AND health.state <> 'closed'
    )
FROM ({rows}) AS message
""",
    {
        "id": "bigint",
        "source_id": "bigint",
        "channel": "text",
        "purpose": "text",
        "address_id": "bigint",
        "pseudonym": "text",
    },
)


class _Row(NamedTuple):
    message: int
    superseded: bool
    suppressed: bool
    consent: str | None
    limited: bool
    troubled: bool


def _ask(
    messages: Collection[Message], routes: Sequence[int], now: datetime
) -> list[_Row]:
    rows = [
        (
            each.pk,
            each.source_id,
            each.channel,
            each.purpose,
            each.address_id,
            each.address.pseudonym if each.address else None,
        )
        for each in messages
    ]
    found = _QUESTION.ask(rows, {"now": now, "routes": [*routes]})
    return [_Row(*row) for row in found]


def _resends(attempts: Collection[DeliveryAttempt]) -> dict[int, str]:
    """Where the bulk resends stand; of no matter once a try may have been made.

    A call that may have been made is asked again with its key, so that its end is
    known, whatever became of the resend.
    """
    asked = [
        attempt.resend_item_id
        for attempt in attempts
        if attempt.resend_item_id and attempt.outcome == Outcome.PLANNED
    ]
    if not asked:
        return {}
    rows = ResendItem.objects.filter(pk__in=asked).order_by()
    return dict(rows.values_list("pk", "operation__state"))
