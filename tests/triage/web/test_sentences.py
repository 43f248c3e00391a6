"""Is everything that can happen said in a whole sentence, in both languages?"""

from typing import Any

import pytest
from django.utils import translation

from triage.models import EventKind, TicketEvent
from triage.severity import Reason, ReasonCode
from triage.web import message_words, sentences
from triage.web.sentences import Names

NAMES = Names({1: "Ana", 2: "Leo"}, {"rate.quota": "Quota"}, {"mail": "Mail"})

EVENTS: list[tuple[EventKind, int | None, dict[str, Any], str]] = [
    (EventKind.OPENED, None, {"reports": 1}, "The ticket was opened with 1 report."),
    (EventKind.OPENED, None, {"reports": 3}, "The ticket was opened with 3 reports."),
    (EventKind.JOINED, None, {"reports": 1}, "1 more report joined."),
    (EventKind.JOINED, None, {"reports": 9}, "9 more reports joined."),
    (
        EventKind.TIER,
        None,
        {"from": "S3", "to": "S2", "score": 61},
        "The tier went from S3 to S2, score 61.",
    ),
    (
        EventKind.BREACHED,
        None,
        {"kind": "next_update", "tier": "S2", "target": "2026-03-02T12:00:00+00:00"},
        "Overdue: Next update, promised at S2.",
    ),
    (
        EventKind.ESCALATED,
        None,
        {"level": 1, "people": 1, "minutes": 119, "burn": 119},
        "Escalated: 1 person unserved for 119 min.",
    ),
    (
        EventKind.ESCALATED,
        None,
        {"level": 2, "people": 900, "minutes": 150, "burn": 135_000},
        "Escalated again: 900 people unserved for 2 h.",
    ),
    (EventKind.ASSIGNED, 1, {"from": None, "to": 1}, "Ana took the ticket."),
    (
        EventKind.HANDED_OVER,
        1,
        {"from": 1, "to": 2},
        "Ana handed the ticket to Leo.",
    ),
    (
        EventKind.HANDED_OVER,
        1,
        {"from": 1, "to": 77, "note": "100 % done"},
        "Ana handed the ticket to somebody. “100 % done”",
    ),
    (
        EventKind.HANDED_OVER,
        1,
        {"from_queue": "general", "to_queue": "mail"},
        "Ana handed the ticket to the queue Mail.",
    ),
    (EventKind.NOTED, 1, {"note": 7}, "Ana wrote a note."),
    (
        EventKind.PARKED,
        None,
        {"route": "SMS · Lotus"},
        "Parked: the route SMS · Lotus is interrupted.",
    ),
    (
        EventKind.UNPARKED,
        None,
        {"route": "SMS · Lotus"},
        "No longer parked: the route SMS · Lotus is in use again.",
    ),
    (
        EventKind.RESEND,
        1,
        {"resend": 7, "step": 1, "did": "planned"},
        "Ana planned to send it again, in resend 7.",
    ),
    (
        EventKind.RESEND,
        None,
        {"resend": 7, "step": 2, "did": "aborted", "fault": "too_many_failed"},
        "Resend 7 stopped by its rule. Too many of the last messages failed.",
    ),
    (
        EventKind.RETRIED,
        1,
        {"attempt": 2},
        "Ana had the message sent again, attempt 2.",
    ),
    (
        EventKind.REPAIR_ENDED,
        None,
        {"attempt": 7, "category": "rate.quota"},
        "Attempt 7 was refused: Quota.",
    ),
    (
        EventKind.REPAIR_ENDED,
        None,
        {"attempt": 1, "gate": "expired"},
        "Attempt 1 was not sent: it was no longer allowed.",
    ),
    (
        EventKind.REPAIR_ENDED,
        None,
        {"attempt": 2, "gate": "", "delegated": "unacknowledged"},
        (
            "Attempt 2 was not made: the sending system did not react, however often "
            "it was asked."
        ),
    ),
    (
        EventKind.REPAIR_ENDED,
        None,
        {"attempt": 2, "gate": "Ana has left.", "delegated": "declined"},
        "The sending system declined attempt 2: “Ana has left.”",
    ),
    (
        EventKind.REPAIR_ENDED,
        None,
        {"proven": True},
        "The message was delivered; other reports still wait.",
    ),
    (
        EventKind.UNCLEAR,
        None,
        {"attempt": 3},
        "Attempt 3 ended without a clear answer.",
    ),
    (
        EventKind.UNCLEAR,
        None,
        {"silent": True},
        "No evidence came in time; it is unknown whether the message arrived.",
    ),
    (
        EventKind.SOLVED,
        1,
        {"category": "rate.quota"},
        "Ana solved the ticket: Quota.",
    ),
    (
        EventKind.SOLVED,
        None,
        {"category": "gone.by"},
        "The machine solved the ticket: gone.by.",
    ),
    (EventKind.VERIFIED, None, {}, "Verified: every report has its evidence."),
    (
        EventKind.REOPENED,
        1,
        {"reason": "Not 100 % yet"},
        "Ana reopened the ticket: Not 100 % yet",
    ),
    (
        EventKind.REOPENED,
        None,
        {"reason": "recurrence"},
        "The machine reopened the ticket: the same failure came again",
    ),
    (
        EventKind.REDIAGNOSED,
        1,
        {"reports": 1},
        "Ana had it diagnosed again; the cause is the same.",
    ),
    (
        EventKind.REDIAGNOSED,
        1,
        {"reports": 9, "category": "rate.quota"},
        "Ana had it diagnosed again: Quota.",
    ),
    (
        EventKind.REDIAGNOSED,
        1,
        {"reports": 9, "category": "rate.quota", "moved": 2},
        "Ana had it diagnosed again; 2 reports have another cause.",
    ),
]

REASONS: list[tuple[ReasonCode, dict[str, Any], str]] = [
    (ReasonCode.PURPOSE, {"purpose": "security"}, "Purpose: Security"),
    (ReasonCode.REACH, {"people": 1}, "1 person unserved"),
    (ReasonCode.REACH, {"people": 4120}, "4120 people unserved"),
    (
        ReasonCode.DEPARTURE,
        {"rate": 31.0, "baseline": 2.0, "sends": 90},
        "Fails 31.0 % against 2.0 %",
    ),
    (ReasonCode.NO_BASELINE, {}, "No baseline yet"),
    (ReasonCode.TOO_FEW, {"sends": 3, "needed": 30}, "Too few sends to compare"),
    (ReasonCode.AS_USUAL, {}, "Fails as often as usual"),
    (ReasonCode.URGENCY, {}, "Nothing expires soon"),
    (ReasonCode.URGENCY, {"minutes": 9}, "Expires in 9 min"),
    (ReasonCode.URGENCY, {"minutes": 150}, "Expires in 2 h"),
    (ReasonCode.AGE, {"hours": 0}, "Oldest has waited under an hour"),
    (ReasonCode.AGE, {"hours": 30}, "Oldest has waited 30 h"),
    (ReasonCode.REPEAT, {"times": 1}, "Reopened 1 time"),
    (ReasonCode.REPEAT, {"times": 2}, "Reopened 2 times"),
    (ReasonCode.FLOOR, {"handling_level": 4}, "This cause is never below S2"),
]


def chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


@pytest.mark.parametrize(("kind", "actor", "change", "said"), EVENTS)
def test_an_event_is_said_in_a_sentence(
    kind: EventKind, actor: int | None, change: dict[str, Any], said: str
) -> None:
    event = TicketEvent(kind=kind, actor_id=actor, change=change)
    with translation.override("en"):
        assert sentences.of_event(event, NAMES) == said
    with translation.override("zh-hans"):
        assert chinese(sentences.of_event(event, NAMES))


@pytest.mark.parametrize(("code", "params", "said"), REASONS)
def test_a_reason_is_said_in_a_few_words(
    code: ReasonCode, params: dict[str, Any], said: str
) -> None:
    reason = Reason(code, 5, params)
    with translation.override("en"):
        assert sentences.of_reason(reason) == said
    with translation.override("zh-hans"):
        assert chinese(sentences.of_reason(reason))


def test_every_kind_of_event_and_reason_has_its_words() -> None:
    assert {kind for kind, *_rest in EVENTS} | set(message_words.KINDS) == set(
        EventKind
    )
    assert set(sentences.ICONS) == set(EventKind)
    assert {code for code, *_rest in REASONS} == set(ReasonCode)


def test_what_a_person_settles_is_said_with_the_reason() -> None:
    change = {"attempt": 2, "arrived": True, "reason": "She has it."}
    said = message_words.of_message(EventKind.SETTLED, change, "Ana", "")
    assert said == "Ana settled that the message arrived: “She has it.”"


def test_an_unknown_decision_is_said_as_such() -> None:
    with translation.override("en"):
        assert sentences.of_decision(None, NAMES) == "The ticket has changed."
