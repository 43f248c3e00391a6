"""What do readers say about a text?"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from knowledgebase.models.version import ArticleVersion
from knowledgebase.models.vocabulary import FeedbackKind, ReaderKind

COMMENT_MAX = 1_000  # characters


class ArticleFeedback(models.Model):
    """Words for the editor; they change no ranking. ``person`` is a colleague."""

    version = models.ForeignKey(
        ArticleVersion,
        models.CASCADE,
        related_name="feedback",
        verbose_name=_("version"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=FeedbackKind.choices)
    comment = models.TextField(_("comment"), max_length=COMMENT_MAX, blank=True)
    actor_kind = models.CharField(_("reader"), max_length=6, choices=ReaderKind.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("article feedback")
        verbose_name_plural = _("article feedback")
        constraints: ClassVar = [
            known("kind", FeedbackKind, "articlefeedback_kind_known"),
            known("actor_kind", ReaderKind, "articlefeedback_actor_kind_known"),
            models.CheckConstraint(
                condition=models.Q(LessThanOrEqual(Length("comment"), COMMENT_MAX)),
                name="articlefeedback_comment_short",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=True) | models.Q(actor_kind="person"),
                name="articlefeedback_person_is_staff",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.kind}"
