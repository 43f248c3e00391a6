"""How do the facts look in the admin site?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin.policy import FactAdmin
from deliveries.models import (
    Address,
    DelegatedSend,
    DeliveryAttempt,
    DeliveryEvent,
    FactChange,
    IdempotencyKey,
    Message,
    Recipient,
    RecipientKey,
    Suppression,
)


@admin.register(Message)
class MessageAdmin(FactAdmin):
    """Messages, the newest first."""

    list_display = ("external_id", "source", "channel", "purpose", "state", "region")
    list_filter = ("channel", "state", "purpose")
    search_fields = ("external_id", "public_id")
    list_select_related: ClassVar = ("source",)


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(FactAdmin):
    """Attempts with what came back."""

    list_display = ("message", "n", "cause", "outcome", "reply_code", "finished_at")
    list_filter = ("outcome", "cause")
    list_select_related: ClassVar = ("message",)


@admin.register(DelegatedSend)
class DelegatedSendAdmin(FactAdmin):
    """Tries that a source makes on our instruction."""

    list_display = ("public_id", "source", "state", "code", "asks", "lease_until")
    list_filter = ("state",)
    list_select_related: ClassVar = ("source",)


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(FactAdmin):
    """Evidence, never changed."""

    list_display = ("message", "kind", "level", "trusted", "received_at")
    list_filter = ("kind", "trusted")
    list_select_related: ClassVar = ("message",)


@admin.register(FactChange)
class FactChangeAdmin(FactAdmin):
    """What the layers above were told."""

    list_display = ("kind", "message", "at", "due_at", "parked_at")
    list_filter = ("kind",)
    list_select_related: ClassVar = ("message",)


@admin.register(Suppression)
class SuppressionAdmin(FactAdmin):
    """Orders not to send."""

    list_display = ("channel", "pseudonym", "category", "origin", "since", "lifted_at")
    list_filter = ("channel", "origin")
    list_select_related: ClassVar = ("category",)


@admin.register(Recipient)
class RecipientAdmin(FactAdmin):
    """People, by the source's reference."""

    list_display = ("external_ref", "source", "locale")
    list_filter = ("source",)
    search_fields = ("=external_ref",)
    list_select_related: ClassVar = ("source",)


@admin.register(Address)
class AddressAdmin(FactAdmin):
    """Addresses, masked."""

    list_display = ("masked", "channel", "recipient")
    list_filter = ("channel",)
    list_select_related: ClassVar = ("recipient",)


@admin.register(RecipientKey)
class RecipientKeyAdmin(FactAdmin):
    """Whether a person's key still exists; never the key."""

    list_display = ("recipient", "created_at", "destroyed_at")
    search_fields = ("=recipient__external_ref",)
    list_select_related: ClassVar = ("recipient",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(FactAdmin):
    """Keys of repeated requests."""

    list_display = ("source", "route", "key", "response_status", "created_at")
    list_filter = ("source",)
    search_fields = ("=key",)
    list_select_related: ClassVar = ("source",)
