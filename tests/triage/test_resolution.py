"""How is a ticket solved, and when is that proven?"""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from knowledgebase.articles import TITLE_MAX, Draft
from knowledgebase.models import Article, Locale, TranslationState
from tests.people import Person
from tests.side_by_side import Other
from tests.work import (
    MAILBOX_FULL,
    category,
    hand_to_people,
    make_article,
    make_report,
    make_ticket,
)
from triage import resolution, tickets
from triage.models import (
    EventKind,
    FailureReport,
    ReportState,
    Resolution,
    ResolutionState,
    Ticket,
    TicketState,
)
from triage.resolution import Answer
from triage.tickets import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


def resolve(
    ticket: Ticket, by: Person, answer: Answer | None = None, version: int | None = None
) -> Resolution:
    answer = answer or Answer(category(MAILBOX_FULL))
    return resolution.resolve(ticket.number, by.actor, answer, now=NOW, version=version)


def prove(ticket: Ticket, *reports: FailureReport) -> Ticket:
    """Let evidence arrive for reports, by default all of the ticket."""
    chosen = ticket.reports.filter(pk__in=[each.pk for each in reports])
    (chosen if reports else ticket.reports).update(state=ReportState.VERIFIED)
    with transaction.atomic():
        row = Ticket.objects.select_for_update().get(pk=ticket.pk)
        resolution.settle(row, NOW)
    return Ticket.objects.get(pk=ticket.pk)


def check_deferred_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_solving_writes_a_resolution_and_tells_the_reports(ana: Person) -> None:
    ticket = make_ticket(reports=2)
    row = resolve(ticket, ana, Answer(category(MAILBOX_FULL), note="They made room."))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved_at) == (TicketState.SOLVED, NOW)
    assert (row.category.slug, row.note) == (MAILBOX_FULL, "They made room.")  # type: ignore[union-attr]
    assert (row.resolved_by, row.state) == (ana.user, ResolutionState.APPLIED)
    assert set(ticket.reports.values_list("state", flat=True)) == {"resolved"}
    event = ticket.events.get(kind=EventKind.SOLVED)
    assert event.actor == ana.user
    assert event.change["category"] == MAILBOX_FULL
    assert event.change["reports"] == 2
    assert event.inverse == {"state": "new"}
    check_deferred_constraints()


def test_the_article_that_helped_is_linked(ana: Person) -> None:
    version = make_article(cause=MAILBOX_FULL)
    row = resolve(
        make_ticket(), ana, Answer(category(MAILBOX_FULL), article_version=version)
    )
    assert row.article_version == version


def test_an_article_can_be_drafted_in_the_same_step(ana: Person) -> None:
    draft = Draft("满了怎么办", "Ask jo@box.example to **make room**.", Locale.ZH_HANS)
    row = resolve(make_ticket(), ana, Answer(category(MAILBOX_FULL), draft=draft))
    version = row.article_version
    assert version is not None
    assert (version.title, version.author) == ("满了怎么办", ana.user)
    assert "jo@box.example" not in version.body
    translation = version.translation
    assert (translation.locale, translation.state) == (
        Locale.ZH_HANS,
        TranslationState.DRAFT,
    )
    assert [each.slug for each in translation.article.categories.all()] == [
        MAILBOX_FULL
    ]


@pytest.mark.parametrize(
    ("title", "body"),
    [("", "Text"), ("Title", " "), ("  ", ""), ("x" * (TITLE_MAX + 1), "Text")],
)
def test_a_draft_without_words_is_refused_and_nothing_changes(
    ana: Person, title: str, body: str
) -> None:
    ticket = make_ticket()
    answer = Answer(category(MAILBOX_FULL), draft=Draft(title, body, Locale.EN))
    with pytest.raises(Invalid) as refused:
        resolve(ticket, ana, answer)
    assert refused.value.field == "draft_title"
    ticket.refresh_from_db()
    assert (ticket.state, ticket.version) == (TicketState.NEW, 1)
    assert not Article.objects.exists()
    assert not Resolution.objects.exists()


def test_a_note_is_kept_redacted(ana: Person) -> None:
    row = resolve(
        make_ticket(), ana, Answer(category(MAILBOX_FULL), note="Told jo@box.example.")
    )
    assert row.note.startswith("Told ")
    assert "jo@box.example" not in row.note


def test_a_solved_ticket_is_not_solved_again(ana: Person) -> None:
    ticket = make_ticket()
    resolve(ticket, ana)
    with pytest.raises(Invalid, match="solved already"):
        resolve(ticket, ana)
    assert ticket.resolutions.count() == 1


def test_out_of_scope_outdated_or_not_theirs_nothing_is_solved(
    ana: Person, leo: Person, eve: Person
) -> None:
    ticket = make_ticket(assignee=leo.user)
    with pytest.raises(NotFound):
        resolve(ticket, eve)
    with pytest.raises(Conflict):
        resolve(ticket, ana, version=99)
    with pytest.raises(Forbidden):
        resolve(ticket, ana)
    assert not Resolution.objects.exists()


def test_a_ticket_is_verified_when_every_report_is_proven(ana: Person) -> None:
    ticket = make_ticket(reports=2)
    resolve(ticket, ana)
    first = ticket.reports.first()
    assert first is not None
    assert prove(ticket, first).state == TicketState.SOLVED
    verified = prove(ticket)
    assert verified.state == TicketState.VERIFIED
    row = verified.resolutions.get()
    assert (row.state, row.verified_at) == (ResolutionState.EFFECTIVE, NOW)
    event = verified.events.get(kind=EventKind.VERIFIED)
    assert (event.actor_kind, event.change) == ("machine", {"reports": 2})


def test_reports_that_no_longer_count_are_not_waited_for(ana: Person) -> None:
    ticket = make_ticket(reports=2)
    resolve(ticket, ana)
    withdrawn, other = ticket.reports.all()
    ticket.reports.filter(pk=withdrawn.pk).update(state=ReportState.WITHDRAWN)
    verified = prove(ticket, other)
    assert verified.state == TicketState.VERIFIED
    assert verified.events.get(kind=EventKind.VERIFIED).change == {"reports": 1}


def test_a_ticket_without_a_report_that_counts_proves_nothing(ana: Person) -> None:
    ticket = make_ticket()
    resolve(ticket, ana)
    ticket.reports.update(state=ReportState.WITHDRAWN)
    with transaction.atomic():
        resolution.settle(Ticket.objects.get(pk=ticket.pk), NOW)
    ticket.refresh_from_db()
    assert ticket.state == TicketState.SOLVED


def test_what_mended_itself_is_solved_and_verified_by_the_machine() -> None:
    verified = prove(make_ticket(cause=MAILBOX_FULL))
    assert verified.state == TicketState.VERIFIED
    row = verified.resolutions.get()
    assert row.category is not None
    assert (row.category.slug, row.resolved_by) == (MAILBOX_FULL, None)
    kinds = verified.events.exclude(kind=EventKind.TIER).values_list("kind", flat=True)
    assert list(kinds) == ["opened", "solved", "verified"]
    check_deferred_constraints()


def test_settling_twice_changes_nothing_more(ana: Person) -> None:
    verified = prove(make_ticket())
    again = prove(verified)
    assert (again.version, again.last_seq) == (verified.version, verified.last_seq)


def test_a_waiting_ticket_can_be_solved(ana: Person) -> None:
    ticket = make_ticket(assignee=ana.user)
    Ticket.objects.filter(pk=ticket.pk).update(state="waiting", waiting_on="provider")
    resolve(ticket, ana)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.waiting_on) == (TicketState.SOLVED, "")


def test_reopening_keeps_the_old_resolution_and_says_whether_it_held(
    ana: Person,
) -> None:
    failed, regressed = make_ticket(), make_ticket()
    resolve(failed, ana)
    resolve(regressed, ana)
    prove(regressed)
    for ticket, state in (
        (failed, ResolutionState.INEFFECTIVE),
        (regressed, ResolutionState.REGRESSED),
    ):
        tickets.reopen(ticket.number, ana.actor, reason="Again", now=NOW)
        row = ticket.resolutions.get()
        assert (row.state, row.superseded_at) == (state, NOW)
        ticket.refresh_from_db()
        assert (ticket.state, ticket.reopen_count) == (TicketState.OPEN, 1)
        resolve(ticket, ana)
        assert ticket.resolutions.filter(superseded_at=None).count() == 1
    check_deferred_constraints()


def test_a_ticket_without_a_resolution_is_not_solved_in_the_database() -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(state=TicketState.SOLVED)
    with (
        pytest.raises(IntegrityError, match="ticket_solved_has_resolution"),
        transaction.atomic(),
    ):
        check_deferred_constraints()
    Ticket.objects.filter(pk=ticket.pk).update(state=TicketState.OPEN)


def test_the_resolution_of_a_solved_ticket_does_not_vanish(ana: Person) -> None:
    row = resolve(make_ticket(), ana)
    Resolution.objects.filter(pk=row.pk).update(superseded_at=NOW)
    with (
        pytest.raises(IntegrityError, match="ticket_solved_has_resolution"),
        transaction.atomic(),
    ):
        check_deferred_constraints()
    Resolution.objects.filter(pk=row.pk).update(superseded_at=None)


def test_a_ticket_has_one_current_resolution_with_a_category(ana: Person) -> None:
    row = resolve(make_ticket(), ana)
    for changes, constraint in (
        ({"category": row.category}, "resolution_current"),
        ({"category": None, "superseded_at": NOW}, "resolution_needs_category"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Resolution.objects.create(ticket=row.ticket, **changes)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_solve_at_the_same_moment_one_does(ana: Person, leo: Person) -> None:
    ticket = make_ticket()
    with transaction.atomic():
        resolve(ticket, ana, version=1)
        other = Other(lambda: resolve(ticket, leo, version=1)).until_it_waits()
    with pytest.raises(Conflict) as told:
        other.end()
    assert told.value.event is not None
    assert (told.value.event.kind, told.value.event.actor) == ("solved", ana.user)
    assert ticket.resolutions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_failure_that_comes_again_while_a_ticket_is_solved_reopens_it(
    ana: Person,
) -> None:
    ticket = make_ticket(provider="p")
    again = make_report(provider="p")
    with transaction.atomic():
        resolve(ticket, ana)
        other = Other(lambda: hand_to_people([again], timezone.now())).until_it_waits()
    other.end()
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopen_count) == (TicketState.OPEN, 1)
    assert ticket.reports.count() == 2
    assert not ticket.resolutions.filter(superseded_at=None).exists()
