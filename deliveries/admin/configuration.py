"""How are sources, keys and categories kept?"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries.admin.helps import CATEGORY, KEY, SOURCE
from deliveries.admin.policy import ConfigurationAdmin, PolicyModelAdmin
from deliveries.models import ApiKey, FailureCategory, Source, issue_key
from deliveries.request import as_known


@admin.register(Source)
class SourceAdmin(ConfigurationAdmin):
    """Sending systems."""

    write_action = "client.manage"
    list_display = ("name", "slug", "default_locale", "created_at")
    list_filter = ("resend_mode", "default_locale")
    search_fields = ("slug", "name")
    fields = ("slug", "name", "default_locale", "time_zone", "resend_mode", "limits")
    helps = SOURCE
    far_reaching = ("slug", "resend_mode", "limits")


@admin.register(ApiKey)
class ApiKeyAdmin(ConfigurationAdmin):
    """Keys; a new one is shown once, and a key is revoked, never changed."""

    write_action = "key.manage"
    list_display = ("name", "prefix", "source", "scopes", "last_used_at", "revoked_at")
    list_filter = ("source",)
    search_fields = ("name", "=prefix")
    list_select_related: ClassVar = ("source",)
    fields = ("source", "name", "scopes", "expires_at")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)
    helps = KEY

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let rows be chosen for revoking; a single key has no changing form."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiKey,
        form: Any,
        change: bool,  # noqa: FBT001  (stock signature)
    ) -> None:
        """Issue the key and show it this once."""
        row, key = issue_key(obj.source, obj.name, list(obj.scopes))
        ApiKey.objects.filter(pk=row.pk).update(
            expires_at=obj.expires_at, created_by=as_known(request).actor.person_id
        )
        obj.pk, obj.prefix, obj.digest = row.pk, row.prefix, row.digest
        self.message_user(
            request,
            _("The key, shown this once: %(key)s") % {"key": key},
            messages.SUCCESS,
        )

    @admin.action(description=_("Revoke the chosen keys"))
    def revoke(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """End keys at once, once that is confirmed; whoever calls with one is refused.

        Processes forget them within ten seconds.
        """
        title = _("Revoke these keys? That cannot be undone.")
        asked = self.ask_for_rows(request, str(title), queryset)
        if asked is not None:
            return asked
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        LogEntry.objects.log_actions(
            as_known(request).actor.person_id or 0, list(queryset), CHANGE, "revoked"
        )
        self.message_user(request, _("%(count)d revoked.") % {"count": count})
        return None


@admin.register(FailureCategory)
class FailureCategoryAdmin(PolicyModelAdmin):
    """The vocabulary: editors keep the words, admins the policy."""

    read_action = "category.read"
    list_display = ("slug", "name_en", "name_zh_hans", "retry_class", "repair_policy")
    list_filter = ("family", "retry_class")
    search_fields = ("slug", "name_en", "name_zh_hans")
    WORDS: ClassVar = ("name_en", "name_zh_hans")
    POLICY: ClassVar = ("handling_level", "retry_class", "repair_policy")
    helps = CATEGORY
    far_reaching = POLICY

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admit whoever keeps either half."""
        return self._may(request, "category.words") or self._may(
            request, "category.policy"
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        """Lock the half that is not the actor's; the slug is never renamed."""
        locked = ["slug", "family", "deprecated_at", "successor"]
        if not self._may(request, "category.words"):
            locked += self.WORDS
        if not self._may(request, "category.policy"):
            locked += self.POLICY
        return tuple(locked)
