"""How are the addresses kept at which providers report?"""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries import receipts
from deliveries.admin.helps import HOOK
from deliveries.admin.policy import ConfigurationAdmin, FactAdmin
from deliveries.models import HookCount, HookEndpoint, ParkedReceipt, Scheme

if TYPE_CHECKING:
    StockForm = forms.ModelForm[HookEndpoint]
else:
    StockForm = forms.ModelForm


KEPT = ("…:…",)  # stands for secrets that nobody needs to open


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = self.instance.scheme

    def clean(self) -> dict[str, Any]:
        """Refuse a proof that the dialect cannot give, or one without its secret."""
        found: dict[str, Any] = super().clean() or {}
        secrets = found["secrets"] = found.get("secrets", "").split()
        if "dialect" in found and "scheme" in found:
            kept = self.instance.sealed_secrets and found["scheme"] == self.before
            kept = kept and found["scheme"] != Scheme.NONE
            proof = receipts.Proof(found["scheme"], secrets or (KEPT if kept else ()))
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
    helps = HOOK
    far_reaching = ("provider", "source", "dialect", "scheme", "enabled")
    secret = ("secrets",)
    list_filter = ("enabled", "dialect")
    search_fields = ("provider__name",)
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
    list_filter = ("endpoint__provider",)
    list_select_related: ClassVar = ("endpoint__provider",)
