"""Which knowledge has the best chance to help with a ticket?

First what helped against this very failure, then what is about its cause; among these
whatever holds in the largest share of cases that one may count on. Votes rank nothing.
Where these are few, published articles follow that say what the failure says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from knowledgebase import effects, search
from knowledgebase.effects import NOTHING, Figures
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    TranslationState,
)
from triage.models import Resolution, Ticket

LIMIT = 5
ALIKE = 2  # articles for their words alone, at most


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article, the text of it to read, and what it did so far.

    ``figures`` are of the ticket's cause and channel; ``helped_here`` counts the
    resolutions of this very failure that it is known to have mended. ``is_alike`` says
    that it is here for its words alone.
    """

    article: Article
    version: ArticleVersion
    figures: Figures
    helped_here: int
    is_published: bool
    is_alike: bool = False

    @property
    def rank(self) -> tuple[bool, bool, float, int]:
        """The larger the better."""
        return (
            self.is_published,
            self.helped_here > 0,
            self.figures.low,
            self.article.pk,
        )


class Fixes:
    """What may help with a ticket; three queries, which may be asked with others.

    ``texts`` is asked first; ``alike`` and ``measured`` only then. ``words`` is what
    the failure says, redacted; for three queries more it finds what says the same.
    """

    def __init__(self, ticket: Ticket, words: str = "") -> None:
        self.words = words
        group = ticket.group
        cited = Resolution.objects.filter(ticket__group=group.pk)
        of_cause = Article.objects.filter(categories=ticket.cause.pk)
        any_or_this = Q(article__channels=[]) | Q(
            article__channels__contains=[group.channel]
        )
        self.texts = _texts(
            Q(article__in=cited.values("article_version__translation__article"))
            | Q(article__in=of_cause.values("pk")) & any_or_this
        ).annotate(helped_here=Coalesce(_held(cited), 0))
        self.category_id, self.channel = ticket.cause.pk, group.channel

    @cached_property
    def alike_ids(self) -> list[int]:
        """The articles that are alike by their words, the best first."""
        known = {each.article_id for each in self.texts}
        room = min(ALIKE, LIMIT - len(known))
        if room <= 0 or not self.words:
            return []
        others = Article.objects.exclude(pk__in=known).exclude(audience=Audience.TIP)
        return search.like(self.words, others, limit=room)

    @cached_property
    def alike(self) -> QuerySet[ArticleTranslation]:
        """Their texts."""
        if not self.alike_ids:
            return ArticleTranslation.objects.none()
        return _texts(Q(article__in=self.alike_ids, published_version__isnull=False))

    @cached_property
    def measured(self) -> effects.Cells:
        """What these articles did against the cause on the channel."""
        ids = list({*(each.article_id for each in self.texts), *self.alike_ids})
        return effects.cells(ids, category_id=self.category_id, channel=self.channel)

    def ranked(self, limit: int = LIMIT) -> list[Suggestion]:
        """The best first; those that are only alike come last, in their own order."""
        figures = effects.summed(self.measured)
        of_cause = _ranked(self.texts, figures)
        alike = {each.article.pk: each for each in _ranked(self.alike, figures)}
        last = [
            replace(alike[pk], is_alike=True) for pk in self.alike_ids if pk in alike
        ]
        return [*of_cause, *last][:limit]


def for_ticket(ticket: Ticket, limit: int = LIMIT) -> list[Suggestion]:
    """What may help with a ticket, the best first; two queries."""
    return Fixes(ticket).ranked(limit)


def about(category_id: int, limit: int = LIMIT) -> list[Suggestion]:
    """What may help against a cause on any channel, the best first; two queries."""
    of_cause = Article.objects.filter(categories=category_id)
    texts = _texts(Q(article__in=of_cause.values("pk")))
    ids = list({each.article_id for each in texts})
    measured = effects.of_articles(ids, category_id=category_id)
    return _ranked(texts, measured)[:limit]


def _texts(which: Q) -> QuerySet[ArticleTranslation]:
    rows = ArticleTranslation.objects.filter(which, current_version__isnull=False)
    rows = rows.exclude(article__audience=Audience.TIP)
    rows = rows.exclude(state=TranslationState.ARCHIVED)
    return rows.select_related(
        "article", "current_version", "published_version"
    ).order_by("article", "locale")


def _held(cited: QuerySet[Resolution]) -> Subquery:
    held = cited.filter(
        article_version__translation__article=OuterRef("article"),
        verified_at__isnull=False,
        regressed_at__isnull=True,
    )
    counted = held.order_by().values("article_version__translation__article")
    return Subquery(
        counted.annotate(held=Count("pk")).values("held"),
        output_field=IntegerField(),
    )


def _ranked(
    rows: Iterable[ArticleTranslation], measured: Mapping[int, Figures]
) -> list[Suggestion]:
    texts: dict[int, list[ArticleTranslation]] = defaultdict(list)
    for row in rows:
        texts[row.article_id].append(row)
    found = [
        _suggestion(each, measured.get(article, NOTHING))
        for article, each in texts.items()
    ]
    return sorted(found, key=lambda each: each.rank, reverse=True)


def _suggestion(texts: list[ArticleTranslation], figures: Figures) -> Suggestion:
    wanted = (get_language() or "en").lower()
    texts.sort(key=lambda each: (not each.is_readable, each.locale != wanted))
    best = texts[0]
    version = best.published_version if best.is_readable else best.current_version
    assert version is not None  # noqa: S101  _texts asks for one
    helped: int = getattr(best, "helped_here", 0)
    return Suggestion(best.article, version, figures, helped, best.is_readable)
