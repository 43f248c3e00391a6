"""How do selections, what was done with them, and saved views look in the admin?"""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from deliveries.admin import FactAdmin
from triage.models import (
    BulkAction,
    ChangeRehearsal,
    Export,
    ExportPart,
    Handover,
    HandoverLine,
    SavedView,
    Selection,
)


@admin.register(Selection)
class SelectionAdmin(FactAdmin):
    """Selections, the newest first; their ids are not shown."""

    list_display = ("token", "owner", "queue", "query", "made_at", "expires_at")
    search_fields = ("=token", "owner__username")
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
    list_filter = ("shared_with",)
    search_fields = ("name", "owner__username")
    list_select_related: ClassVar = ("owner", "queue", "shared_with")


@admin.register(Handover)
class HandoverAdmin(FactAdmin):
    """What shifts gave each other, the newest first."""

    list_display = ("given_by", "to_person", "to_queue", "action", "at")
    list_filter = ("to_queue",)
    list_select_related: ClassVar = ("given_by", "to_person", "to_queue", "action")


@admin.register(HandoverLine)
class HandoverLineAdmin(FactAdmin):
    """Where each ticket stood when it was handed over."""

    list_display = ("handover", "ticket", "line")
    search_fields = ("=ticket__number",)
    list_select_related: ClassVar = (
        "handover__given_by",
        "handover__to_person",
        "handover__to_queue",
        "ticket",
    )


@admin.register(Export)
class ExportAdmin(FactAdmin):
    """Who took which list along as a file, the newest first; the file is not here."""

    list_display = (
        "id",
        "requested_by",
        "query",
        "format",
        "state",
        "expected",
        "written",
        "requested_at",
    )
    list_filter = ("state", "format")
    search_fields = ("requested_by__username", "query")
    list_select_related: ClassVar = ("requested_by",)


@admin.register(ChangeRehearsal)
class ChangeRehearsalAdmin(FactAdmin):
    """Who tries out which change of routing, promises or hours, the newest first."""

    list_display = (
        "id",
        "asked_by",
        "kind",
        "target",
        "verb",
        "state",
        "examined",
        "total",
        "asked_at",
    )
    list_filter = ("kind", "state")
    search_fields = ("asked_by__username",)
    list_select_related: ClassVar = ("asked_by",)


@admin.register(ExportPart)
class ExportPartAdmin(FactAdmin):
    """How many parts a file has; what is in them is handed out with the file alone."""

    list_display = ("id", "export", "number")
    list_filter = ("export__state",)
    list_select_related: ClassVar = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportPart]:
        """Leave the files where they are."""
        found: QuerySet[ExportPart] = super().get_queryset(request).defer("content")
        return found
