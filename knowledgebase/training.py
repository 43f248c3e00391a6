"""What has a person to read by when, and how is it made sure that they read it?

The page of an item hands out a proof of which texts it showed. Whoever says that they
have understood shows it again, so that nothing can be ticked off unread, and a text
that was published anew meanwhile is read first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from knowledgebase import history
from knowledgebase.models import (
    Article,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    TrainingCause,
    TrainingItem,
)
from knowledgebase.refusals import Conflict, Invalid

READ_WITHIN = timedelta(days=7)
TEXTS_OF_A_CAUSE = 5
NEVER = date.max
SALT = "knowledgebase.training"
PROOF_HOLDS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reopened:
    """A ticket that somebody solved was taken up again; ``occasion`` names which."""

    person_id: int
    category_id: int
    occasion: str


def due(person_id: int | None) -> QuerySet[TrainingItem]:
    """What a person has to read, the most urgent first."""
    rows = TrainingItem.objects.of(person_id).open().with_everything_for_list()
    return rows.order_by("read_by", "pk")


def title_of(item: TrainingItem) -> str:
    """What a line about an item says: the article's title, or the cause."""
    if item.category is not None:
        return item.category.name
    if item.article_version is None:  # the database admits no such row
        return ""
    version = item.article_version
    return (version.translation.published_version or version).title


# --- reading --------------------------------------------------------------------------


def texts(item: TrainingItem) -> list[ArticleVersion]:
    """What an item asks to read now, in the reader's language where that is the same.

    A changed article in the language that was known; an article of a module in the
    reader's; of a cause what is published about it for staff, at most five.
    """
    ids = _texts(item)
    rows = ArticleVersion.objects.select_related("translation__article").in_bulk(ids)
    return [rows[pk] for pk in ids]


def _texts(item: TrainingItem) -> list[int]:
    if item.category_id is not None:
        about = Article.objects.about(item.category_id).exclude(audience=Audience.TIP)
        found = [each.readable_version() for each in about.with_versions_for_list()]
        return [each.pk for each in found if each is not None][:TEXTS_OF_A_CAUSE]
    if item.article_version is None:  # the database admits no such row
        return []
    translation = item.article_version.translation
    if item.cause == TrainingCause.MODULE:
        rows = Article.objects.with_versions_for_list()
        text = rows.get(pk=translation.article_id).readable_version()
    else:
        text = translation.published_version if translation.is_readable else None
    return [] if text is None else [text.pk]


def proof(item: TrainingItem, shown: Sequence[ArticleVersion]) -> str:
    """Say which texts of an item were opened, signed for the person of the item."""
    ids = [each.pk for each in shown]
    return signing.dumps([item.pk, item.person_id, ids], salt=SALT)


def _opened(text: str, pk: int, person_id: int) -> list[int]:
    try:
        of, by, shown = signing.loads(text, salt=SALT, max_age=PROOF_HOLDS)
    except signing.BadSignature:
        of, by, shown = None, None, []
    if (of, by) != (pk, person_id):
        raise Invalid("proof", _("Open the text, then say that you have read it."))
    return list(shown)


def complete(pk: int, person_id: int, shown: str, now: datetime) -> TrainingItem:
    """Note that a person has read and understood what their item asks for.

    ``shown`` is the :func:`proof` of the page. A second time changes nothing. Raises
    ``TrainingItem.DoesNotExist`` for another's item, :class:`Invalid` when the text
    was not opened, :class:`Conflict` when it is no longer the published one.
    """
    with transaction.atomic():
        rows = TrainingItem.objects.select_for_update(of=("self",)).of(person_id)
        item = rows.select_related("article_version__translation").get(pk=pk)
        if item.understood_at is not None:
            return item
        read = _opened(shown, pk, person_id)
        texts_read = _still_published(item, read)
        if item.article_version is not None:
            item.article_version = texts_read[0]
        item.understood_at = now
        item.save(update_fields=["article_version", "understood_at"])
        return item


def _still_published(item: TrainingItem, read: list[int]) -> list[ArticleVersion]:
    """Lock the languages of the texts, so that none is published anew meanwhile."""
    versions = ArticleVersion.objects.filter(pk__in=read)
    locked = ArticleTranslation.objects.select_for_update(of=("self",)).filter(
        pk__in=versions.values("translation")
    )
    translations = list(locked.select_related("published_version").order_by("pk"))
    current = [
        each.published_version
        for each in translations
        if each.published_version is not None
        and each.is_readable
        and each.published_version_id in read
        and _is_asked(item, each)
    ]
    if len(current) != len(read) or (item.article_version_id and not current):
        moved = translations[0] if translations else None
        raise Conflict(
            history.latest(moved.article_id, moved.locale) if moved else None
        )
    return current


def _is_asked(item: TrainingItem, translation: ArticleTranslation) -> bool:
    if item.article_version is None:
        return True
    known = item.article_version.translation
    if item.cause == TrainingCause.MODULE:
        return known.article_id == translation.article_id
    return known.pk == translation.pk


def progress(people: "QuerySet[User]", since: datetime) -> "QuerySet[Any, Any]":
    """How far people are, by person and module; the most overdue first.

    Rows of dicts: ``person``, ``module`` (None for what changed and came back, of
    which what was understood before ``since`` is left out), ``total``, ``done``,
    ``next_by`` (the first day, ``NEVER`` when all is done), ``module_key``.
    """
    waits = Q(understood_at__isnull=True)
    rows = TrainingItem.objects.filter(
        Q(pk__in=TrainingItem.objects.open().values("pk")) | ~waits,
        Q(module__isnull=True) & (waits | Q(understood_at__gte=since))
        | Q(module__archived_at__isnull=True, round=F("module__round")),
        person__in=people,
    ).annotate(module_key=Coalesce("module", 0))
    counted = rows.order_by().values("person", "module", "module_key")
    return counted.annotate(
        total=Count("pk"),
        done=Count("pk", filter=~waits),
        next_by=Coalesce(Min("read_by", filter=waits), NEVER),
    ).order_by("next_by", "person", "module_key")


# --- what makes items -----------------------------------------------------------------


def understood_before(version: ArticleVersion) -> dict[int, int]:
    """Who has understood an earlier text of the same language, and the newest such."""
    rows = TrainingItem.objects.understood().filter(
        article_version__translation=version.translation_id,
        article_version__number__lt=version.number,
    )
    ordered = rows.order_by("article_version__number")
    return dict(ordered.values_list("person", "article_version"))


def tell_readers(
    version: ArticleVersion, knew: Mapping[int, int], now: datetime
) -> None:
    """Ask those who knew an earlier text to read a new one.

    ``knew`` names the text that each person knew. Who has not read the earlier text yet
    reads the new one in its place; who wrote, approved or has understood it knows it.
    """
    with transaction.atomic():
        waiting = _move_on(version)
        told = TrainingItem.objects.understood().filter(
            article_version__translation=version.translation_id,
            article_version__number__gte=version.number,
        )
        know = {version.author_id, version.reviewer_id, *waiting}
        know.update(told.values_list("person", flat=True))
        made = [
            TrainingItem(
                person_id=person,
                cause=TrainingCause.ARTICLE_CHANGED,
                article_version=version,
                known_version_id=known,
                occasion=f"version:{version.pk}",
                read_by=(now + READ_WITHIN).date(),
            )
            for person, known in sorted(knew.items())
            if person not in know
        ]
        TrainingItem.objects.bulk_create(made, ignore_conflicts=True)


def _move_on(version: ArticleVersion) -> set[int]:
    """Let open items about an earlier text be about this one; return whose they are."""
    open_items = TrainingItem.objects.filter(understood_at__isnull=True)
    same = open_items.filter(article_version__translation=version.translation_id)
    already = open_items.filter(
        person=OuterRef("person"),
        cause=OuterRef("cause"),
        module__isnull=True,
        article_version=version,
    )
    earlier = same.filter(article_version__number__lt=version.number)
    earlier.filter(cause=TrainingCause.MODULE).update(article_version=version)
    changed = earlier.filter(~Exists(already), cause=TrainingCause.ARTICLE_CHANGED)
    changed.update(article_version=version, occasion=f"version:{version.pk}")
    return set(same.values_list("person", flat=True))


def tell_of_reopened(reopened: Iterable[Reopened], now: datetime) -> None:
    """Ask people to read up on the causes of tickets that came back to the desk."""
    rows = [
        TrainingItem(
            person_id=each.person_id,
            cause=TrainingCause.OWN_REOPENED,
            category_id=each.category_id,
            occasion=each.occasion,
            read_by=(now + READ_WITHIN).date(),
        )
        for each in reopened
    ]
    TrainingItem.objects.bulk_create(rows, ignore_conflicts=True)
