"""What were reporters told, and by which links may they look? Read only."""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import Carrier, LinkBudget, Notice, Reply, StatusLink, TipShowing


@admin.register(Reply)
class ReplyAdmin(FactAdmin):
    """What agents wrote to reporters."""

    list_display = ("ticket", "author", "at", "undone_at")
    search_fields = ("=ticket__number", "author__username")
    list_select_related: ClassVar = ("ticket", "author")


@admin.register(Notice)
class NoticeAdmin(FactAdmin):
    """Updates for reporters, the newest first."""

    list_display = ("public_id", "report", "kind", "state", "skipped", "planned_at")
    list_filter = ("state", "kind", "skipped")
    list_select_related: ClassVar = ("report",)
    ordering = ("-pk",)


@admin.register(Carrier)
class CarrierAdmin(FactAdmin):
    """The messages that took notices to people."""

    list_display = ("notice", "message", "at")
    search_fields = ("=notice__public_id", "=message__external_id")
    list_select_related: ClassVar = ("notice", "message")


@admin.register(StatusLink)
class StatusLinkAdmin(FactAdmin):
    """Links to status pages; a digest opens nothing."""

    list_display = ("report", "created_at", "revoked_at")
    search_fields = ("=report__public_id",)
    list_select_related: ClassVar = ("report",)


@admin.register(LinkBudget)
class LinkBudgetAdmin(FactAdmin):
    """How often links and networks were used this hour."""

    list_display = ("key", "hour", "used")
    search_fields = ("=key",)


@admin.register(TipShowing)
class TipShowingAdmin(FactAdmin):
    """Tips that people saw, the newest first, and what came after."""

    list_display = ("version", "category", "channel", "source", "shown_at", "after")
    list_filter = ("after", "channel", "source")
    search_fields = ("version__title", "category__slug")
    list_select_related: ClassVar = ("version", "category", "source")
    ordering = ("-pk",)
