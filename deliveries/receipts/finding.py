"""Which message, and which try of it, is a receipt about?

By the provider's own reference, by the name that we gave the try, which also stands in
``Message-ID`` and return path, or by the source's id where an endpoint has a source.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deliveries.models import DeliveryAttempt, HookEndpoint, Message

# A name of ours: mail systems change the case of what stands before the at sign.
NAME = re.compile(
    r"(?<![0-9A-Za-z_])msg_([0-9a-z]{26})(?:[.:]([0-9]{1,9}))?(?![0-9A-Za-z])",
    re.IGNORECASE,
)
MOST_NAMES = 20  # of one text that are looked up


@dataclass(frozen=True, slots=True)
class Match:
    """A message, and the number of the try if that is known."""

    message: Message
    attempt_n: int | None


class Finder:
    """Looks up the messages of many receipts with a fixed number of queries.

    An endpoint sees what was handed to its provider, or is of no known provider, and
    belongs to its source if it has one. Without an endpoint everything is seen.
    """

    def __init__(
        self, endpoint: HookEndpoint | None, refs: Iterable[Sequence[str]]
    ) -> None:
        self._endpoint = endpoint
        wanted = {ref for each in refs for ref in each}
        names = [found for ref in wanted for found in names_in(ref)]
        self._by_ref = self._attempts_by_ref(wanted)
        self._by_name = self._messages({name for name, _ in names})
        self._by_external = self._of_source(wanted)

    def find(self, refs: Sequence[str]) -> Match | None:
        """Return what the first of the names that leads anywhere leads to."""
        for ref in refs:
            attempt = self._by_ref.get(ref)
            if attempt is not None:
                return Match(attempt.message, attempt.n)
            for name, generation in names_in(ref):
                message = self._by_name.get(name)
                if message is not None:
                    return Match(message, _try_of(message, generation))
            known = self._by_external.get(ref) or self._by_external.get(ref.strip("<>"))
            if known is not None:
                return Match(known, None)
        return None

    def _attempts_by_ref(self, wanted: set[str]) -> dict[str, DeliveryAttempt]:
        provider = self._endpoint.provider_id if self._endpoint else None
        if provider is None or not wanted:
            return {}
        rows = DeliveryAttempt.objects.filter(
            provider_ref__in=wanted, route__provider=provider
        ).select_related("message__address__recipient__source")
        return {
            row.provider_ref: row
            for row in rows.order_by("n")
            if self._sees_source(row.message)
        }

    def _messages(self, names: set[str]) -> dict[str, Message]:
        if not names:
            return {}
        rows = Message.objects.filter(public_id__in=names)
        rows = rows.select_related("address__recipient__source")
        found = {row.public_id: row for row in rows if self._sees_source(row)}
        return {name: row for name, row in found.items() if self._sees_provider(row)}

    def _of_source(self, wanted: set[str]) -> dict[str, Message]:
        source = self._endpoint.source_id if self._endpoint else None
        if source is None or not wanted:
            return {}
        bare = {ref.strip("<>") for ref in wanted}
        rows = Message.objects.filter(source=source, external_id__in=bare | wanted)
        rows = rows.select_related("address__recipient__source")
        return {row.external_id: row for row in rows if self._sees_provider(row)}

    def _sees_source(self, message: Message) -> bool:
        source = self._endpoint.source_id if self._endpoint else None
        return source in (None, message.source_id)

    def _sees_provider(self, message: Message) -> bool:
        """A provider may speak of what it was given, and of nobody else's."""
        provider = self._endpoint.provider_id if self._endpoint else None
        if provider is None or message.provider_id in (None, provider):
            return True
        return message.attempts.filter(route__provider=provider).exists()


def names_in(text: str) -> list[tuple[str, int | None]]:
    """Find our names in a text: public id of the message, and generation of the try."""
    found = [
        (f"msg_{match[1].upper()}", int(match[2]) if match[2] else None)
        for match in NAME.finditer(text)
    ]
    return list(dict.fromkeys(found))[:MOST_NAMES]


def _try_of(message: Message, generation: int | None) -> int | None:
    if generation is None:
        return None
    key = f"{message.public_id}:{generation}"
    rows = message.attempts.filter(idempotency_key=key).order_by("-n")
    return rows.values_list("n", flat=True).first()
