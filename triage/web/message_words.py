"""In which words does the timeline tell what became of a message, or what is said?"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliveries.models import ChannelKind, Outcome, Settler
from triage.models import EventKind, RevealAlarm

KINDS = (
    EventKind.SETTLED,
    EventKind.REROUTED,
    EventKind.ANSWERED,
    EventKind.REVEALED,
)


def of_message(kind: str, change: dict[str, Any], who: str, category: str) -> str:
    """Say what became of a message, or what its reporter says; the cause is named."""
    match kind:
        case EventKind.REROUTED:
            said = {
                "attempt": change["attempt"],
                "to": ChannelKind(change["to"]).label,
                "from": ChannelKind(change["from"]).label,
                "category": category,
            }
            return (
                _(
                    "Attempt %(attempt)s goes over %(to)s instead of %(from)s, as no "
                    "other route was left: %(category)s."
                )
                % said
            )
        case EventKind.ANSWERED:
            return _of_answer(change)
        case EventKind.REVEALED:
            return _of_reveal(change, who)
        case _:
            return _of_settling(change, who)


def _of_settling(change: dict[str, Any], who: str) -> str:
    said = {
        "who": who,
        "reason": change.get("reason", ""),
        "attempt": change["attempt"],
    }
    if "arrived" in change:
        if change["arrived"]:
            return _("%(who)s settled that the message arrived: “%(reason)s”") % said
        return _("%(who)s settled that it did not arrive: “%(reason)s”") % said
    taken = change["outcome"] == Outcome.ACCEPTED
    if change["by"] == Settler.LOOK_UP:
        if taken:
            return _("The provider was asked: it has taken attempt %(attempt)s.") % said
        return _("The provider was asked: attempt %(attempt)s never arrived.") % said
    if taken:
        return _("Attempt %(attempt)s was unclear; it is known now: accepted.") % said
    return _("Attempt %(attempt)s was unclear; it is known now: refused.") % said


def _of_reveal(change: dict[str, Any], who: str) -> str:
    said = {"who": who, "reason": change.get("reason", "")}
    if change.get("alarm") == RevealAlarm.BREAK_GLASS:
        return _("%(who)s, an admin, looked at the recipient: “%(reason)s”") % said
    return _("%(who)s looked at the recipient: “%(reason)s”") % said


def _of_answer(change: dict[str, Any]) -> str:
    note = change.get("note", "")
    sentence = str(_ANSWERS[change["outcome"]])
    if not note:
        return sentence
    return _("%(sentence)s “%(note)s”") % {"sentence": sentence, "note": note}


_ANSWERS = {
    "arrived": gettext_lazy("The reporter says that it arrived."),
    "still_failing": gettext_lazy("The reporter says that it is still missing."),
    "reopened": gettext_lazy("The reporter has taken the report up again."),
    "withdrawn": gettext_lazy("The reporter has withdrawn the report."),
}
