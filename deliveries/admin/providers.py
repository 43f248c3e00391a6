"""How are providers and routes kept, and how are credentials set that nobody sees?"""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deliveries import vault
from deliveries.admin.helps import PROVIDER, ROUTE
from deliveries.admin.policy import ConfigurationAdmin
from deliveries.channels.catalogue import OVERRIDE, Spec, spec_of
from deliveries.channels.entries import Malformed
from deliveries.channels.filling import PLACEHOLDER, names
from deliveries.models import Dedup, Provider, Route

if TYPE_CHECKING:
    StockForm = forms.ModelForm[Provider]
else:
    StockForm = forms.ModelForm

KEY_NAMES = {"key", "uuid"}


class Unseen(forms.Textarea):
    """A field whose text goes in and never comes out, not even after a mistake."""

    def format_value(self, value: Any) -> str:
        """Show nothing."""
        return ""


class ProviderForm(StockForm):
    """A provider as its entry in ``providers.json`` allows it."""

    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        help_text=_("Leave empty for the provider’s own."),
    )
    settings = forms.JSONField(
        label=_("Settings"),
        required=False,
        help_text=_("What is no secret, in JSON. docs/channels.md has the names."),
    )
    credentials = forms.CharField(
        label=_("Credentials"),
        required=False,
        strip=True,
        widget=Unseen(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "In JSON by name, or the one credential as it is. Leave empty to keep the"
            " present ones. They are never shown."
        ),
    )

    class Meta:
        model = Provider
        fields: ClassVar = [
            "slug",
            "name",
            "channel",
            "adapter",
            "address",
            "settings",
            "dedup",
            "attainable_level",
            "enabled",
        ]

    def clean(self) -> dict[str, Any]:
        """Hold the provider against its entry, and say everything that is wrong."""
        given: dict[str, Any] = super().clean() or {}
        if "adapter" not in given or self.errors.get("settings"):
            return given
        given["settings"] = given.get("settings") or {}
        try:
            spec = self._spec(given)
        except ValidationError as error:
            self.add_error("settings", error)
            return given
        given["address"] = given.get("address") or spec.base
        for field, check in (
            ("address", _check_address),
            ("channel", _check_channel),
            ("settings", _check_settings),
            ("dedup", _check_dedup),
            ("attainable_level", _check_level),
        ):
            self._hold(field, check, spec, given)
        self._hold("credentials", self._check_credentials, spec, given)
        return given

    def _hold(self, field: str, check: Any, spec: Spec, given: dict[str, Any]) -> None:
        if field in self.errors:
            return
        try:
            check(spec, given)
        except ValidationError as error:
            self.add_error(field, error)

    def _spec(self, given: dict[str, Any]) -> Spec:
        if not isinstance(given["settings"], dict):
            raise ValidationError(_now("Write an object in JSON."))
        try:
            return spec_of(given["adapter"], given["settings"])
        except Malformed as error:
            raise ValidationError(
                _now("This is not understood: %(fault)s"), params={"fault": str(error)}
            ) from error

    def _check_credentials(self, spec: Spec, given: dict[str, Any]) -> None:
        text = given.get("credentials")
        found = _credentials(spec, text) if text else self._present()
        known = {*spec.secrets, *spec.optional_secrets}
        if missing := sorted({*spec.secrets} - {*found}):
            raise ValidationError(
                _now("“%(name)s” is missing."), params={"name": missing[0]}
            )
        if text and (others := sorted({*found} - known)):
            raise ValidationError(
                _now("“%(name)s” is not one of this adapter."),
                params={"name": others[0]},
            )
        given["credentials"] = found if text else None

    def _present(self) -> dict[str, str]:
        try:
            return self.instance.credentials
        except vault.Unreadable:
            return {}


def _credentials(spec: Spec, text: str) -> dict[str, str]:
    """Read credentials by name, or the only one that the adapter has as it is."""
    known = [*spec.secrets, *spec.optional_secrets]
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    named = isinstance(found, dict) and all(
        isinstance(value, str) and value for value in found.values()
    )
    if named and (len(known) != 1 or {*found} == {*known}):
        return {str(name): value for name, value in found.items()}
    if len(known) == 1:
        return {known[0]: text}
    # The text itself is no part of the message: it would be shown.
    raise ValidationError(_now("Write an object of texts in JSON."))


def _check_address(spec: Spec, given: dict[str, Any]) -> None:
    schemes = ("smtp", "smtps") if spec.transport == "smtp" else ("https", "http")
    address = given["address"]
    if not address and spec.call and PLACEHOLDER.fullmatch(spec.call.url):
        return
    if address.partition("://")[0] not in schemes:
        raise ValidationError(
            _now("The address has to begin with one of: %(schemes)s."),
            params={"schemes": ", ".join(f"{each}://" for each in schemes)},
        )


def _check_channel(spec: Spec, given: dict[str, Any]) -> None:
    if given.get("channel") not in spec.channels:
        raise ValidationError(_now("The adapter does not carry this channel."))


def _check_settings(spec: Spec, given: dict[str, Any]) -> None:
    settings = given["settings"]
    if others := sorted({*settings} - {*spec.settings}):
        raise ValidationError(
            _now("“%(name)s” is not one of this adapter."), params={"name": others[0]}
        )
    for name, default in spec.settings.items():
        value = settings.get(name, default)
        if value is None or (default is None and value == ""):
            raise ValidationError(_now("“%(name)s” is missing."), params={"name": name})
        if name != OVERRIDE and not isinstance(value, str | int):
            raise ValidationError(
                _now("“%(name)s” has to be a text or a number."), params={"name": name}
            )


def _check_dedup(spec: Spec, given: dict[str, Any]) -> None:
    """Refuse a promise that would let a second copy go out after a crash."""
    dedup = given.get("dedup")
    sent = {*names([spec.call.headers, spec.call.bodies])} if spec.call else KEY_NAMES
    if dedup not in (Dedup.NONE, spec.dedup) or (
        dedup == Dedup.KEY and not sent & KEY_NAMES
    ):
        raise ValidationError(_now("The adapter does not offer this."))


def _check_level(spec: Spec, given: dict[str, Any]) -> None:
    if (given.get("attainable_level") or 0) > spec.attainable:
        raise ValidationError(
            _now("The adapter reaches level %(level)d at most."),
            params={"level": int(spec.attainable)},
        )


@admin.register(Provider)
class ProviderAdmin(ConfigurationAdmin):
    """Carriers of messages."""

    form = ProviderForm
    list_display = ("name", "channel", "adapter", "address", "dedup", "enabled")
    list_filter = ("channel", "enabled")
    search_fields = ("slug", "name")
    readonly_fields = ("credentials_set",)
    helps = PROVIDER
    far_reaching = ("channel", "adapter", "address", "dedup", "enabled")
    secret = ("credentials",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        """Lock the slug of what exists: its credentials are sealed to it."""
        return ("credentials_set", "slug") if obj else ("credentials_set",)

    @admin.display(description=_("Present credentials"))
    def credentials_set(self, obj: Provider) -> str:
        """Say when credentials were set, and nothing else about them."""
        if not obj.sealed_settings:
            return _now("Not set.")
        if obj.credentials_set_at is None:
            return _now("Set.")
        day = timezone.localtime(obj.credentials_set_at)
        return _now("Set on %(date)s.") % {"date": date_format(day, "DATETIME_FORMAT")}

    def save_model(
        self,
        request: HttpRequest,
        obj: Provider,
        form: Any,
        change: bool,  # noqa: FBT001  (stock signature)
    ) -> None:
        """Seal new credentials."""
        if found := form.cleaned_data.get("credentials"):
            obj.seal(found, timezone.now())
        super().save_model(request, obj, form, change)


@admin.register(Route)
class RouteAdmin(ConfigurationAdmin):
    """In which order providers are tried."""

    list_display = ("channel", "region", "provider", "position", "enabled")
    helps = ROUTE
    far_reaching = ("channel", "region", "provider", "position", "weight", "enabled")
    list_filter = ("channel", "enabled")
    search_fields = ("region", "provider__name")
    list_select_related: ClassVar = ("provider",)
