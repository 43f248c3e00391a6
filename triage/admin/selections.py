"""How do selections, what was done with them, and saved views look in the admin?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import BulkAction, SavedView, Selection


@admin.register(Selection)
class SelectionAdmin(FactAdmin):
    """Selections, the newest first; their ids are not shown."""

    list_display = ("token", "owner", "queue", "query", "made_at", "expires_at")
    list_select_related: ClassVar = ("owner", "queue")
    exclude = ("ids",)


@admin.register(BulkAction)
class BulkActionAdmin(FactAdmin):
    """Actions on many tickets, the newest first."""

    list_display = (
        "id",
        "action",
        "state",
        "requested_by",
        "expected",
        "applied",
        "refused",
        "failed",
        "requested_at",
    )
    list_filter = ("action", "state")
    list_select_related: ClassVar = ("requested_by",)


@admin.register(SavedView)
class SavedViewAdmin(FactAdmin):
    """Lists that people keep by name."""

    list_display = ("name", "owner", "queue", "query", "shared_with")
    list_select_related: ClassVar = ("owner", "queue", "shared_with")
