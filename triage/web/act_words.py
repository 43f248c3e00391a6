"""In which words does a ticket say what people set, named, let wait and took back?"""

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from deliveries import language
from triage.models import EventKind, WaitingOn
from triage.web import moments

KINDS = frozenset(
    {
        EventKind.TIER_SET,
        EventKind.WAITING,
        EventKind.CATEGORY,
        EventKind.UNDONE,
        EventKind.MACRO,
        EventKind.ATTACHED,
    }
)


def of_act(kind: str, change: dict[str, Any], who: str, category: str) -> str:
    """Say in a sentence what was decided; ``category`` is the name of its cause."""
    match kind:
        case EventKind.TIER_SET:
            return _of_override(change, who)
        case EventKind.WAITING:
            return _of_waiting(change, who)
        case EventKind.CATEGORY:
            return _of_cause(change, who, category)
        case EventKind.MACRO:
            return _of_macro(change, who)
        case EventKind.ATTACHED:
            said = {"who": who, "name": change["name"]}
            return _("%(who)s attached the file “%(name)s”.") % said
        case _:
            return _of_undoing(change, who)


def _of_override(change: dict[str, Any], who: str) -> str:
    said = {**change, "who": who}
    if change.get("ends"):
        return _("%(who)s lets the tier be judged again: %(to)s.") % said
    return _("%(who)s set the tier from %(from)s to %(to)s: “%(reason)s”") % said


def _of_waiting(change: dict[str, Any], who: str) -> str:
    if not change.get("on"):
        return _("%(who)s waits no longer.") % {"who": who}
    said = {"who": who, "whom": WaitingOn(change["on"]).label}
    until = parse_datetime(change.get("until") or "")
    if until is None:
        return _("%(who)s lets the ticket wait. For: %(whom)s.") % said
    said["until"] = moments.in_words(until)
    return _("%(who)s lets the ticket wait until %(until)s. For: %(whom)s.") % said


def _of_cause(change: dict[str, Any], who: str, category: str) -> str:
    if not change.get("category"):
        return _("%(who)s went back to the diagnosed cause.") % {"who": who}
    said = {"who": who, "category": category}
    return _("%(who)s named the cause: %(category)s.") % said


def _of_undoing(change: dict[str, Any], who: str) -> str:
    said = {"who": who, "what": EventKind(change["kind"]).label}
    return _("%(who)s undid: %(what)s.") % said


def _of_macro(change: dict[str, Any], who: str) -> str:
    named = language.reads_chinese() and change.get("name_zh_hans")
    said = {"who": who, "macro": named or change["name"]}
    return _("%(who)s ran the macro “%(macro)s”.") % said
