"""Which changes among the facts is a source told of?"""

from deliveries.models import (
    Address,
    ChangeKind,
    DelegatedSend,
    FactChange,
    Suppression,
)
from triage import instructions, webhooks
from triage.models import WebhookKind

MOST_REFS = 20  # people of one address that are named


def follow(change: FactChange) -> None:
    """Tell the source of a change, if it listens. Needs an open transaction."""
    subject, message, n = change.subject_id, change.message_id, change.attempt_n
    match change.kind:
        case ChangeKind.SUPPRESSION:
            orders = Suppression.objects.select_related("category")
            _suppression(orders.filter(pk=subject or 0).first())
        case ChangeKind.RESEND_REQUESTED:
            rows = DelegatedSend.objects.filter(pk=subject or 0)
            _resend(
                WebhookKind.RESEND_REQUESTED,
                rows.select_related(*instructions.SHOWN).first(),
            )
        case ChangeKind.ATTEMPT_FINISHED:
            rows = DelegatedSend.objects.filter(
                attempt__message=message or 0, attempt__n=n or 0
            )
            _resend(
                WebhookKind.RESEND_SETTLED,
                rows.select_related(*instructions.SHOWN).first(),
            )
        case _:
            pass


def _resend(kind: WebhookKind, item: DelegatedSend | None) -> None:
    if item is not None:
        webhooks.emit(kind, item.source_id, item.public_id, instructions.shown(item))


def _suppression(order: Suppression | None) -> None:
    if order is None:
        return
    lifted = order.lifted_at is not None
    kind = WebhookKind.SUPPRESSION_LIFTED if lifted else WebhookKind.SUPPRESSION_ADDED
    people = Address.objects.filter(
        recipient__source=order.source_id,
        channel=order.channel,
        pseudonym=order.pseudonym,
    )
    refs = people.order_by("pk").values_list("recipient__external_ref", flat=True)
    # The address itself stays with us; the source knows its people by their references.
    data = {
        "recipient_refs": list(refs[:MOST_REFS]),
        "channel": order.channel,
        "purpose": order.purpose,
        "category": order.category.slug,
        "since": order.since,
        "until": order.until,
        "lifted_at": order.lifted_at,
    }
    webhooks.emit(kind, order.source_id, f"suppression-{order.pk}", data)
