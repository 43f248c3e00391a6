"""Which rows answer a question, of each kind the newest first?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from deliveries import newest, terms
from deliveries.actor import Actor
from deliveries.models import ChannelKind, FailureCategory, Provider
from deliveries.newest import Newest
from triage.search.kinds import KINDS, Kind

SHOWN = 5  # of each kind beside the others
PAGE = 50  # of one kind alone
SUGGESTED = 3
LIKE = 0.4  # word similarity, 0 to 1, from which a name is offered instead


class Since(models.TextChoices):
    """How far back one looks."""

    DAY = "day", _("Last 24 hours")
    WEEK = "week", _("Last 7 days")
    MONTH = "month", _("Last 30 days")


SPANS = {
    Since.DAY: timedelta(days=1),
    Since.WEEK: timedelta(days=7),
    Since.MONTH: timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: words, and what narrows the answer."""

    text: str
    kind: str = ""
    channel: str = ""
    since: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that count."""
        return terms.asked(self.text)


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows of one kind; ``last`` is the key at which a further page begins.

    ``partly`` is true if the reader has to ask for older rows to be looked at.
    """

    kind: Kind
    rows: list[Any]
    more: bool
    whole: bool
    partly: bool
    last: int


def find(
    actor: Actor, asked: Asked, *, now: datetime, before: int | None = None
) -> list[Hits]:
    """Return the kinds that have an answer for this actor, each with its newest rows.

    With ``asked.kind`` that kind alone, and more of it.
    """
    words = asked.words
    if not words:
        return []
    wanted = [KINDS[asked.kind]] if asked.kind else list(KINDS.values())
    causes = _causes() if any(kind.causes for kind in wanted) else terms.no_others
    limit = PAGE if asked.kind else SHOWN
    left = [kind for kind in wanted if actor.may(kind.action)]
    found: list[tuple[Kind, Newest]] = []
    while left:
        try:
            with newest.looking():
                while left:
                    also = causes if left[0].causes else terms.no_others
                    question = terms.query(words, also)
                    keys = _keys(
                        left[0], actor, asked, question, limit, now, before, found
                    )
                    found.append((left.pop(0), keys))
        except newest.TookTooLong:
            found.append((left.pop(0), Newest([], more=False, whole=False)))
    hits = [
        Hits(
            kind,
            _fetched(kind, keys) if keys.ids else [],
            more=keys.more,
            whole=keys.whole,
            partly=keys.reached is not None,
            last=keys.last,
        )
        for kind, keys in found
    ]
    return [each for each in hits if each.rows or each.partly or not each.whole]


def _fetched(kind: Kind, keys: Newest) -> list[Any]:
    """Return the rows behind keys; joins are planned as everywhere."""
    by_key = {row.pk: row for row in kind.fetched.fetch(keys.ids)}
    return [by_key[pk] for pk in keys.ids if pk in by_key]


def _keys(
    kind: Kind,
    actor: Actor,
    asked: Asked,
    question: str,
    limit: int,
    now: datetime,
    before: int | None,
    others: list[tuple[Kind, Newest]],
) -> Newest:
    rows = kind.visible(actor)
    if asked.channel and kind.channel:
        rows = rows.filter(**{kind.channel: asked.channel})
    since = None
    if asked.since:
        since = newest.Since(kind.at, now - SPANS[Since(asked.since)])
        rows = rows.filter(**{f"{kind.at}__gte": since.moment})
    own = newest.holding(
        rows,
        question,
        limit=limit,
        before=before,
        within=kind.within(actor) if kind.within else None,
        since=since,
    )
    if kind.also is None:
        return own
    narrowed = asked.channel or asked.since
    told = {} if narrowed else {each.slug: keys for each, keys in others}
    more = kind.also(actor, rows, question, limit, before, told.get("reports"))
    return own.beside(more, limit)


def _causes() -> Callable[[str], Iterable[str]]:
    """Return what else a word may stand for: causes and channels that are called so."""
    called = [
        (slug, f"{name_en} {name_zh}".lower())
        for slug, name_en, name_zh in FailureCategory.objects.values_list(
            "slug", "name_en", "name_zh_hans"
        )
    ]
    for channel in ChannelKind:
        names = []
        for language in ("en", "zh-hans"):
            with translation.override(language):
                names.append(str(channel.label).lower())
        called.append((channel.value, " ".join(names)))

    def of(word: str) -> list[str]:
        # Two letters of Latin stand in every other name.
        if word.isascii() and len(word) < terms.PREFIX_FROM:
            return []
        return [slug for slug, names in called if word in names]

    return of


def suggestions(asked: Asked) -> list[str]:
    """Names that are written much like the question, for when nothing was found."""
    text = " ".join(asked.words)
    offered: list[tuple[float, str]] = []
    for rows, name in (
        (FailureCategory.objects.filter(deprecated_at=None), "name_en"),
        (FailureCategory.objects.filter(deprecated_at=None), "name_zh_hans"),
        (Provider.objects.all(), "slug"),
    ):
        like = rows.annotate(like=TrigramWordSimilarity(text, name))
        like = like.filter(like__gte=LIKE).order_by("-like", "pk")
        offered += like.values_list("like", name)[:SUGGESTED]
    best = sorted(offered, key=lambda each: -each[0])
    return list(dict.fromkeys(name for _like, name in best))[:SUGGESTED]
