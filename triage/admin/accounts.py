"""How are accounts kept in the admin site?"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries.admin import PolicyModelAdmin
from deliveries.request import as_known

# Generic for the type checker alone: Django's class takes no parameter when run.
if TYPE_CHECKING:
    StockUserAdmin = UserAdmin[User]
else:
    StockUserAdmin = UserAdmin


class AccountAdmin(PolicyModelAdmin, StockUserAdmin):
    """Staff accounts. Roles in queues are memberships; this form grants only admin."""

    read_action = "account.manage"
    write_action = "account.manage"
    list_display = ("username", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ("groups",)
    far_reaching = ("username", "is_active", "is_superuser", "groups")
    helps: ClassVar = {
        "username": _("With it they log in and are called in notes: @name."),
        "first_name": _("As colleagues read it."),
        "last_name": _("As colleagues read it."),
        "email": _("Where mails about their inbox go, and links for a new password."),
        "is_active": _("Off: they are out at once, and what they did stays theirs."),
        "is_superuser": _(
            "The role admin: keeps keys, providers and accounts, and works no ticket."
        ),
        "groups": _(
            "Roles outside queues: editor keeps the knowledge, auditor reads everything"
            " masked and changes nothing."
        ),
    }
    fieldsets: ClassVar = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Roles"), {"fields": ("is_active", "is_superuser", "groups")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Lock one's own roles: nobody grants a role to themselves."""
        locked = ["last_login", "date_joined"]
        if obj is not None and obj.pk == as_known(request).actor.person_id:
            locked += ["is_active", "is_superuser", "groups"]
        return locked

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: Any,
        change: bool,  # noqa: FBT001  (stock signature)
    ) -> None:
        """Keep Django's own flag, which a library's pages ask, equal to the role."""
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)


class RoleAdmin(PolicyModelAdmin, GroupAdmin):
    """The roles outside queues: editor and auditor. Their names are fixed."""

    read_action = "account.manage"
    fields = ("name",)


def register(site: admin.AdminSite) -> None:
    """Put accounts under the table; libraries' own pages about them are closed."""
    for model in list(site._registry):
        if model._meta.app_label in ("account", "mfa", "auth"):
            site.unregister(model)
    site.register(User, AccountAdmin)
    site.register(Group, RoleAdmin)
