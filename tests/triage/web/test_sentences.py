"""Is everything that can happen said in a whole sentence, in both languages?"""

from typing import Any

import pytest
from django.utils import translation

from triage.models import EventKind, TicketEvent
from triage.severity import Reason, ReasonCode
from triage.web import message_words, sentences, tier_words
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
    (
        EventKind.MACRO,
        1,
        {"name": "Ask them", "name_zh_hans": "询问"},
        "Ana ran the macro “Ask them”.",
    ),
    (
        EventKind.ATTACHED,
        1,
        {"file": 1, "name": "answer.txt"},
        "Ana attached the file “answer.txt”.",
    ),
    (
        EventKind.MERGED,
        1,
        {"into": 7, "reports": 1, "incident": 3, "target": 4},
        "Ana merged the ticket into #7, with 1 report.",
    ),
    (
        EventKind.MERGED,
        1,
        {"incident": 3, "target": 4},
        "Ana merged incident 3 into incident 4; the ticket goes on there.",
    ),
    (
        EventKind.ABSORBED,
        1,
        {"from": 6, "reports": 9},
        "Ana merged ticket #6 into this one: 9 reports.",
    ),
    (
        EventKind.ABSORBED,
        1,
        {"incident": 3, "target": 4, "reports": 412},
        "Ana merged incident 3 into this one: 412 reports.",
    ),
    (
        EventKind.SPLIT,
        1,
        {"incident": 3, "reports": 2, "to": 8},
        "Ana split off 2 reports; they go on as ticket #8.",
    ),
    (
        EventKind.SPLIT,
        1,
        {"incident": 3, "reports": 1},
        "Ana split off 1 report.",
    ),
    (
        EventKind.PARTED,
        1,
        {"to": 6, "reports": 2},
        "2 reports went back to ticket #6.",
    ),
    (EventKind.ACKNOWLEDGED, 1, {"incident": 3}, "Ana took note of incident 3."),
    (
        EventKind.MUTED,
        1,
        {"incident": 3, "mute_until": "2026-03-02T12:00:00+00:00"},
        "Ana muted incident 3 until 2026-03-02 12:00 UTC, or until it gets worse.",
    ),
    (
        EventKind.MUTED,
        1,
        {"incident": 3, "mute_reports": 100},
        "Ana muted incident 3 until it has 100 reports, or gets worse.",
    ),
    (
        EventKind.MUTED,
        1,
        {"incident": 3},
        "Ana muted incident 3 until it gets worse.",
    ),
    (
        EventKind.UNMUTED,
        None,
        {"incident": 3},
        "The machine ended the mute of incident 3.",
    ),
    (EventKind.REPLIED, 1, {"reply": 1}, "Ana answered the reporters."),
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
    (
        EventKind.HANDED_OVER,
        1,
        {"from": 1, "to": None},
        "Ana put the ticket down; nobody holds it.",
    ),
    (
        EventKind.TIER_SET,
        1,
        {"from": "S3", "to": "S1", "ends": False, "reason": "The bank waits."},
        "Ana set the tier from S3 to S1: “The bank waits.”",
    ),
    (
        EventKind.TIER_SET,
        1,
        {"from": "S1", "to": "S3", "ends": True, "reason": ""},
        "Ana lets the tier be judged again: S3.",
    ),
    (
        EventKind.WAITING,
        1,
        {"on": "provider", "until": None},
        "Ana lets the ticket wait. For: The provider.",
    ),
    (
        EventKind.WAITING,
        1,
        {"on": "reporter", "until": "2026-03-02T12:00:00+00:00"},
        "Ana lets the ticket wait until 2026-03-02 12:00 UTC. For: The reporter.",
    ),
    (EventKind.WAITING, 1, {"on": ""}, "Ana waits no longer."),
    (
        EventKind.WOKEN,
        None,
        {"on": "provider"},
        "The time to wait is over; the ticket is open again.",
    ),
    (
        EventKind.CATEGORY,
        1,
        {"category": "rate.quota"},
        "Ana named the cause: Quota.",
    ),
    (
        EventKind.CATEGORY,
        1,
        {"category": None},
        "Ana went back to the diagnosed cause.",
    ),
    (EventKind.UNDONE, 1, {"seq": 3, "kind": "tier_set"}, "Ana undid: tier set."),
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
        EventKind.CAME_BACK,
        None,
        {"reports": 2, "days": 1},
        "The failure came back within 1 day: 2 reports since.",
    ),
    (
        EventKind.CAME_BACK,
        None,
        {"reports": 1, "days": 3, "ticket": 7},
        (
            "The failure came back within 3 days: 1 report since. Work goes on in "
            "ticket #7."
        ),
    ),
    (
        EventKind.CAME_BACK,
        None,
        {"reports": 1, "days": 3, "before": 5},
        "Solved before in ticket #5, and it came back.",
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
        assert tier_words.of_reason(reason) == said
    with translation.override("zh-hans"):
        assert chinese(tier_words.of_reason(reason))


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
