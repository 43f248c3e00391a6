"""Are the pages whole on which one sees what knowledge did, and where it is missing?"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from knowledgebase import gaps, missed
from knowledgebase.models import ArticleVersion, MissedSearch
from tests.chromium import Desk, look_at
from tests.people import Person
from tests.work import MAILBOX_FULL, UNAVAILABLE, category, make_article, make_ticket
from triage import measuring, resolution
from triage.models import ReportState, Resolution, Ticket
from triage.resolution import Answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def used(version: ArticleVersion, by: Person, held: int, failed: int) -> None:
    """Let an article hold and fail some times, and have that counted."""
    now = timezone.now()
    for n in range(held + failed):
        ticket = make_ticket(cause=MAILBOX_FULL, assignee=by.user)
        answer = Answer(category(MAILBOX_FULL), article_version=version)
        resolution.resolve(ticket.number, by.actor, answer, now=now)
        if n < held:
            ticket.reports.update(state=ReportState.VERIFIED)
            with transaction.atomic():
                locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
                resolution.settle(locked, now + timedelta(hours=1))
    Resolution.objects.filter(state="applied").update(state="ineffective")
    Resolution.objects.update(due_at=now - timedelta(minutes=1))
    measuring.measure_due(now)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_knowledge_did_is_whole(desk: Desk, leo: Person, language: str) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "categories-empty", "/knowledge/categories/")
    look_at(visit, "category-empty", f"/knowledge/categories/{UNAVAILABLE}/")
    reliable = make_article("Ask for room", cause=MAILBOX_FULL, published=True)
    used(reliable, leo, 7, 1)
    used(make_article("Wait a week", cause=MAILBOX_FULL), leo, 1, 3)
    make_article("Write a letter", cause=MAILBOX_FULL)
    gaps.open_tasks({category(MAILBOX_FULL).pk: 12}, timezone.now())
    make_ticket(cause=UNAVAILABLE, reports=3)
    look_at(visit, "categories", "/knowledge/categories/")
    look_at(visit, "category", f"/knowledge/categories/{MAILBOX_FULL}/")
    ticket = make_ticket(cause=MAILBOX_FULL)
    look_at(visit, "ticket-fixes", f"/tickets/{ticket.number}/")
    look_at(visit, "article-effect", f"/knowledge/{reliable.translation.article.slug}/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_was_searched_for_in_vain_is_led_to_an_article(
    desk: Desk, leo: Person, language: str
) -> None:
    visit = desk.visit(leo, language=language)
    look_at(visit, "missed-searches-none", "/knowledge/searches/")
    make_article("Ask for room in the mailbox", published=True)
    now = timezone.now()
    for words in ("mailbox", "stuffed to the brim 信箱塞满了"):
        missed.noted(words, locale="en", reader="public", found=False, now=now)
    look_at(visit, "missed-searches", "/knowledge/searches/")
    for row in MissedSearch.objects.all():
        path = f"/knowledge/searches/{row.pk}/article/"
        look_at(visit, f"missed-search-{row.words[:7]}", path)
