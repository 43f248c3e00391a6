"""How are the addresses kept at which providers report?"""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries import receipts
from deliveries.admin.policy import ConfigurationAdmin, FactAdmin
from deliveries.models import HookCount, HookEndpoint, ParkedReceipt, Scheme

if TYPE_CHECKING:
    StockForm = forms.ModelForm[HookEndpoint]
else:
    StockForm = forms.ModelForm


class HookForm(StockForm):
    """An address whose secrets can be set, and never read."""

    secrets = forms.CharField(
        label=_("Secrets"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "What proves who posts; two, with a space between them, while one is "
            "replaced. Leave empty to keep the present ones. They are never shown."
        ),
    )

    class Meta:
        model = HookEndpoint
        fields: ClassVar = ["provider", "source", "dialect", "scheme", "enabled"]

    def clean(self) -> dict[str, Any]:
        """Refuse a proof that the dialect cannot give, or one without its secret."""
        found: dict[str, Any] = super().clean() or {}
        kept = found.get("scheme") == self.instance.scheme and self.instance.pk
        secrets = found.get("secrets", "").split()
        if not secrets and kept and found.get("scheme") != Scheme.NONE:
            secrets = list(self.instance.secrets)
        found["secrets"] = secrets
        if "dialect" in found and "scheme" in found:
            proof = receipts.Proof(found["scheme"], secrets)
            try:
                receipts.check(found["dialect"], found.get("provider"), proof)
            except receipts.BadEndpoint as error:
                raise forms.ValidationError(str(error), code="bad_endpoint") from error
        return found


@admin.register(HookEndpoint)
class HookEndpointAdmin(ConfigurationAdmin):
    """Addresses for receipts; a new one is shown once."""

    form = HookForm
    list_display = ("provider", "source", "dialect", "scheme", "enabled", "created_at")
    list_select_related: ClassVar = ("provider", "source")

    def save_model(
        self,
        request: HttpRequest,
        obj: HookEndpoint,
        form: Any,
        change: bool,  # noqa: FBT001  (stock signature)
    ) -> None:
        """Seal the secrets; show a new address this once."""
        token = "" if change else obj.issue_token()
        secrets = form.cleaned_data["secrets"]
        if secrets:
            obj.seal(secrets)
        super().save_model(request, obj, form, change)
        if token:
            said = {"path": receipts.path_of(obj, token)}
            text = _("The address, shown this once: %(path)s") % said
            self.message_user(request, text, messages.SUCCESS)


@admin.register(HookCount)
class HookCountAdmin(FactAdmin):
    """How much came in, and what became of it."""

    list_display = ("day", "endpoint", "fate", "count")
    list_filter = ("fate",)
    list_select_related: ClassVar = ("endpoint__provider",)


@admin.register(ParkedReceipt)
class ParkedReceiptAdmin(FactAdmin):
    """What came from a provider and could not be read."""

    list_display = ("received_at", "endpoint", "why")
    list_select_related: ClassVar = ("endpoint__provider",)
