"""How does a lead put a module together, give it to people, and have it read again?

Who is to read a module has one item for each of its articles and run. A refresher is a
new run, at the first day of a quarter.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.leases import LeaseLost
from knowledgebase.models import (
    Article,
    ArticleVersion,
    ModuleArticle,
    ModuleReader,
    TrainingCause,
    TrainingItem,
    TrainingModule,
)
from knowledgebase.refusals import Conflict, Forbidden, Invalid

log = logging.getLogger(__name__)

MOST_ARTICLES = 50
BATCH = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a module is called, what is read in it, and how often."""

    name: str
    name_zh_hans: str
    due_in_days: int
    refreshed_quarterly: bool
    article_ids: Sequence[int]


def create(actor: Actor, plan: Plan, now: datetime) -> TrainingModule:
    """Make a module; raises what :func:`change` raises."""
    _allowed(actor)
    with transaction.atomic():
        module = TrainingModule(changed_by_id=actor.person_id)
        _fill(module, plan, actor, now)
        _place(module, plan.article_ids)
        return module


def change(
    pk: int, actor: Actor, plan: Plan, *, seen: int, now: datetime
) -> TrainingModule:
    """Change a module; its readers get what is new and lose what is no longer in it.

    Raises :class:`Conflict` when it was changed since version ``seen``, and
    :class:`Invalid` for articles that readers do not get, or a name that is taken.
    """
    with transaction.atomic():
        module = _locked(pk, actor, seen)
        _fill(module, plan, actor, now)
        _place(module, plan.article_ids)
        _sync(module, now)
        return module


def assign(pk: int, people: Iterable[int], actor: Actor, now: datetime) -> int:
    """Give a module to people; return how many did not have it yet."""
    with transaction.atomic():
        module = _locked(pk, actor)
        if module.archived_at is not None:
            raise Invalid("person", _("This module is archived. Restore it first."))
        had = set(module.readers.values_list("person", flat=True))
        new = sorted(set(people) - had)
        ModuleReader.objects.bulk_create(
            [
                ModuleReader(
                    module=module, person_id=each, assigned_by_id=actor.person_id
                )
                for each in new
            ],
            ignore_conflicts=True,
        )
        _sync(module, now)
        return len(new)


def release(pk: int, person_id: int, actor: Actor) -> None:
    """Take a module from somebody; what they have understood stays on record."""
    with transaction.atomic():
        module = _locked(pk, actor)
        module.readers.filter(person=person_id).delete()
        module.items.filter(person=person_id, understood_at=None).delete()


def archive(pk: int, actor: Actor, now: datetime) -> TrainingModule:
    """Let a module rest: nobody is asked to read it. A second time changes nothing."""
    with transaction.atomic():
        module = _locked(pk, actor)
        if module.archived_at is None:
            module.archived_at, module.due_at = now, None
            _touch(module, actor, now)
        return module


def restore(pk: int, actor: Actor, now: datetime) -> TrainingModule:
    """Undo an archiving; raises :class:`Invalid` if the name was given away since."""
    with transaction.atomic():
        module = _locked(pk, actor)
        if module.archived_at is not None:
            module.archived_at = None
            if module.refreshed_quarterly:
                module.due_at = next_quarter(now)
            _touch(module, actor, now)
        return module


def refresh_due(now: datetime) -> int:
    """Begin the new run of modules whose quarter is over; return how many."""
    begun = 0
    for claimed in TrainingModule.objects.each_due(BATCH):
        try:
            _refresh(claimed, now)
            begun += 1
        except LeaseLost:
            log.warning("Module %d is refreshed by another worker.", claimed.pk)
        except Exception:  # the edge of a worker: the row comes back after its lease
            log.exception("Module %d could not be refreshed.", claimed.pk)
    for row in TrainingModule.objects.exhausted(BATCH):
        TrainingModule.objects.park(row, now)
    return begun


def _refresh(claimed: TrainingModule, now: datetime) -> None:
    with transaction.atomic():
        module = TrainingModule.objects.select_for_update().get(pk=claimed.pk)
        TrainingModule.objects.settle(
            claimed, due_at=next_quarter(now), round=module.round + 1
        )
        module.round += 1
        # Who is still at the last run goes on with it, by the day that was named.
        late = module.items.filter(understood_at=None).select_related(
            "article_version__translation"
        )
        rows = list(late)
        for item in rows:
            item.round = module.round
            if item.article_version is not None:
                article = item.article_version.translation.article_id
                item.occasion = occasion(module, article)
        TrainingItem.objects.bulk_update(rows, ["round", "occasion"])
        _sync(module, now)


def follow(version: ArticleVersion, now: datetime) -> None:
    """Give an article that was published to readers of the modules that it is in."""
    article = version.translation.article_id
    rows = TrainingModule.objects.in_use().filter(places__article=article)
    for pk in sorted(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            _sync(TrainingModule.objects.select_for_update().get(pk=pk), now)


def occasion(module: TrainingModule, article_id: int) -> str:
    """Why an item of a module is there."""
    return f"module:{module.pk}:{module.round}:{article_id}"


def next_quarter(now: datetime) -> datetime:
    """The first moment of the quarter after the one of ``now``, in UTC."""
    today = now.astimezone(UTC)
    quarter = (today.month - 1) // 3 + 1
    return datetime(today.year + quarter // 4, quarter % 4 * 3 + 1, 1, tzinfo=UTC)


def _allowed(actor: Actor) -> None:
    if not actor.may("training.manage"):
        raise Forbidden("not_allowed")


def _locked(pk: int, actor: Actor, seen: int | None = None) -> TrainingModule:
    _allowed(actor)
    module: TrainingModule = TrainingModule.objects.select_for_update().get(pk=pk)
    if seen is not None and seen != module.version:
        raise Conflict(None)
    return module


def _fill(module: TrainingModule, plan: Plan, actor: Actor, now: datetime) -> None:
    module.name, module.name_zh_hans = plan.name, plan.name_zh_hans
    module.due_in_days = plan.due_in_days
    module.refreshed_quarterly = plan.refreshed_quarterly
    running = plan.refreshed_quarterly and module.archived_at is None
    if not running:
        module.due_at = None
    elif module.due_at is None:
        module.due_at, module.parked_at, module.tries = next_quarter(now), None, 0
    _touch(module, actor, now)


def _touch(module: TrainingModule, actor: Actor, now: datetime) -> None:
    if module.pk is not None:
        module.version += 1
    module.changed_by_id, module.changed_at = actor.person_id, now
    try:
        with transaction.atomic():
            module.save()
    except IntegrityError as error:  # trainingmodule_name
        raise Invalid("name", _("Another module has this name.")) from error


def _place(module: TrainingModule, article_ids: Sequence[int]) -> None:
    ids = list(dict.fromkeys(article_ids))
    if not ids:
        raise Invalid("articles", _("A module has at least one article."))
    if len(ids) > MOST_ARTICLES:
        raise Invalid("articles", _("Make several modules of so many articles."))
    found = Article.objects.with_versions_for_list().in_bulk(ids)
    kept = set(module.places.values_list("article", flat=True))
    for pk in ids:
        article = found.get(pk)
        if article is None or (pk not in kept and not article.is_published):
            raise Invalid("articles", _("Only published articles can be read."))
    module.places.all().delete()
    ModuleArticle.objects.bulk_create(
        [
            ModuleArticle(module=module, article_id=pk, position=place)
            for place, pk in enumerate(ids, start=1)
        ]
    )


def _sync(module: TrainingModule, now: datetime) -> None:
    """Make what this run lacks; take away what is open about no article of it."""
    ids = list(module.places.values_list("article", flat=True))
    left = module.items.filter(understood_at=None)
    left.exclude(article_version__translation__article__in=ids).delete()
    articles = Article.objects.with_versions_for_list().in_bulk(ids)
    texts = [
        (pk, text)
        for pk in ids
        if (text := articles[pk].readable_version(articles[pk].source_locale))
    ]
    people = module.readers.filter(person__is_active=True)
    TrainingItem.objects.bulk_create(
        [
            TrainingItem(
                person_id=person,
                cause=TrainingCause.MODULE,
                article_version=text,
                module=module,
                round=module.round,
                occasion=occasion(module, pk),
                read_by=(now + timedelta(days=module.due_in_days)).date(),
            )
            for person in people.values_list("person", flat=True)
            for pk, text in texts
        ],
        ignore_conflicts=True,
    )
