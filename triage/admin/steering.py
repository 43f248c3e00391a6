"""How are queues, their people and the rules that fill them kept in the admin site?"""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries.admin import ConfigurationAdmin
from deliveries.request import as_known
from triage.models import Membership, Queue, RoutingRule

ANY = _("Empty: whichever it is.")
QUEUE: dict[str, Any] = {
    "slug": _("Part of the addresses of its pages; links that people kept name it."),
    "name": _("Its name for people."),
    "name_zh_hans": _("Empty: readers of Chinese see the other name."),
    "calendar": _("Without one, every hour is a working hour."),
    "escalate_at": _(
        "Unserved people times minutes at which leads are told. Empty: never."
    ),
    "escalate_again_at": _("And once more, later. It has to be the greater number."),
}
MEMBERSHIP: dict[str, Any] = {
    "person": _("Who it is. Nobody changes their own place."),
    "queue": _("Where they work. Empty for a person of a source."),
    "source": _("Whose keys, webhooks and reports they see. Empty for a queue."),
    "role": _("docs/permissions.md says what each role may do."),
}
RULE: dict[str, Any] = {
    "position": _("The lowest number is asked first; the first match decides."),
    "channel": ANY,
    "family": _("The first part of a cause, such as recipient. Empty: any cause."),
    "category": _("One cause alone. Empty: any of the family."),
    "provider": _("The slug of the provider. Empty: whichever it is."),
    "region": ANY,
    "source": ANY,
    "queue": _("Where tickets that match go."),
    "enabled": _("Off: the rule is passed over."),
}


@admin.register(Queue)
class QueueAdmin(ConfigurationAdmin):
    """Piles of work."""

    write_action = "account.manage"
    list_display = ("name", "name_zh_hans", "slug", "calendar", "escalate_at")
    list_select_related: ClassVar = ("calendar",)
    helps = QUEUE
    far_reaching = ("slug", "calendar", "escalate_at", "escalate_again_at")
    list_filter = ("calendar",)
    search_fields = ("slug", "name", "name_zh_hans")


@admin.register(Membership)
class MembershipAdmin(ConfigurationAdmin):
    """Who works where, as what. Nobody grants a role to themselves."""

    write_action = "account.manage"
    list_display = ("person", "queue", "source", "role")
    search_fields = ("person__username", "person__first_name", "person__last_name")
    helps = MEMBERSHIP
    far_reaching = ("person", "queue", "source", "role")
    list_filter = ("role", "queue")
    list_select_related: ClassVar = ("person", "queue", "source")

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer everybody but oneself."""
        if db_field.name == "person":
            me = as_known(request).actor.person_id
            kwargs["queryset"] = User.objects.exclude(Q(pk=me))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Lock one's own."""
        return not self._is_own(request, obj) and super().has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let a membership end, unless it is one's own."""
        return not self._is_own(request, obj) and self._may(request, self.write_action)

    def _is_own(self, request: HttpRequest, obj: Membership | None) -> bool:
        return obj is not None and obj.person_id == as_known(request).actor.person_id


@admin.register(RoutingRule)
class RoutingRuleAdmin(ConfigurationAdmin):
    """Which tickets go where; the first match decides."""

    write_action = "account.manage"
    list_display = ("position", "channel", "family", "provider", "queue", "enabled")
    helps = RULE
    far_reaching = tuple(RULE)
    list_filter = ("enabled", "channel", "queue")
    search_fields = ("provider", "region")
    list_select_related: ClassVar = ("queue",)
