"""Is what was shown to reporters counted once, and settled once?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from deliveries.models import FailureCategory
from knowledgebase import guidance
from knowledgebase.models import ArticleEffect, ArticleVersion
from tests.tips import make_tip
from tests.work import MAILBOX_FULL, hand_to_people, make_report
from triage import advice, guiding
from triage.models import AfterTip, FailureReport, Queue, ReportState, TipShowing

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def tip() -> ArticleVersion:
    """What to do about a full mailbox."""
    return make_tip("Make room", MAILBOX_FULL)


@pytest.fixture
def report(general: Queue) -> FailureReport:
    """Somebody's report about one."""
    made = make_report(cause=MAILBOX_FULL)
    hand_to_people([made])
    return FailureReport.objects.get(pk=made.pk)


def show(report: FailureReport) -> None:
    found = advice.tip_for(report, "en")
    assert found is not None
    guiding.show(report, found, timezone.now())


def make_due() -> None:
    ago = timezone.now() - timedelta(hours=2)
    TipShowing.objects.filter(due_at__isnull=False).update(shown_at=ago, due_at=ago)


def test_one_person_counts_once_a_day(
    tip: ArticleVersion, report: FailureReport
) -> None:
    for _ in range(3):
        show(report)
    cell = ArticleEffect.objects.get(version=tip)
    assert (cell.category.slug, cell.channel) == (MAILBOX_FULL, report.channel)
    assert (cell.shown, cell.solved) == (1, 0)
    yesterday = timezone.now() - timedelta(days=1)
    TipShowing.objects.update(day=yesterday.date())
    show(report)
    assert guidance.shown(tip.translation.article_id) == (2, 0)


def test_a_report_that_stands_was_not_spared(
    tip: ArticleVersion, report: FailureReport
) -> None:
    show(report)
    make_due()
    assert guiding.settle_due(timezone.now()) == 1
    assert TipShowing.objects.get().after == AfterTip.REPORTED
    assert guiding.settle_due(timezone.now()) == 0


def test_a_report_that_was_taken_back_was(
    tip: ArticleVersion, report: FailureReport
) -> None:
    show(report)
    FailureReport.objects.update(state=ReportState.WITHDRAWN)
    make_due()
    guiding.settle_due(timezone.now())
    assert guidance.shown(tip.translation.article_id) == (1, 1)


def test_nothing_is_settled_before_the_hour_is_over(
    tip: ArticleVersion, report: FailureReport
) -> None:
    show(report)
    assert guiding.settle_due(timezone.now()) == 0


def test_no_tip_is_given_once_it_is_over(
    tip: ArticleVersion, report: FailureReport
) -> None:
    FailureReport.objects.update(state=ReportState.VERIFIED)
    report.refresh_from_db()
    assert advice.tip_for(report, "en") is None


def test_what_cannot_be_settled_is_given_up(
    tip: ArticleVersion, report: FailureReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(row: TipShowing) -> bool:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(guiding, "_reported", broken)
    show(report)
    for _ in range(4):
        make_due()
        guiding.settle_due(timezone.now())
    row = TipShowing.objects.get()
    assert row.parked_at is not None
    assert (row.due_at, row.after) == (None, "")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"after": "maybe", "due_at": None}, "tipshowing_after_known"),
        ({"after": "helped"}, "tipshowing_due_until_known"),
        ({"due_at": None}, "tipshowing_due_until_known"),
        ({"person": ""}, "tipshowing_person"),
        ({"channel": "pigeon"}, "tipshowing_channel_known"),
        ({"parked_at": NOON}, "tipshowing_parked_not_due"),
    ],
    ids=str,
)
def test_the_database_refuses_what_cannot_be(
    tip: ArticleVersion,
    report: FailureReport,
    change: dict[str, object],
    constraint: str,
) -> None:
    show(report)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TipShowing.objects.update(**change)


def test_the_database_keeps_one_showing_a_day(
    tip: ArticleVersion, report: FailureReport
) -> None:
    show(report)
    row = TipShowing.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="once_a_day"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("channel", "code", "provider", "category"),
    [
        ("email", "5.2.2", "", MAILBOX_FULL),
        ("", "5.1.1", "", "recipient.unknown"),
        ("push", "UNREGISTERED", "", "recipient.token_unregistered"),
        ("email", "<script>", "", ""),
        ("email", "", "", ""),
    ],
)
def test_codes_are_read_by_the_tables(
    channel: str, code: str, provider: str, category: str
) -> None:
    assert guiding.category_of(channel, code, provider) == category
    known = FailureCategory.objects.filter(slug=category)
    assert known.exists() is bool(category)
