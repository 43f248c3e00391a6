"""Who changed which setting, when, and from what to what? Read only."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from deliveries.admin import FactAdmin


@admin.register(LogEntry)
class LogEntryAdmin(FactAdmin):
    """Every change made by hand to a setting, the newest first."""

    list_display = (
        "action_time",
        "user",
        "content_type",
        "object_repr",
        "action_flag",
        "change_message",
    )
    list_filter = (
        "action_flag",
        ("content_type", admin.RelatedOnlyFieldListFilter),
        "action_time",
    )
    search_fields = ("object_repr", "change_message", "user__username")
    list_select_related: ClassVar = ("user", "content_type")
    ordering = ("-pk",)
