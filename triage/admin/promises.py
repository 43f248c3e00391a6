"""How do promises, hours and people’s profiles look in the admin site?

They are written whole, on pages of their own.
"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import (
    AgentProfile,
    BusinessCalendar,
    BusinessHours,
    Decline,
    Holiday,
    SlaClock,
    SlaPolicy,
)


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(FactAdmin):
    """When people work."""

    list_display = ("name", "name_zh_hans", "slug", "zone")
    search_fields = ("slug", "name", "name_zh_hans")


@admin.register(BusinessHours)
class BusinessHoursAdmin(FactAdmin):
    """Openings of weekdays."""

    list_display = ("calendar", "weekday", "opens_min", "closes_min")
    list_filter = ("calendar", "weekday")
    list_select_related: ClassVar = ("calendar",)


@admin.register(Holiday)
class HolidayAdmin(FactAdmin):
    """Days on which nobody works."""

    list_display = ("calendar", "day", "name")
    list_filter = ("calendar",)
    search_fields = ("name",)
    list_select_related: ClassVar = ("calendar",)


@admin.register(SlaPolicy)
class SlaPolicyAdmin(FactAdmin):
    """What queues promise."""

    list_display = (
        "queue",
        "tier",
        "first_response_min",
        "next_update_min",
        "time_to_verified_min",
        "around_the_clock",
    )
    list_filter = ("queue", "tier")
    list_select_related: ClassVar = ("queue",)


@admin.register(SlaClock)
class SlaClockAdmin(FactAdmin):
    """Promises for tickets, kept or not."""

    list_display = ("ticket", "kind", "cycle", "state", "tier", "target_at", "met_at")
    list_filter = ("state", "kind", "tier")
    list_select_related: ClassVar = ("ticket",)


@admin.register(AgentProfile)
class AgentProfileAdmin(FactAdmin):
    """How work is offered to people."""

    list_display = ("person", "capacity", "away_until", "skills")
    search_fields = ("person__username", "person__first_name")
    list_select_related: ClassVar = ("person",)


@admin.register(Decline)
class DeclineAdmin(FactAdmin):
    """Tickets that people were offered and left."""

    list_display = ("ticket", "person", "reason", "at")
    list_filter = ("reason",)
    list_select_related: ClassVar = ("ticket", "person")
