"""Is what an article did counted right, however its resolutions end?"""

import random
import statistics
from collections import Counter
from datetime import datetime, timedelta

import pytest

from deliveries.models import ChannelKind
from knowledgebase import articles, effects, gaps, reviewing
from knowledgebase.articles import Draft
from knowledgebase.effects import Figures, Trend
from knowledgebase.models import (
    ArticleAct,
    ArticleEffect,
    ArticleEvent,
    ArticleTranslation,
    ArticleVersion,
    TranslationState,
    WritingTask,
)
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    UNAVAILABLE,
    category,
    make_article,
    make_ticket,
    publish_article,
)
from triage import falling, measuring, recurrence, resolution, tickets
from triage.models import (
    FailureReport,
    ReportState,
    Resolution,
    ResolutionState,
    Ticket,
)
from triage.resolution import Answer

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def version() -> ArticleVersion:
    return make_article(cause=MAILBOX_FULL)


def solve(
    by: Person,
    version: ArticleVersion | None,
    at: datetime = NOW,
    *,
    cause: str = MAILBOX_FULL,
    **ticket: object,
) -> Resolution:
    made = make_ticket(cause=cause, **ticket)  # type: ignore[arg-type]
    answer = Answer(category(cause), article_version=version)
    return resolution.resolve(made.number, by.actor, answer, now=at)


def prove(row: Resolution, at: datetime) -> None:
    """Let evidence arrive for every report of the ticket."""
    row.ticket.reports.update(state=ReportState.VERIFIED)
    resolution.settle(Ticket.objects.select_for_update().get(pk=row.ticket_id), at)


def reopen(row: Resolution, by: Person, at: datetime) -> None:
    tickets.reopen(row.ticket.number, by.actor, reason="Still not", now=at)


def measure(now: datetime) -> None:
    """Let the machine count, and once more what changed meanwhile."""
    measuring.measure_due(now)
    measuring.measure_due(now)


def effect(version: ArticleVersion, channel: str = "email") -> ArticleEffect:
    return ArticleEffect.objects.get(version=version, channel=channel)


def test_a_resolution_counts_as_applied_until_its_outcome_is_known(
    ana: Person, version: ArticleVersion
) -> None:
    solve(ana, version)
    measure(NOW)
    cell = effect(version)
    assert (cell.applied, cell.delivered, cell.failed) == (1, 0, 0)
    assert cell.posterior_low == pytest.approx(0.05)
    assert (cell.median_s, cell.computed_at) == (None, NOW)


def test_proof_counts_as_delivered_with_the_time_it_took(
    ana: Person, version: ArticleVersion
) -> None:
    for minutes in (2, 6, 40):
        prove(solve(ana, version), NOW + timedelta(minutes=minutes))
    measure(NOW + HOUR)
    cell = effect(version)
    assert (cell.applied, cell.delivered, cell.median_s) == (3, 3, 360)
    assert 0.4 < cell.posterior_low < cell.posterior_mean == pytest.approx(0.8)


def test_a_ticket_that_is_taken_up_again_before_proof_counts_against_the_article(
    ana: Person, version: ArticleVersion
) -> None:
    reopen(solve(ana, version), ana, NOW + HOUR)
    measure(NOW + HOUR)
    cell = effect(version)
    assert (cell.applied, cell.delivered, cell.failed) == (1, 0, 1)


def test_a_reporter_who_comes_back_after_proof_is_a_regression(
    ana: Person, version: ArticleVersion
) -> None:
    row = solve(ana, version)
    prove(row, NOW + HOUR)
    reopen(row, ana, NOW + 9 * DAY)
    measure(NOW + 9 * DAY)
    cell = effect(version)
    assert (cell.delivered, cell.regressed, cell.regressed_7d) == (1, 1, 0)


def test_causes_and_channels_are_counted_apart(
    ana: Person, version: ArticleVersion
) -> None:
    solve(ana, version)
    solve(ana, version, channel=ChannelKind.SMS)
    solve(ana, version, cause=UNAVAILABLE)
    measure(NOW)
    cells = ArticleEffect.objects.values_list("category__slug", "channel", "applied")
    assert set(cells) == {
        (MAILBOX_FULL, "email", 1),
        (MAILBOX_FULL, "sms", 1),
        (UNAVAILABLE, "email", 1),
    }
    article = version.translation.article_id
    assert effects.of_articles([article])[article].applied == 3
    about = category(MAILBOX_FULL).pk
    assert effects.of_articles([article], category_id=about)[article].applied == 2


def test_the_figures_equal_a_recount_by_hand(
    ana: Person, version: ArticleVersion
) -> None:
    """A seeded history of ninety resolutions, counted here by another way."""
    chance = random.Random(7)
    by_hand: Counter[str] = Counter()
    took = []
    for _ in range(90):
        row = solve(ana, version, NOW - chance.randrange(60) * DAY)
        by_hand["applied"] += 1
        recent = row.resolved_at > NOW - 30 * DAY
        outcome = chance.choice(["open", "failed", "held", "held", "held", "back"])
        minutes = timedelta(minutes=chance.randrange(1, 90))
        if outcome == "failed":
            reopen(row, ana, row.resolved_at + minutes)
            by_hand["failed"] += 1
        if outcome in ("held", "back"):
            prove(row, row.resolved_at + minutes)
            took.append(minutes.total_seconds())
            by_hand["delivered"] += 1
        if outcome == "back":
            days = chance.choice([3, 12])
            reopen(row, ana, row.resolved_at + minutes + days * DAY)
            by_hand["regressed"] += 1
            by_hand["regressed_7d"] += days == 3
        by_hand["recent_held"] += recent and outcome == "held"
        by_hand["recent_decided"] += recent and outcome != "open"
    measure(NOW)
    cell = effect(version)
    assert {name: getattr(cell, name) for name in effects.COUNTS} == dict(by_hand)
    assert cell.median_s == round(statistics.median(took))
    cells = (version.pk, category(MAILBOX_FULL).pk, "email")
    assert measuring.count(cells, NOW).low == pytest.approx(cell.posterior_low)


def test_what_changes_while_it_is_counted_is_counted_again(
    ana: Person, version: ArticleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = solve(ana, version)
    real = recurrence.check

    def meanwhile(pk: int, now: datetime) -> bool:
        monkeypatch.setattr(recurrence, "check", real)
        prove(row, NOW)
        return real(pk, now)

    monkeypatch.setattr(recurrence, "check", meanwhile)
    measuring.measure_due(NOW)
    row.refresh_from_db()
    assert row.due_at is not None
    measure(NOW)
    assert effect(version).delivered == 1


def test_what_cannot_be_counted_holds_up_nothing_and_is_given_up(
    ana: Person, version: ArticleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = solve(ana, version), solve(ana, make_article(cause=MAILBOX_FULL))
    real = measuring.count

    def count(cell: measuring.Cell, now: datetime) -> Figures:
        if cell[0] == version.pk:
            raise ValueError("no such figure")
        return real(cell, now)

    monkeypatch.setattr(measuring, "count", count)
    for _ in range(3):
        Resolution.objects.filter(due_at__isnull=False).update(due_at=NOW)
        measuring.measure_due(NOW)
    Resolution.objects.filter(due_at__isnull=False).update(due_at=NOW)
    assert measuring.park_exhausted(NOW) == 1
    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.parked_at, broken.due_at) == (NOW, None)
    assert whole.due_at is None
    assert not ArticleEffect.objects.filter(version=version).exists()


def test_figures_of_the_last_month_are_counted_again_as_they_grow_old(
    ana: Person, version: ArticleVersion
) -> None:
    prove(solve(ana, version), NOW)
    measure(NOW)
    assert measuring.recount_old(NOW + HOUR) == 0
    assert measuring.recount_old(NOW + 31 * DAY) == 1
    cell = effect(version)
    assert (cell.delivered, cell.recent_decided) == (1, 0)
    assert measuring.recount_old(NOW + 40 * DAY) == 0


@pytest.mark.parametrize(
    ("held", "decided", "recent_held", "recent_decided", "trend"),
    [
        (40, 45, 3, 12, Trend.FALLING),
        (30, 60, 20, 20, Trend.RISING),
        (45, 50, 18, 20, Trend.STEADY),
        (45, 50, 1, 9, Trend.UNKNOWN),
    ],
)
def test_a_trend_is_told_only_beyond_chance(
    held: int, decided: int, recent_held: int, recent_decided: int, trend: Trend
) -> None:
    figures = Figures(
        applied=decided,
        delivered=held,
        failed=decided - held,
        recent_held=recent_held,
        recent_decided=recent_decided,
    )
    assert figures.trend == trend


def test_resolutions_without_an_article_ask_for_one(ana: Person) -> None:
    for _ in range(gaps.ENOUGH - 1):
        solve(ana, None)
    measuring.find_gaps(NOW)
    assert not WritingTask.objects.exists()
    solve(ana, None)
    measuring.find_gaps(NOW)
    solve(ana, None)
    measuring.find_gaps(NOW + HOUR)
    task = WritingTask.objects.get()
    assert (task.category.slug, task.resolutions) == (MAILBOX_FULL, gaps.ENOUGH + 1)
    assert task.opened_at == NOW


def test_an_answered_request_comes_back_only_for_new_resolutions(
    ana: Person, version: ArticleVersion
) -> None:
    for _ in range(gaps.ENOUGH):
        solve(ana, None)
    measuring.find_gaps(NOW)
    article = version.translation.article
    gaps.answer(article, article.categories.all(), NOW + HOUR)
    measuring.find_gaps(NOW + 2 * HOUR)
    assert WritingTask.objects.live().count() == 0
    for _ in range(gaps.ENOUGH):
        solve(ana, None, NOW + DAY)
    measuring.find_gaps(NOW + 2 * DAY)
    assert WritingTask.objects.live().get().resolutions == gaps.ENOUGH


def test_a_request_that_is_dismissed_is_answered_once(ana: Person) -> None:
    gaps.open_tasks({category(MAILBOX_FULL).pk: gaps.ENOUGH}, NOW)
    task = WritingTask.objects.get()
    assert gaps.dismiss(task.pk, ana.user.pk, "Nothing to add", NOW)
    assert not gaps.dismiss(task.pk, ana.user.pk, "Nothing to add", NOW)


def test_what_the_machine_solved_asks_for_no_article() -> None:
    made = make_ticket(cause=MAILBOX_FULL)
    made.reports.update(state=ReportState.VERIFIED)
    resolution.settle(Ticket.objects.select_for_update().get(pk=made.pk), NOW)
    row = Resolution.objects.get()
    assert (row.state, row.resolved_by) == (ResolutionState.EFFECTIVE, None)
    for _ in range(gaps.ENOUGH):
        measuring.find_gaps(NOW)
    assert not WritingTask.objects.exists()
    assert FailureReport.objects.count() == 1


@pytest.fixture
def published(version: ArticleVersion) -> ArticleVersion:
    publish_article(version, NOW - 90 * DAY)
    return version


def history(by: Person, version: ArticleVersion, *, held: int, failed: int) -> None:
    """Let an article hold for a while, and then fail in the last month."""
    for n in range(held):
        at = NOW - (40 + n) * DAY
        prove(solve(by, version, at), at + HOUR)
    for _ in range(failed):
        reopen(solve(by, version, NOW - DAY), by, NOW)
    measure(NOW)


def state_of(version: ArticleVersion) -> str:
    return ArticleTranslation.objects.get(pk=version.translation_id).state


def test_an_article_that_helps_less_than_it_did_is_to_be_read_again(
    ana: Person, published: ArticleVersion
) -> None:
    history(ana, published, held=20, failed=10)
    assert state_of(published) == TranslationState.STALE
    said = ArticleEvent.objects.get(act=ArticleAct.MARKED_STALE)
    assert said.change == {"reason": "effect_fell"}


def test_a_few_failures_mark_nothing(ana: Person, published: ArticleVersion) -> None:
    history(ana, published, held=20, failed=9)
    assert state_of(published) == TranslationState.PUBLISHED


def test_a_text_that_somebody_has_confirmed_is_left_alone_for_a_month(
    ana: Person, mia: Person, published: ArticleVersion
) -> None:
    history(ana, published, held=20, failed=10)
    article = published.translation.article
    reviewing.confirm(article, "en", mia.actor, seen=1, now=NOW)
    confirmed = ArticleEvent.objects.get(act=ArticleAct.CONFIRMED).at
    assert falling.judge(article.pk, confirmed + DAY) == []
    assert falling.judge(article.pk, confirmed + 31 * DAY) == ["en"]


def test_a_better_text_is_judged_by_its_own_cases(
    ana: Person, published: ArticleVersion
) -> None:
    history(ana, published, held=20, failed=10)
    article = published.translation.article
    words = Draft("Ask for room", "Ask them by phone.", "en")
    better = articles.write(article, words, author_id=ana.user.pk, base=1)
    publish_article(better, NOW)
    assert falling.judge(article.pk, NOW) == []
    assert state_of(better) == TranslationState.PUBLISHED


def test_a_published_article_answers_who_asked_for_one(
    ana: Person, version: ArticleVersion
) -> None:
    gaps.open_tasks({category(MAILBOX_FULL).pk: gaps.ENOUGH}, NOW)
    publish_article(version, NOW)
    task = WritingTask.objects.get()
    assert (task.article, task.closed_at) == (version.translation.article, NOW)
