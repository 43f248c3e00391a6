"""Who may see and change what in the admin site? The same table as everywhere.

An admin class names two actions; nothing here grants anything, and being a superuser
bypasses nothing. Tables that only use cases may write name no changing action.
"""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest

from deliveries.admin.confirming import ConfirmingAdmin
from deliveries.admin.showing import differences
from deliveries.request import as_known


class PolicyModelAdmin(ConfirmingAdmin):
    """Answers every permission question from the actor's actions.

    ``helps`` says below each field what it does; the history of a row keeps what each
    change was, from what to what.
    """

    helps: ClassVar[dict[str, Any]] = {}
    read_action: ClassVar[str] = ""
    write_action: ClassVar[str] = ""
    show_full_result_count = False
    list_per_page = 50

    def _may(self, request: HttpRequest, action: str) -> bool:
        return bool(action) and as_known(request).actor.may(action)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Put the help below the field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in self.helps:
            field.help_text = self.helps[db_field.name]
        return field

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002  (stock signature)
    ) -> Any:
        """Say what was changed, in the machine's words."""
        said = "; ".join(str(each) for each in differences(form, self.secret))
        stock = super().construct_change_message(request, form, formsets, add)
        return stock if add or not said else said

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to who may read one of its tables."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admit to read."""
        return self._may(request, self.read_action)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admit to add, where use cases are not the only writers."""
        return self._may(request, self.write_action)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admit to change, where use cases are not the only writers."""
        return self._may(request, self.write_action)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was referred to is disabled, not deleted."""
        return False


class ReadableAdmin(PolicyModelAdmin):
    """A table that is written elsewhere."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make every column readable, and none writable."""
        return [
            field.name
            for field in self.model._meta.fields
            if not isinstance(field, models.BinaryField)
        ]


class FactAdmin(ReadableAdmin):
    """A table that use cases alone write: readable for auditors and admins."""

    read_action = "audit.read"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admit who may read every row; these lists know no narrower scope."""
        everything = as_known(request).actor.sees_everything
        return everything and super().has_view_permission(request, obj)


class ConfigurationAdmin(PolicyModelAdmin):
    """A table that an admin keeps by hand."""

    read_action = "system.read"
    write_action = "provider.manage"
