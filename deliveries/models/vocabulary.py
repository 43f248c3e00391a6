"""Which closed sets of words do the facts use?"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelKind(models.TextChoices):
    """The ways a message can travel."""

    PUSH = "push", _("Push")
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    CHAT = "chat", _("Chat")
    SOCIAL = "social", _("Social")
    WEBHOOK = "webhook", _("Webhook")


class Purpose(models.TextChoices):
    """What a message is for; decides consent, evidence and urgency."""

    SECURITY = "security", _("Security")
    TRANSACTIONAL = "transactional", _("Transactional")
    SOCIAL = "social", _("Social")
    MARKETING = "marketing", _("Marketing")


class EvidenceLevel(models.IntegerChoices):
    """What is known about the delivery of a message; it never falls."""

    NONE = 0, _("Nothing known")
    REQUESTED = 1, _("Requested")
    ACCEPTED = 2, _("Accepted")
    DELIVERED = 3, _("Delivered")
    CONFIRMED = 4, _("Confirmed")


NEEDED_LEVEL: dict[str, EvidenceLevel] = {
    Purpose.SECURITY: EvidenceLevel.DELIVERED,
    Purpose.TRANSACTIONAL: EvidenceLevel.DELIVERED,
    Purpose.SOCIAL: EvidenceLevel.ACCEPTED,
    Purpose.MARKETING: EvidenceLevel.ACCEPTED,
}


def known(
    field: str, choices: type[models.Choices], name: str
) -> models.CheckConstraint:
    """Make the constraint that admits only the listed values of a choice field."""
    condition = models.Q(**{f"{field}__in": choices.values})
    return models.CheckConstraint(condition=condition, name=name)


class Named(models.Model):
    """Something that operators call by a slug and people by a name."""

    slug = models.SlugField(_("slug"), max_length=60)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        abstract = True
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name
