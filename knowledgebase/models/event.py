"""What was done to an article, by whom, and with which words?"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import append_only, known
from knowledgebase.models.article import Article
from knowledgebase.models.version import ArticleVersion
from knowledgebase.models.vocabulary import ArticleAct, Locale

NOTE_MAX = 2_000  # characters


class ArticleEvent(models.Model):
    """One line of an article's history; without an actor the machine did it.

    ``change`` holds what has no column: the reason of being stale, the time of a
    scheduled publishing, which properties were changed. Codes and ids, never text.
    """

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="events", verbose_name=_("article")
    )
    locale = models.CharField(
        _("language"), max_length=10, choices=Locale.choices, blank=True
    )
    version = models.ForeignKey(
        ArticleVersion,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version"),
    )
    act = models.CharField(_("act"), max_length=12, choices=ArticleAct.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    note = models.TextField(_("words"), max_length=NOTE_MAX, blank=True)
    change = models.JSONField(_("change"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("article event")
        verbose_name_plural = _("article events")
        constraints: ClassVar = [
            known("act", ArticleAct, "articleevent_act_known"),
            models.CheckConstraint(
                condition=models.Q(locale__in=[*Locale.values, ""]),
                name="articleevent_locale_known",
            ),
        ]
        indexes: ClassVar = [
            # Owners are told of what was marked lately.
            models.Index(
                fields=["at"],
                name="articleevent_marked_stale",
                condition=models.Q(act="marked_stale"),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            append_only("articleevent_append_only")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.act}"
