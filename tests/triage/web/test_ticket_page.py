"""What does the page of a ticket show, whatever the ticket is like?"""

import copy
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries.models import (
    AttemptCause,
    EvidenceLevel,
    Message,
    MessageState,
    Outcome,
    Purpose,
    SuppressionOrigin,
)
from deliveries.suppressions import suppress
from tests.factories import make_address, make_attempt, make_message, make_route
from tests.people import Person
from tests.work import (
    MAILBOX_FULL,
    RELAY_DENIED,
    UNKNOWN,
    category,
    hand_to_people,
    make_article,
    make_report,
    make_ticket,
)
from triage import diagnosis, measuring, resolution, tickets
from triage.models import (
    Diagnosis,
    Finding,
    NoteKind,
    ReportState,
    Resolution,
    Ticket,
)
from triage.web import diagnosis_words

pytestmark = pytest.mark.django_db

# What templates may leave out: a label of the caller's, a form of no form.
MAY_BE_ABSENT = {"words", "form", "retry.lifts"}


@pytest.fixture
def marked_blanks(settings: Any) -> None:
    """Make every variable that a template misses visible on the page."""
    changed = copy.deepcopy(settings.TEMPLATES)
    changed[0]["OPTIONS"]["string_if_invalid"] = "⟪%s⟫"
    settings.TEMPLATES = changed


def url_of(ticket: Ticket) -> str:
    return f"/tickets/{ticket.number}/"


def page(person: Person, ticket: Ticket, language: str = "en") -> Any:
    person.browser.cookies["django_language"] = language
    response = person.browser.get(url_of(ticket))
    assert response.status_code == 200
    return response


# --- tickets of every kind ------------------------------------------------------------


def without_a_message(ana: Person) -> Ticket:
    return make_ticket(
        answer="", detail="I never got it", attempts=[{"at": "2026-03-01T12:00:00Z"}]
    )


def with_tries(ana: Person) -> Ticket:
    """A message that was refused, is suppressed, and is about to be sent again."""
    address = make_address()
    message = make_message(
        address=address,
        region="eu-west",
        expires_at=timezone.now() + timedelta(hours=3),
    )
    report = make_report(
        message,
        expires_at=message.expires_at,
        attempts=[
            {
                "at": "2026-03-01T12:00:00Z",
                "code": "451",
                "answer": "Try later",
                "provider": "northpost",
            }
        ],
    )
    (ticket,) = hand_to_people([report])
    route = make_route()
    for outcome in (Outcome.REFUSED, Outcome.UNCLEAR, Outcome.CANCELLED):
        attempt = make_attempt(message, route)
        type(attempt).objects.filter(pk=attempt.pk).update(
            outcome=outcome,
            due_at=None,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            reply_code="503",
            raw_answer="HTTP 503 Unavailable",
        )
    make_attempt(message, route, cause=AttemptCause.AGENT)
    suppress(
        address,
        category=category(MAILBOX_FULL),
        origin=SuppressionOrigin.EVENT,
        until=timezone.now() + timedelta(days=3),
    )
    return ticket


def diagnosed(ana: Person) -> Ticket:
    report = make_report(cause=None, answer="552 5.2.2 Mailbox full")
    diagnosis.diagnose([report], timezone.now())
    report.save()
    return hand_to_people([report])[0]


def worked(ana: Person) -> Ticket:
    """A ticket to which everything has happened."""
    make_route()
    ticket = make_ticket(make_message(address=make_address()))
    number = ticket.number
    tickets.take(number, ana.actor)
    tickets.note(number, ana.actor, kind=NoteKind.HYPOTHESIS, body="Theirs?\n\nAsk.")
    message = ticket.reports.get().message
    tickets.retry_now(
        number,
        ana.actor,
        message_public_id=message.public_id if message else "",
        now=timezone.now(),
    )
    return ticket


def solved(ana: Person) -> Ticket:
    ticket = make_ticket(make_message(address=make_address()), cause=MAILBOX_FULL)
    answer = resolution.Answer(
        category(MAILBOX_FULL),
        note="They made room.",
        article_version=make_article(cause=MAILBOX_FULL),
    )
    resolution.resolve(ticket.number, ana.actor, answer, now=timezone.now())
    return ticket


def verified(ana: Person) -> Ticket:
    ticket = solved(ana)
    ticket.reports.update(state=ReportState.VERIFIED)
    Message.objects.update(
        state=MessageState.DELIVERED, evidence_level=EvidenceLevel.CONFIRMED
    )
    resolution.settle(Ticket.objects.get(pk=ticket.pk), timezone.now())
    return ticket


def reopened(ana: Person) -> Ticket:
    ticket = verified(ana)
    tickets.reopen(ticket.number, ana.actor, reason="Again", now=timezone.now())
    return ticket


KINDS: dict[str, Callable[[Person], Ticket]] = {
    "without a message": without_a_message,
    "with a message and tries": with_tries,
    "diagnosed": diagnosed,
    "worked": worked,
    "solved": solved,
    "verified": verified,
    "reopened": reopened,
    "of an unknown cause": lambda ana: make_ticket(cause=UNKNOWN, answer="wibble"),
    "never to be sent again": lambda ana: make_ticket(cause=RELAY_DENIED),
    "of a person who is not known": lambda ana: make_ticket(person=""),
    "expired": lambda ana: make_ticket(
        purpose=Purpose.SECURITY, expires_at=timezone.now() - timedelta(hours=1)
    ),
}


@pytest.mark.usefixtures("marked_blanks")
@pytest.mark.parametrize("kind", KINDS)
def test_every_ticket_has_a_page_in_both_languages(ana: Person, kind: str) -> None:
    ticket = KINDS[kind](ana)
    for language in ("en", "zh-hans"):
        text = page(ana, ticket, language).text
        assert f'<html lang="{language}"' in text
        assert f"#{ticket.number}" in text
        blanks = set(re.findall("⟪(.*?)⟫", text)) - MAY_BE_ABSENT
        assert not blanks
        assert "%(" not in text
        assert "None" not in re.sub(r"<[^>]*>", "", text)


# --- what it says ---------------------------------------------------------------------


def test_a_page_says_what_it_is_about(ana: Person) -> None:
    head = page(ana, make_ticket(cause=MAILBOX_FULL)).context["ticket"]
    assert (head["cause"], head["state"], head["queue_name"]) == (
        "Mailbox or handset memory full",
        "new",
        "General",
    )


def test_the_message_is_shown_masked(ana: Person) -> None:
    address = make_address(value="https://sink.example/in/ana-secret")
    text = page(ana, make_ticket(make_message(address=address))).text
    assert "ana-secret" not in text
    assert address.masked in text


def test_tries_are_shown_in_order_with_those_of_the_source_first(ana: Person) -> None:
    attempts = page(ana, with_tries(ana)).context["attempts"]
    assert [(each.n, each.outcome) for each in attempts] == [
        (1, "refused"),
        (2, "refused"),
        (3, "unclear"),
        (4, "cancelled"),
        (5, "planned"),
    ]
    assert attempts[0].answer == "Try later"
    assert attempts[4].next_at is not None


@pytest.mark.parametrize(
    ("level", "outcome", "rungs"),
    [
        (0, None, ["todo", "fail", "todo", "todo"]),
        (0, Outcome.REFUSED, ["todo", "fail", "todo", "todo"]),
        (0, Outcome.UNCLEAR, ["todo", "unclear", "todo", "todo"]),
        (2, None, ["on", "on", "fail", "todo"]),
        (2, Outcome.REFUSED, ["on", "on", "fail", "todo"]),
        (4, None, ["on", "on", "on", "on"]),
    ],
)
def test_the_ladder_shows_what_is_proven_and_where_it_ended(
    ana: Person, level: int, outcome: Outcome | None, rungs: list[str]
) -> None:
    message = make_message(address=make_address())
    ticket = make_ticket(message)
    if outcome is not None:
        attempt = make_attempt(message)
        type(attempt).objects.filter(pk=attempt.pk).update(
            outcome=outcome, due_at=None, finished_at=timezone.now()
        )
    Message.objects.filter(pk=message.pk).update(evidence_level=level)
    context = page(ana, ticket).context
    assert [rung.rung for rung in context["rungs"]] == rungs
    assert [rung.needed for rung in context["rungs"]] == [False, False, True, False]


def test_the_gate_has_its_word(ana: Person) -> None:
    context = page(ana, with_tries(ana)).context
    assert not context["gate"]["allowed"]
    assert context["suppression"]["reason"] == "Mailbox or handset memory full"


def test_the_tier_comes_with_its_reasons_in_words(ana: Person) -> None:
    ticket = make_ticket(reports=2, purpose=Purpose.SECURITY)
    severity = page(ana, ticket).context["severity"]
    assert severity["score"] == sum(each["points"] for each in severity["reasons"])
    assert [each["text"] for each in severity["reasons"]][:2] == [
        "Purpose: Security",
        "2 people unserved",
    ]


def test_the_diagnosis_speaks_for_and_against(ana: Person) -> None:
    shown = page(ana, diagnosed(ana)).context["diagnosis"]
    assert shown["category_name"] == "Mailbox or handset memory full"
    assert shown["confidence"] > 50
    assert shown["supports"]


def test_the_words_that_decided_are_marked_where_they_stand(ana: Person) -> None:
    message = make_message(address=make_address())
    report = make_report(message, cause=None, answer="HTTP 503 Service Unavailable")
    report.received_at -= timedelta(minutes=2)
    diagnosis.diagnose([report], timezone.now())
    report.save()
    (ticket,) = hand_to_people([report])
    attempt = make_attempt(message)
    attempt.raw_answer, attempt.outcome = "Sorry: HTTP 410 Gone", Outcome.REFUSED
    attempt.due_at, attempt.finished_at = None, timezone.now() - timedelta(minutes=1)
    attempt.save()
    assert "Service Unavailable" in marked(page(ana, ticket))
    diagnosis.diagnose_attempt(report, attempt, timezone.now())
    assert "410" in marked(page(ana, ticket))


def marked(response: Any) -> set[str]:
    return {
        words
        for line in response.context["diagnosis"]["supports"]
        for words, is_marked in line["parts"] or ()
        if is_marked
    }


def test_the_articles_of_the_cause_are_at_hand(ana: Person) -> None:
    ticket = solved(ana)
    Resolution.objects.update(due_at=timezone.now() - timedelta(hours=1))
    measuring.measure_due(timezone.now())
    (article,) = page(ana, ticket).context["articles"]
    assert (article["effect"]["applied"], article["is_draft"]) == (1, True)


def test_the_timeline_tells_everything_in_words(ana: Person, leo: Person) -> None:
    ticket = worked(ana)
    queue = type(ticket.queue).objects.create(slug="second", name="Second pile")
    tickets.hand_over(ticket.number, leo.actor, to=ana.user, note="Please")
    tickets.hand_over(ticket.number, leo.actor, to=queue)
    Ticket.objects.filter(pk=ticket.pk).update(queue=ticket.queue)
    lines = page(ana, ticket).context["timeline"]
    assert [line["text"] for line in lines] == [
        "The ticket was opened with 1 report.",
        "Ana took the ticket.",
        "Theirs?\n\nAsk.",
        "Ana had the message sent again, attempt 1.",
        "Leo handed the ticket to Ana. “Please”",
        "Leo handed the ticket to the queue Second pile.",
    ]


def test_reports_that_joined_in_a_row_are_one_line(ana: Person) -> None:
    ticket = make_ticket(provider="p")
    for _ in range(3):
        hand_to_people([make_report(provider="p"), make_report(provider="p")])
    lines = page(ana, ticket).context["timeline"]
    texts = [line["text"] for line in lines if line["icon"] == "link"]
    assert sum(int(text.split()[0]) for text in texts) == 6
    assert len(texts) < 3


def test_what_people_wrote_is_text_and_never_markup(ana: Person) -> None:
    hostile = "<script>alert(1)</script>"
    ticket = make_ticket(answer=hostile, detail=hostile)
    tickets.note(ticket.number, ana.actor, kind=NoteKind.OBSERVATION, body=hostile)
    text = page(ana, ticket).text
    assert hostile not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3


# --- who may do what here -------------------------------------------------------------


def test_what_may_not_be_done_is_not_drawn_or_says_why(
    ana: Person, leo: Person, aud: Person
) -> None:
    free = page(ana, make_ticket()).context["actions"]
    assert (free["take"], free["solve"], free["hand_over"]) == (True, True, None)
    assert free["retry"] == "No message is known for these reports."
    hers = page(ana, make_ticket(assignee=ana.user)).context["actions"]
    assert (hers["take"], hers["hand_over"]) == (None, True)
    his = page(ana, make_ticket(assignee=leo.user)).context["actions"]
    assert his["take"] == his["solve"] == "A colleague holds this ticket."
    assert set(page(aud, make_ticket()).context["actions"].values()) == {None}
    done = page(ana, solved(ana)).context["actions"]
    assert done["reopen"] is True
    assert {done[name] for name in ("take", "hand_over", "retry", "solve")} == {None}


def test_who_may_not_note_gets_no_place_to_write(ana: Person, aud: Person) -> None:
    ticket = make_ticket()
    assert "data-composer" in page(ana, ticket).text
    assert "data-composer" not in page(aud, ticket).text


@pytest.mark.parametrize("number", ["999999", "99999999999999999999999999"])
def test_a_ticket_out_of_scope_looks_like_none(
    eve: Person, ana: Person, number: str
) -> None:
    ticket = make_ticket()
    foreign = eve.browser.get(url_of(ticket))
    missing = eve.browser.get(f"/tickets/{number}/")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(str(ticket.number), number) == missing.text


# --- the diagnosis in detail ----------------------------------------------------------


def test_a_stretch_of_the_answer_is_quoted_once_with_all_that_matched(
    ana: Person,
) -> None:
    answer = "550 5.1.1 User unknown, " + "x" * 300 + " mailbox not found"
    report = make_report(cause=None, answer=answer)
    diagnosis.diagnose([report], timezone.now())
    report.save()
    (ticket,) = hand_to_people([report])
    shown = page(ana, ticket).context["diagnosis"]["supports"]
    quotes = [line["parts"] for line in shown if line["parts"]]
    assert len(shown) > len(quotes)
    first = next(each for each in quotes if each[0] != ("…", False))
    assert [text for text, is_marked in first if is_marked] == [
        "550",
        "5.1.1",
        "User unknown",
    ]
    assert first[-1][0].endswith("…")


def test_overlapping_marks_are_one_stretch() -> None:
    parts = diagnosis_words._quote("abcdef", (1, 6), [(2, 4), (1, 3), (3, 4)])
    assert parts == [("…", False), ("bc", True), ("d", True), ("ef", False)]


def test_a_run_of_a_time_before_plans_is_shown_without_one(ana: Person) -> None:
    ticket = make_ticket()
    report = ticket.reports.get()
    run = Diagnosis.objects.create(
        report=report, ruleset_version="1", evidence_digest="d", took_ms=1.0
    )
    category = ticket.group.category
    Finding.objects.create(diagnosis=run, rank=1, category=category, confidence=0.9)
    shown = page(ana, ticket).context["diagnosis"]
    assert (shown["plan"], shown["checks"]) == (None, [])


def test_the_card_says_plan_checks_and_runs(ana: Person) -> None:
    ticket = diagnosed(ana)
    shown = page(ana, ticket).context["diagnosis"]
    assert str(shown["plan"]).startswith("Waits for a person")
    assert len(shown["checks"]) == 12
    assert (shown["before_at"], shown["earlier"]) == (None, [])
