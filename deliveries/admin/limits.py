"""How do consent, limits and the health of routes look in the admin site?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin.helps import CAP, QUIET
from deliveries.admin.policy import ConfigurationAdmin, FactAdmin
from deliveries.models import (
    CapUse,
    Consent,
    FrequencyCap,
    OutcomeRollup,
    QuietHours,
    RouteHealth,
)


@admin.register(Consent)
class ConsentAdmin(FactAdmin):
    """What people have agreed to."""

    list_display = ("address", "purpose", "state", "origin", "confirmed_at")
    list_filter = ("purpose", "state")
    list_select_related: ClassVar = ("address",)


@admin.register(FrequencyCap)
class FrequencyCapAdmin(ConfigurationAdmin):
    """How often one address may be written to."""

    list_display = ("source", "channel", "purpose", "max_sends", "window_s")
    helps = CAP
    far_reaching = tuple(CAP)
    list_filter = ("channel", "purpose", "source")
    list_select_related: ClassVar = ("source",)


@admin.register(QuietHours)
class QuietHoursAdmin(ConfigurationAdmin):
    """When nobody is written to."""

    list_display = ("source", "channel", "purpose", "starts", "ends")
    helps = QUIET
    far_reaching = tuple(QUIET)
    list_filter = ("channel", "purpose", "source")
    list_select_related: ClassVar = ("source",)


@admin.register(CapUse)
class CapUseAdmin(FactAdmin):
    """How much of each cap is used."""

    list_display = ("cap", "pseudonym", "window_start", "used")
    search_fields = ("=pseudonym",)
    list_select_related: ClassVar = ("cap",)


@admin.register(RouteHealth)
class RouteHealthAdmin(FactAdmin):
    """The breakers of routes."""

    list_display = ("route", "state", "requests", "failures", "opened_at")
    list_filter = ("state",)
    list_select_related: ClassVar = ("route__provider",)


@admin.register(OutcomeRollup)
class OutcomeRollupAdmin(FactAdmin):
    """Outcomes by bucket."""

    list_display = ("bucket", "grain", "provider", "sends", "accepted", "delivered")
    list_filter = ("grain", "channel")
    list_select_related: ClassVar = ("provider",)
