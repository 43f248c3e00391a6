"""Who is told by e-mail of new answers to a question, and did they agree to it?

An address is sealed, as every address of a person is; ``address_ref`` names it without
saying it, so that one address follows a question once. Who stops following is deleted.
"""

from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import public_id, vault
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known
from knowledgebase.models.community import Question
from knowledgebase.models.vocabulary import Locale


class FollowerQuerySet(DueQuerySet):
    """Followers of questions; ``due_at`` is when one is looked at for a mail."""

    def confirmed(self) -> "FollowerQuerySet":
        """Those who agreed."""
        return self.filter(confirmed_at__isnull=False)


class Follower(DueRow):
    """One address that follows one question, or was only typed in so far.

    ``expires_at`` is when the link of a confirmation ends; it is empty once the link
    was used. ``told_through`` is the number of the newest answer that was told of
    (``Answer.shown_number``). ``failing_since`` is when the mail server first refused
    the mail that waits.
    """

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "flw_"),
        editable=False,
    )
    question = models.ForeignKey(
        Question,
        models.CASCADE,
        related_name="followers",
        verbose_name=_("question"),
    )
    address_ref = models.CharField(
        _("address’s pseudonym"), max_length=32, editable=False
    )
    sealed_address = models.BinaryField(_("sealed address"), editable=False)
    masked = models.CharField(_("address, masked"), max_length=120)
    author_ref = models.CharField(
        _("author’s pseudonym"), max_length=32, blank=True, editable=False
    )
    locale = models.CharField(_("language"), max_length=10, choices=Locale.choices)
    token_digest = models.CharField(
        _("digest of the link"), max_length=64, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    expires_at = models.DateTimeField(_("link ends at"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    told_through = models.PositiveIntegerField(_("told up to answer"), default=0)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)

    objects: Any = FollowerQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("follower of a question")
        verbose_name_plural = _("followers of questions")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["address_ref"], name="follower_address"),
            models.Index(
                fields=["expires_at"],
                name="follower_expires",
                condition=Q(expires_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            known("locale", Locale, "follower_locale_known"),
            models.UniqueConstraint(
                fields=["question", "address_ref"], name="follower_once"
            ),
            models.UniqueConstraint(
                fields=["token_digest"],
                name="follower_link",
                condition=~Q(token_digest=""),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, expires_at__isnull=False)
                | Q(confirmed_at__isnull=False, expires_at__isnull=True),
                name="follower_confirmed_or_expires",
            ),
            # Nobody agrees but by the link of a mail.
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | ~Q(token_digest=""),
                name="follower_confirmed_by_link",
            ),
            models.CheckConstraint(
                condition=Q(mailed_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="follower_told_is_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    def address(self) -> str:
        """Unseal the plain address, in order to write to it."""
        return vault.unseal_secret(
            bytes(self.sealed_address), context(self.address_ref)
        )


def context(address_ref: str) -> str:
    """The place to which a sealed address is bound."""
    return f"follower:{address_ref}"
