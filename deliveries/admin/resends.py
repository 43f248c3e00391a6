"""How do bulk resends look in the admin site? They are decided about on their page."""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin.policy import FactAdmin
from deliveries.models import ResendEvent, ResendItem, ResendOperation


@admin.register(ResendOperation)
class ResendOperationAdmin(FactAdmin):
    """Bulk resends, the newest first."""

    list_display = ("number", "state", "fault", "created_by", "created_at", "ended_at")
    list_filter = ("state",)
    list_select_related: ClassVar = ("created_by",)


@admin.register(ResendItem)
class ResendItemAdmin(FactAdmin):
    """Messages of bulk resends, with the reason of those that are left out."""

    list_display = ("operation", "message", "state", "exclusion", "attempt_n")
    list_filter = ("state", "exclusion")
    list_select_related: ClassVar = ("operation", "message")


@admin.register(ResendEvent)
class ResendEventAdmin(FactAdmin):
    """Who did what to a bulk resend; never changed."""

    list_display = ("operation", "state", "person", "at")
    list_filter = ("state",)
    list_select_related: ClassVar = ("operation", "person")
