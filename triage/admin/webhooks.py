"""How do endpoints and their deliveries look in the admin site?"""

from typing import ClassVar

from django.contrib import admin

from deliveries.admin import FactAdmin
from triage.models import WebhookDelivery, WebhookEndpoint


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(FactAdmin):
    """Endpoints; their secrets are sealed and not among the columns."""

    list_display = ("public_id", "source", "url", "state", "failing_since")
    list_filter = ("state",)
    list_select_related: ClassVar = ("source",)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(FactAdmin):
    """Deliveries, the newest first."""

    list_display = ("public_id", "endpoint", "kind", "state", "misses", "created_at")
    list_filter = ("state", "kind")
    list_select_related: ClassVar = ("endpoint",)
