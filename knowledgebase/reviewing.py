"""How does a text get to its readers, and how does it leave them?

A person writes, another one approves, at once or for a later time. Each step names the
text that was seen; whoever comes second is told who was first.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor, ActorKind
from knowledgebase import gaps, history
from knowledgebase.articles import TIP_MAX
from knowledgebase.describing import too_long_for_a_tip
from knowledgebase.models import (
    NOTE_MAX,
    TRANSITIONS,
    Article,
    ArticleAct,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    Publication,
    StaleReason,
    TranslationState,
)
from knowledgebase.refusals import Conflict, Forbidden, Invalid

S = TranslationState
REVIEW_EVERY = timedelta(days=180)  # unless somebody names a day
FURTHEST = timedelta(days=366)  # ahead that a publishing may be planned


def send(
    article: Article, locale: str, actor: Actor, *, seen: int, note: str = ""
) -> None:
    """Send a draft to review. ``seen`` is the number of the text, here and below.

    Raises :class:`Conflict` when there is a newer one or the state is another, and
    :class:`Invalid` for an article that could not be published as it is.
    """
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.draft", seen)
        _check(article, row)
        _move(row, S.IN_REVIEW)
        history.add(row, ArticleAct.SENT, actor.person_id, note=_words(note))


def withdraw(article: Article, locale: str, actor: Actor, *, seen: int) -> None:
    """Take a text back from review: its author, or who could send it back."""
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.draft", seen)
        author = row.current_version.author_id if row.current_version else None
        if author != actor.person_id and not actor.may("article.publish"):
            raise Forbidden("not_own")
        _move(row, S.DRAFT, only_from=S.IN_REVIEW)
        history.add(row, ArticleAct.WITHDRAWN, actor.person_id)


def send_back(
    article: Article, locale: str, actor: Actor, *, seen: int, note: str
) -> None:
    """Return a text to its author, with words; raises :class:`Invalid` for none."""
    if not note.strip():
        raise Invalid("note", _("Say what is missing."))
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        _move(row, S.DRAFT, only_from=S.IN_REVIEW)
        history.add(row, ArticleAct.SENT_BACK, actor.person_id, note=_words(note))


def approve(
    article: Article,
    locale: str,
    actor: Actor,
    *,
    seen: int,
    now: datetime,
    publish_at: datetime | None = None,
) -> None:
    """Publish a text that another person wrote, at once or at ``publish_at``.

    Raises :class:`Forbidden` for one's own words, and what :func:`send` raises.
    """
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        version = row.current_version
        if row.state != S.IN_REVIEW or version is None:
            raise Conflict(history.latest(article.pk, locale))
        if version.author_id is not None and version.author_id == actor.person_id:
            raise Forbidden("own_words")
        _check(article, row)
        if version.reviewer_id is None:
            ArticleVersion.objects.filter(pk=version.pk).update(
                reviewer=actor.person_id
            )
        if publish_at is None or publish_at <= now:
            publish(row, version, actor.person_id, now)
            return
        if publish_at > now + FURTHEST:
            raise Invalid("publish_at", _("Name a day within a year."))
        row.publish_at = row.due_at = publish_at
        row.parked_at, row.tries = None, 0
        row.save(update_fields=["publish_at", "due_at", "parked_at", "tries"])
        at: dict[str, object] = {"publish_at": publish_at.isoformat()}
        history.add(row, ArticleAct.SCHEDULED, actor.person_id, change=at)


def publish(
    row: ArticleTranslation,
    version: ArticleVersion,
    actor_id: int | None,
    now: datetime,
    act: ArticleAct = ArticleAct.PUBLISHED,
) -> None:
    """Give readers a language's newest text; the row is locked by the caller.

    Other languages that followed an older text of the source become stale, who asked
    for an article about its causes has one, and readers of an earlier text will hear.
    """
    if version.published_at is None:
        ArticleVersion.objects.filter(pk=version.pk).update(published_at=now)
    row.state, row.published_version = S.PUBLISHED, version
    row.publish_at = row.due_at = row.parked_at = row.stale_at = None
    row.tries = 0
    row.save()
    history.add(row, act, actor_id, version=version)
    if version.number > 1:
        Publication.objects.get_or_create(version=version, defaults={"due_at": now})
    article = Article.objects.get(pk=row.article_id)
    if article.review_by is None or article.review_by <= now.date():
        Article.objects.filter(pk=article.pk).update(
            review_by=(now + REVIEW_EVERY).date()
        )
    if row.locale == article.source_locale:
        _outdate_others(row, version, now)
    if article.audience != Audience.TIP:
        gaps.answer(article, article.categories.all(), now)


def _outdate_others(
    source: ArticleTranslation, version: ArticleVersion, now: datetime
) -> None:
    rows = ArticleTranslation.objects.select_for_update(of=("self",))
    others = rows.filter(article=source.article_id, state=S.PUBLISHED).exclude(
        pk=source.pk
    )
    for row in others.exclude(published_version__source_version=version):
        _go_stale(row, StaleReason.SOURCE_MOVED, None, "", now)


def mark_stale(
    article: Article,
    locale: str,
    actor: Actor,
    *,
    reason: StaleReason,
    now: datetime,
    note: str = "",
    seen: int | None = None,
) -> None:
    """Say that a published text is out of date; readers keep it, with a warning.

    For people and for the machine (``triage.access.MACHINE``, when an effect fell).
    """
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        _go_stale(row, reason, actor.person_id, note, now)


def _go_stale(
    row: ArticleTranslation,
    reason: StaleReason,
    actor_id: int | None,
    note: str,
    now: datetime,
) -> None:
    row.stale_at = now
    _move(row, S.STALE)
    why: dict[str, object] = {"reason": reason.value}
    history.add(row, ArticleAct.MARKED_STALE, actor_id, note=_words(note), change=why)


def overdue(pk: int, now: datetime) -> bool:
    """Mark a published language as stale by the clock; false if it is not any more."""
    with transaction.atomic():
        rows = ArticleTranslation.objects.select_for_update(of=("self",))
        row = rows.filter(pk=pk, state=S.PUBLISHED).first()
        if row is not None:
            _go_stale(row, StaleReason.REVIEW_DUE, None, "", now)
    return row is not None


def confirm(
    article: Article, locale: str, actor: Actor, *, seen: int, now: datetime
) -> None:
    """Say that a stale text is right as it is, and review it again in half a year."""
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        row.stale_at = None
        _move(row, S.PUBLISHED, only_from=S.STALE)
        Article.objects.filter(pk=article.pk).update(
            review_by=(now + REVIEW_EVERY).date()
        )
        history.add(row, ArticleAct.CONFIRMED, actor.person_id)


def archive(
    article: Article, locale: str, actor: Actor, *, seen: int, note: str = ""
) -> None:
    """Take a language away from readers; nothing is deleted."""
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        _move(row, S.ARCHIVED)
        history.add(row, ArticleAct.ARCHIVED, actor.person_id, note=_words(note))


def restore(article: Article, locale: str, actor: Actor, *, seen: int) -> None:
    """Bring an archived language back as a draft; it is reviewed before it is read."""
    with transaction.atomic():
        row = _locked(article, locale, actor, "article.publish", seen)
        row.published_version = row.stale_at = None
        _move(row, S.DRAFT, only_from=S.ARCHIVED)
        history.add(row, ArticleAct.RESTORED, actor.person_id)


def _locked(
    article: Article, locale: str, actor: Actor, action: str, seen: int | None
) -> ArticleTranslation:
    """Lock one language, if the actor may and has seen its newest text."""
    if actor.kind != ActorKind.MACHINE and not actor.may(action):
        raise Forbidden("not_allowed")
    rows = ArticleTranslation.objects.select_for_update(of=("self",))
    found: ArticleTranslation | None = (
        rows.select_related("current_version")
        .filter(article=article, locale=locale, current_version__isnull=False)
        .first()
    )
    if found is None or found.current_version is None:
        raise Invalid("locale", _("The article is not written in this language."))
    if seen is not None and seen != found.current_version.number:
        raise Conflict(history.latest(article.pk, locale))
    return found


def _move(row: ArticleTranslation, to: S, *, only_from: S | None = None) -> None:
    """Take a locked language on to a state; raises :class:`Conflict` if it may not."""
    fits = only_from is None or row.state == only_from
    if not fits or to not in TRANSITIONS[row.state]:
        raise Conflict(history.latest(row.article_id, row.locale))
    row.state = to
    row.publish_at = row.due_at = row.parked_at = None
    row.save()


def _check(article: Article, row: ArticleTranslation) -> None:
    if not article.categories.exists():
        raise Invalid("categories", _("An article is about at least one cause."))
    body = row.current_version.body if row.current_version else ""
    if article.audience == Audience.TIP and len(body) > TIP_MAX:
        raise Invalid("body", too_long_for_a_tip())


def _words(note: str) -> str:
    return note.strip()[:NOTE_MAX]
