"""In which words does the desk say what happened to a ticket?

Events are stored as codes and figures; the sentence is made when it is read, in the
reader's language.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deliveries.models import DelegatedCode
from triage.models import (
    ClockKind,
    Escalation,
    EventKind,
    TicketEvent,
)
from triage.web import act_words, incident_words, message_words, resend_sentences

ICONS = {
    EventKind.OPENED: "ticket",
    EventKind.JOINED: "link",
    EventKind.TIER: "flag",
    EventKind.ASSIGNED: "person",
    EventKind.HANDED_OVER: "hand-over",
    EventKind.NOTED: "pencil",
    EventKind.RETRIED: "resend",
    EventKind.REPAIR_ENDED: "machine",
    EventKind.UNCLEAR: "rung-unclear",
    EventKind.SOLVED: "check",
    EventKind.VERIFIED: "state-verified",
    EventKind.REOPENED: "back",
    EventKind.PARKED: "pause",
    EventKind.UNPARKED: "play",
    EventKind.REDIAGNOSED: "machine",
    EventKind.TIER_SET: "flag",
    EventKind.WAITING: "clock",
    EventKind.WOKEN: "play",
    EventKind.CATEGORY: "pencil",
    EventKind.UNDONE: "back",
    EventKind.RESEND: "resend",
    EventKind.REVEALED: "info",
    EventKind.SETTLED: "check",
    EventKind.REROUTED: "resend",
    EventKind.ANSWERED: "person",
    EventKind.REPLIED: "person",
    EventKind.BREACHED: "clock-overdue",
    EventKind.ESCALATED: "flag",
    EventKind.MACRO: "play",
    EventKind.ATTACHED: "link",
    EventKind.MERGED: "link",
    EventKind.ABSORBED: "link",
    EventKind.SPLIT: "hand-over",
    EventKind.PARTED: "back",
    EventKind.ACKNOWLEDGED: "check",
    EventKind.MUTED: "pause",
    EventKind.UNMUTED: "play",
    EventKind.CAME_BACK: "back",
}


class Names:
    """Names of what a page's events mention, fetched once."""

    def __init__(
        self,
        people: Mapping[int, str],
        categories: Mapping[str, str],
        queues: Mapping[str, str],
    ) -> None:
        self.people = people
        self.categories = categories
        self.queues = queues

    def person(self, pk: object) -> str:
        """A person's name; nobody for an empty id."""
        if not isinstance(pk, int):
            return _("nobody")
        return self.people.get(pk, _("somebody"))

    def category(self, slug: object) -> str:
        """A category's name in the reader's language."""
        return self.categories.get(str(slug), str(slug))

    def queue(self, slug: object) -> str:
        """A queue's name in the reader's language."""
        return self.queues.get(str(slug), str(slug))


def of_event(event: TicketEvent, names: Names) -> str:
    """Say in a sentence what an event of a ticket was."""
    change: dict[str, Any] = event.change
    who = names.person(event.actor_id) if event.actor_id else _("The machine")
    said = {
        "who": who,
        "route": change.get("route", ""),
        "attempt": change.get("attempt", ""),
    }
    if event.kind in _PLAIN:
        return str(_PLAIN[EventKind(event.kind)]) % said
    if event.kind in message_words.KINDS:
        category = names.category(change.get("category", ""))
        return message_words.of_message(event.kind, change, who, category)
    if event.kind in incident_words.KINDS:
        return incident_words.of_incident(event.kind, change, who)
    if event.kind in act_words.KINDS:
        category = names.category(change.get("category") or "")
        return act_words.of_act(event.kind, change, who, category)
    teller = _TELLERS.get(EventKind(event.kind))
    return teller(change, who, names) if teller else str(event.get_kind_display())


_PLAIN = {
    EventKind.RETRIED: gettext_lazy(
        "%(who)s had the message sent again, attempt %(attempt)s."
    ),
    EventKind.WOKEN: gettext_lazy(
        "The time to wait is over; the ticket is open again."
    ),
    EventKind.ASSIGNED: gettext_lazy("%(who)s took the ticket."),
    EventKind.NOTED: gettext_lazy("%(who)s wrote a note."),
    EventKind.REPLIED: gettext_lazy("%(who)s answered the reporters."),
    EventKind.VERIFIED: gettext_lazy("Verified: every report has its evidence."),
    EventKind.PARKED: gettext_lazy("Parked: the route %(route)s is interrupted."),
    EventKind.UNPARKED: gettext_lazy(
        "No longer parked: the route %(route)s is in use again."
    ),
}


def _of_opening(change: dict[str, Any], who: str, names: Names) -> str:
    count = int(change.get("reports", 0))
    return ngettext(
        "The ticket was opened with %(count)d report.",
        "The ticket was opened with %(count)d reports.",
        count,
    ) % {"count": count}


def _of_joining(change: dict[str, Any], who: str, names: Names) -> str:
    count = int(change.get("reports", 0))
    return ngettext(
        "%(count)d more report joined.", "%(count)d more reports joined.", count
    ) % {"count": count}


def _of_tier(change: dict[str, Any], who: str, names: Names) -> str:
    return _("The tier went from %(from)s to %(to)s, score %(score)s.") % change


def _of_solution(change: dict[str, Any], who: str, names: Names) -> str:
    said = {"who": who, "category": names.category(change["category"])}
    return _("%(who)s solved the ticket: %(category)s.") % said


def _of_reopening(change: dict[str, Any], who: str, names: Names) -> str:
    said = {"who": who, "reason": _reopening(str(change.get("reason", "")))}
    return _("%(who)s reopened the ticket: %(reason)s") % said


def _of_hand_over(change: dict[str, Any], who: str, names: Names) -> str:
    if "to_queue" in change:
        said = {"who": who, "queue": names.queue(change["to_queue"])}
        sentence = _("%(who)s handed the ticket to the queue %(queue)s.") % said
    elif change.get("to") is None:
        sentence = _("%(who)s put the ticket down; nobody holds it.") % {"who": who}
    else:
        said = {"who": who, "to": names.person(change.get("to"))}
        sentence = _("%(who)s handed the ticket to %(to)s.") % said
    if not change.get("note"):
        return sentence
    return _("%(sentence)s “%(note)s”") % {"sentence": sentence, "note": change["note"]}


def _of_repair(change: dict[str, Any], who: str, names: Names) -> str:
    if change.get("silent"):
        return _("No evidence came in time; it is unknown whether the message arrived.")
    if change.get("proven"):
        return _("The message was delivered; other reports still wait.")
    if "bounced" in change:
        return _of_bounce(change, names)
    if "category" in change:
        said = {
            "attempt": change["attempt"],
            "category": names.category(change["category"]),
        }
        return _("Attempt %(attempt)s was refused: %(category)s.") % said
    if change.get("delegated") == DelegatedCode.UNACKNOWLEDGED:
        return _(
            "Attempt %(attempt)s was not made: the sending system did not react, "
            "however often it was asked."
        ) % {"attempt": change["attempt"]}
    if change.get("delegated") == DelegatedCode.DECLINED:
        said = {"attempt": change["attempt"], "reason": change["gate"]}
        return _("The sending system declined attempt %(attempt)s: “%(reason)s”") % said
    if "gate" in change:
        return _("Attempt %(attempt)s was not sent: it was no longer allowed.") % change
    return _("Attempt %(attempt)s ended without a clear answer.") % change


def _of_bounce(change: dict[str, Any], names: Names) -> str:
    if "category" in change:
        said = {"category": names.category(change["category"])}
        return _("A receipt says that it did not arrive: %(category)s.") % said
    return _("A returned mail says that it did not arrive; nobody vouches for it.")


def _of_resend(change: dict[str, Any], who: str, names: Names) -> str:
    return resend_sentences.of_step(change, who)


def _of_diagnosis(change: dict[str, Any], who: str, names: Names) -> str:
    said = {"who": who, "moved": change.get("moved", 0)}
    if said["moved"]:
        return ngettext(
            "%(who)s had it diagnosed again; %(moved)d report has another cause.",
            "%(who)s had it diagnosed again; %(moved)d reports have another cause.",
            change["moved"],
        ) % (said | {"moved": change["moved"]})
    if "category" in change:
        said["category"] = names.category(change["category"])
        return _("%(who)s had it diagnosed again: %(category)s.") % said
    return _("%(who)s had it diagnosed again; the cause is the same.") % said


def _of_promise(change: dict[str, Any], who: str, names: Names) -> str:
    said = {"kind": ClockKind(change["kind"]).label, "tier": change["tier"]}
    return _("Overdue: %(kind)s, promised at %(tier)s.") % said


def _of_escalation(change: dict[str, Any], who: str, names: Names) -> str:
    people = int(change["people"])
    said = {"people": people, "age": _age(int(change["minutes"]))}
    if change["level"] == Escalation.AGAIN:
        return (
            ngettext(
                "Escalated again: %(people)d person unserved for %(age)s.",
                "Escalated again: %(people)d people unserved for %(age)s.",
                people,
            )
            % said
        )
    return (
        ngettext(
            "Escalated: %(people)d person unserved for %(age)s.",
            "Escalated: %(people)d people unserved for %(age)s.",
            people,
        )
        % said
    )


def _age(minutes: int) -> str:
    if minutes < 120:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h") % {"hours": minutes // 60}


def _reopening(reason: str) -> str:
    return _("the same failure came again") if reason == "recurrence" else reason


_TELLERS: dict[EventKind, Callable[[dict[str, Any], str, Names], str]] = {
    EventKind.OPENED: _of_opening,
    EventKind.JOINED: _of_joining,
    EventKind.TIER: _of_tier,
    EventKind.HANDED_OVER: _of_hand_over,
    EventKind.REPAIR_ENDED: _of_repair,
    EventKind.UNCLEAR: _of_repair,
    EventKind.SOLVED: _of_solution,
    EventKind.REOPENED: _of_reopening,
    EventKind.REDIAGNOSED: _of_diagnosis,
    EventKind.RESEND: _of_resend,
    EventKind.BREACHED: _of_promise,
    EventKind.ESCALATED: _of_escalation,
}


def of_decision(event: TicketEvent | None, names: Names) -> str:
    """Say what somebody else did, for the page that explains a conflict."""
    if event is None:
        return _("The ticket has changed.")
    return of_event(event, names)
