"""How do tests let a provider report?"""

from typing import Any

from django.test import Client
from django.utils import timezone

from deliveries import receipts
from deliveries.models import (
    ChannelKind,
    DeliveryAttempt,
    HookCount,
    HookEndpoint,
    Message,
    MessageState,
    Outcome,
    Provider,
    Source,
)
from deliveries.receipts import dialects
from tests.deliveries.receipts import signing, told
from tests.factories import make_address, make_attempt, make_message, make_route


def handed_over(
    provider: Provider, ref: str = told.REF, source: Source | None = None
) -> Message:
    """A message that the provider has accepted under a name of its own."""
    address = make_address(source, "lin@shop.example", channel=ChannelKind.EMAIL)
    message = make_message(address=address, channel=ChannelKind.EMAIL)
    route = provider.routes.first() or make_route(provider)
    attempt = make_attempt(message, route)
    now = timezone.now()
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.ACCEPTED,
        started_at=now,
        finished_at=now,
        due_at=None,
        provider_ref=ref,
    )
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.ACCEPTED, provider=provider, last_outcome=Outcome.ACCEPTED
    )
    return Message.objects.get(pk=message.pk)


class Account:
    """One account of a provider, and the address at which it reports."""

    def __init__(
        self,
        provider: Provider | None,
        dialect: str,
        scheme: str = "",
        source: Source | None = None,
    ) -> None:
        self.dialect = dialects.dialect(dialect)
        # Amazon's own signature has tests of its own: it needs a certificate.
        schemes = [each for each in self.dialect.schemes if each != "sns"]
        self.scheme = scheme or schemes[0]
        secret = signing.SECRETS.get(self.scheme)
        self.row, self.token = receipts.issue(
            dialect_name=dialect,
            provider=provider,
            source=source,
            proof=receipts.Proof(self.scheme, [secret] if secret else []),
        )
        self.path = receipts.path_of(self.row, self.token)
        self.client = Client()

    def sign(self, body: Any, *, at: int | None = None) -> signing.Signed:
        """A body as the provider would sign it now, or at a time (s)."""
        now = int(timezone.now().timestamp()) if at is None else at
        form = self.dialect.form
        return signing.sign(self.scheme, body, path=self.path, at=now, form=form)

    def send(self, signed: signing.Signed, path: str = "") -> Any:
        """Post what is signed."""
        return self.client.post(
            path or self.path,
            signed.body,
            content_type=signed.content_type,
            headers=signed.headers,
        )

    def post(self, body: Any, *, at: int | None = None) -> Any:
        """Sign and post."""
        return self.send(self.sign(body, at=at))


def counts(endpoint: HookEndpoint | None) -> dict[str, int]:
    """How much came in at an address, by its fate."""
    rows = HookCount.objects.filter(endpoint=endpoint)
    return dict(rows.values_list("fate", "count"))
