"""Which text was published over an earlier one, so that its readers have to hear?"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from knowledgebase.models.version import ArticleVersion


class Publication(DueRow):
    """A due row for one published text; the work is to find who knew an earlier one."""

    version = models.OneToOneField(
        ArticleVersion,
        models.CASCADE,
        related_name="publication",
        verbose_name=_("article version"),
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    objects = DueQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-pk"]
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    def __str__(self) -> str:
        return str(self.version_id)
