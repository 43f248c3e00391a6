"""Which incidents are one, and who said so? Read only."""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import GroupAlias


@admin.register(GroupAlias)
class GroupAliasAdmin(FactAdmin):
    """Merges of incidents; made and undone on their pages."""

    list_display = ("digest", "into", "group", "made_by", "made_at")
    list_filter = ("made_at", "retired_at")
    list_select_related: ClassVar = ("into", "group", "made_by")
