"""Which people do sources write to, and at which addresses?"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from deliveries import vault
from deliveries.models.source import Source
from deliveries.models.vocabulary import ChannelKind, known


class Recipient(models.Model):
    """A person as one source knows them."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="recipients", verbose_name=_("source")
    )
    external_ref = models.CharField(_("reference"), max_length=200)
    locale = models.CharField(_("language"), max_length=20, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, db_default=""
    )
    created_at = models.DateTimeField(
        _("created at"), db_default=models.functions.Now()
    )

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_ref"], name="recipient_source_ref"
            ),
        ]

    def __str__(self) -> str:
        return self.external_ref


class RecipientKey(models.Model):
    """The data key of one person; destroying it forgets the person."""

    recipient = models.OneToOneField(
        Recipient, models.CASCADE, related_name="key", verbose_name=_("recipient")
    )
    wrapped_key = models.BinaryField(_("wrapped key"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recipient key")
        verbose_name_plural = _("recipient keys")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(wrapped_key__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped_key__isnull=True, destroyed_at__isnull=False),
                name="recipientkey_destroyed_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return str(self.recipient_id)


class Address(models.Model):
    """Where a person can be reached over one channel; the plain value is sealed."""

    recipient = models.ForeignKey(
        Recipient, models.CASCADE, related_name="addresses", verbose_name=_("recipient")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelKind.choices)
    pseudonym = models.CharField(_("pseudonym"), max_length=32)
    sealed_value = models.BinaryField(_("sealed address"), editable=False)
    masked = models.CharField(_("address, masked"), max_length=120)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes: ClassVar = [
            # Whom an order not to send is about: it names no person.
            models.Index(fields=["pseudonym"], name="address_pseudonym"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recipient", "channel", "pseudonym"],
                name="address_channel_pseudonym",
            ),
            known("channel", ChannelKind, "address_channel_known"),
        ]

    def __str__(self) -> str:
        return self.masked

    def value(self) -> str:
        """Unseal the plain address, in order to send to it."""
        wrapped = self.recipient.key.wrapped_key
        if wrapped is None:
            raise vault.Unreadable("address")
        sealed = bytes(self.sealed_value)
        return vault.unseal(bytes(wrapped), sealed, f"address:{self.channel}")
