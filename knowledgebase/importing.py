"""How do articles come out of files, as often as one likes?

All or nothing: every file is read and checked before the first is written. What a file
says already makes no version, so importing twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor, ActorKind
from deliveries.models import FailureCategory, Provider
from knowledgebase import articles, describing, front_matter, packing, reviewing
from knowledgebase.articles import About, Draft
from knowledgebase.front_matter import Fault, Page, Unreadable
from knowledgebase.models import (
    Article,
    ArticleAct,
    ArticleTranslation,
    ArticleVersion,
    Locale,
    TranslationState,
)
from knowledgebase.refusals import Invalid

STARTER = Path(__file__).with_name("starter")
# Who imports as published has decided what readers get.
MACHINE = Actor(kind=ActorKind.MACHINE, name="import")
PUBLISHER = Actor(
    kind=ActorKind.MACHINE, name="import", actions=frozenset({"article.publish"})
)


@dataclass(slots=True)
class Outcome:
    """How many texts are new, newer than before, as they were, or left to people."""

    new: int = 0
    newer: int = 0
    same: int = 0
    left: int = 0


def pages(path: Path) -> list[Page]:
    """Read and check every file; raises :class:`Unreadable` with all faults at once."""
    found: list[Page] = []
    faults: list[Fault] = []
    for name, text in packing.texts(path):
        try:
            found.append(front_matter.read(name, text))
        except Unreadable as error:
            faults += error.faults
    faults += [*_unknown(found), *_contradictions(found)]
    if faults:
        raise Unreadable(sorted(faults))
    return found


def _unknown(found: Iterable[Page]) -> Iterable[Fault]:
    live = FailureCategory.objects.filter(deprecated_at=None)
    causes = set(live.values_list("slug", flat=True))
    providers = set(Provider.objects.values_list("slug", flat=True))
    for page in found:
        for slug in sorted(set(page.categories) - causes):
            message = _("There is no cause “%(slug)s”.") % {"slug": slug}
            yield page.fault("categories", message)
        for slug in sorted(set(page.providers) - providers):
            message = _("There is no provider “%(slug)s”.") % {"slug": slug}
            yield page.fault("providers", message)


def _contradictions(found: Iterable[Page]) -> Iterable[Fault]:
    by_slug: dict[str, dict[str, Page]] = defaultdict(dict)
    for page in found:
        others = by_slug[page.slug]
        if page.locale in others:
            message = _("The same article is in %(file)s.") % {
                "file": others[page.locale].file
            }
            yield page.fault("slug", message)
        for other in list(others.values())[:1]:
            for key in ("audience", "categories", "channels", "providers"):
                if getattr(page, key) != getattr(other, key):
                    message = _("It is otherwise in %(file)s.") % {"file": other.file}
                    yield page.fault(key, message)
        others[page.locale] = page


def import_pages(
    found: Iterable[Page], *, now: datetime, publish: bool, keep_edited: bool = False
) -> Outcome:
    """Write the pages as drafts, or published, by the machine; returns the counts.

    With ``keep_edited``, texts that people wrote or archived are left as they are, and
    so is what is said about articles that exist.
    """
    outcome = Outcome()
    # The source language first, so that the others follow its text.
    first = dict(Article.objects.values_list("slug", "source_locale"))
    ordered = sorted(
        found,
        key=lambda page: (page.slug, page.locale != first.get(page.slug, Locale.EN)),
    )
    with transaction.atomic():
        for page in ordered:
            _import(page, outcome, now, publish=publish, keep_edited=keep_edited)
    return outcome


def import_starter(now: datetime) -> Outcome:
    """Bring in the articles that come with the product; safe to repeat."""
    found = pages(STARTER) if STARTER.is_dir() else []
    return import_pages(found, now=now, publish=True, keep_edited=True)


def _import(
    page: Page, outcome: Outcome, now: datetime, *, publish: bool, keep_edited: bool
) -> None:
    article = Article.objects.filter(slug=page.slug).first()
    rows = ArticleTranslation.objects.select_related("current_version")
    row = rows.filter(article=article, locale=page.locale).first() if article else None
    version = row.current_version if row else None
    archived = row is not None and row.state == TranslationState.ARCHIVED
    edited = version is not None and version.author_id is not None
    if archived or (edited and keep_edited):
        outcome.left += 1
        return
    asked_as = "\n".join(page.asked_as) if page.asked_as else None
    words = Draft(page.title, page.body, page.locale, asked_as)
    if article is None:
        version = articles.draft(
            words, author_id=None, about=_about(page, None), slug=page.slug
        )
        outcome.new += 1
    else:
        if not keep_edited:
            _describe(article, page, PUBLISHER if publish else MACHINE)
        if version is None or not words.said_by(version):
            outcome.new += version is None
            outcome.newer += version is not None
            version = articles.write(article, words, author_id=None)
        else:
            outcome.same += 1
    if publish:
        _publish(version, now)


def _describe(article: Article, page: Page, actor: Actor) -> None:
    try:
        describing.describe(article, _about(page, article), actor)
    except Invalid as invalid:
        raise Unreadable([page.fault(invalid.field, invalid.message)]) from invalid


def _about(page: Page, article: Article | None) -> About:
    return About(
        categories=list(FailureCategory.objects.filter(slug__in=page.categories)),
        audience=page.audience,
        channels=page.channels,
        providers=list(Provider.objects.filter(slug__in=page.providers)),
        owner_id=article.owner_id if article else None,
        review_by=article.review_by if article else None,
    )


def _publish(version: ArticleVersion, now: datetime) -> None:
    rows = ArticleTranslation.objects.select_for_update(of=("self",))
    row = rows.get(pk=version.translation_id)
    if row.state in (TranslationState.PUBLISHED, TranslationState.STALE):
        return
    # A person's words are published by another person, on the article's page.
    if version.author_id is None:
        reviewing.publish(row, version, None, now, ArticleAct.IMPORTED)
