"""Which words do the published texts have, and which searches led nowhere?"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries.models import known
from knowledgebase.models.vocabulary import Locale, ReaderKind

WORD_MAX = 64  # characters, as of every term
WORDS_MAX = 100  # characters of a search that is kept


class SearchWord(models.Model):
    """A word of the published texts, in Latin letters, and how many texts have it.

    Derived: ``search.words.refresh`` writes all of them anew.
    """

    word = models.CharField(_("word"), max_length=WORD_MAX, primary_key=True)
    texts = models.PositiveIntegerField(_("texts"))

    class Meta:
        ordering: ClassVar = ["word"]
        verbose_name = _("word of the knowledge")
        verbose_name_plural = _("words of the knowledge")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(texts__gte=1), name="searchword_in_a_text"
            ),
        ]
        indexes: ClassVar = [
            GinIndex(
                fields=["word"], name="searchword_alike", opclasses=["gin_trgm_ops"]
            )
        ]

    def __str__(self) -> str:
        return self.word


class MissedSearch(models.Model):
    """Words that were searched for and led nobody to an article.

    ``found`` says whether anything was offered the last time. No personal data: what
    looks like an address or a number of somebody is dropped before it is kept, and a
    search belongs to nobody. Once a result is opened, the row is deleted.
    """

    words = models.CharField(_("words"), max_length=WORDS_MAX)
    locale = models.CharField(_("language"), max_length=10, choices=Locale.choices)
    reader = models.CharField(_("reader"), max_length=6, choices=ReaderKind.choices)
    found = models.BooleanField(_("something was found"), default=False)
    count = models.PositiveIntegerField(_("how often"), default=1)
    last_at = models.DateTimeField(_("last at"), db_default=Now())
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-count", "-id"]
        verbose_name = _("missed search")
        verbose_name_plural = _("missed searches")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["words", "locale", "reader"], name="missedsearch_words"
            ),
            known("locale", Locale, "missedsearch_locale_known"),
            known("reader", ReaderKind, "missedsearch_reader_known"),
            models.CheckConstraint(
                condition=Q(count__gte=1), name="missedsearch_happened"
            ),
            models.CheckConstraint(
                condition=~Q(words=""), name="missedsearch_has_words"
            ),
            # Nobody's address or number stays, whoever writes the row.
            models.CheckConstraint(
                condition=~Q(words__regex=r"@|[0-9]{6}"),
                name="missedsearch_names_nobody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-count", "-id"],
                name="missedsearch_open",
                condition=Q(dismissed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.words
