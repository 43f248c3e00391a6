"""How do inboxes, macros, canned texts, files and watches look in the admin site?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import Attachment, CannedText, Macro, StaffNotice, Watch


@admin.register(StaffNotice)
class StaffNoticeAdmin(FactAdmin):
    """Lines of inboxes, the newest first."""

    list_display = ("person", "kind", "ticket", "at", "read_at", "mailed_at")
    list_filter = ("kind",)
    list_select_related: ClassVar = ("person", "ticket")


@admin.register(Macro)
class MacroAdmin(FactAdmin):
    """Macros; kept by the leads on their own page."""

    list_display = ("name", "queue", "version", "changed_by", "changed_at")
    list_filter = ("queue",)
    search_fields = ("name",)
    list_select_related: ClassVar = ("queue", "changed_by")


@admin.register(CannedText)
class CannedTextAdmin(FactAdmin):
    """Canned texts; kept by the leads on their own page."""

    list_display = ("name", "queue", "version", "changed_by", "changed_at")
    list_filter = ("queue",)
    search_fields = ("name",)
    list_select_related: ClassVar = ("queue", "changed_by")


@admin.register(Attachment)
class AttachmentAdmin(FactAdmin):
    """Files of tickets; their content is not shown here."""

    list_display = ("ticket", "name", "media_type", "size", "added_by", "at")
    list_filter = ("media_type",)
    list_select_related: ClassVar = ("ticket", "added_by")
    exclude = ("content",)


@admin.register(Watch)
class WatchAdmin(FactAdmin):
    """Who hears of which ticket."""

    list_display = ("person", "ticket", "at")
    search_fields = ("person__username", "=ticket__number")
    list_select_related: ClassVar = ("person", "ticket")
