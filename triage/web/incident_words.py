"""In which words does the desk tell of an incident and what was decided about it?"""

from collections.abc import Iterable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.models import ChannelKind
from triage.models import EventKind, FailureGroup
from triage.web import moments

KINDS = frozenset(
    {
        EventKind.MERGED,
        EventKind.ABSORBED,
        EventKind.SPLIT,
        EventKind.PARTED,
        EventKind.ACKNOWLEDGED,
        EventKind.MUTED,
        EventKind.UNMUTED,
        EventKind.CAME_BACK,
    }
)


def of_incident(kind: str, change: dict[str, Any], who: str) -> str:
    """Say in a sentence what was decided about an incident, or about two tickets."""
    said = {**change, "who": who}
    match kind:
        case EventKind.MERGED:
            return _of_merge(said)
        case EventKind.ABSORBED:
            return _of_absorbing(said)
        case EventKind.SPLIT:
            return _of_split(said)
        case EventKind.PARTED:
            return (
                ngettext(
                    "%(reports)d report went back to ticket #%(to)d.",
                    "%(reports)d reports went back to ticket #%(to)d.",
                    change["reports"],
                )
                % said
            )
        case EventKind.ACKNOWLEDGED:
            return _("%(who)s took note of incident %(incident)d.") % said
        case EventKind.MUTED:
            return _of_mute(said)
        case EventKind.CAME_BACK:
            return _of_return(said)
        case _:
            return _("%(who)s ended the mute of incident %(incident)d.") % said


def _of_return(said: dict[str, Any]) -> str:
    if "before" in said:
        return _("Solved before in ticket #%(before)d, and it came back.") % said
    came = ngettext(
        "The failure came back within %(days)d day: %(reports)s since.",
        "The failure came back within %(days)d days: %(reports)s since.",
        said["days"],
    ) % {
        "days": said["days"],
        "reports": ngettext("%(n)d report", "%(n)d reports", said["reports"])
        % {"n": said["reports"]},
    }
    if "ticket" not in said:
        return came
    return came + " " + _("Work goes on in ticket #%(ticket)d.") % said


def _of_merge(said: dict[str, Any]) -> str:
    if "into" in said:
        return (
            ngettext(
                "%(who)s merged the ticket into #%(into)d, with %(reports)d report.",
                "%(who)s merged the ticket into #%(into)d, with %(reports)d reports.",
                said["reports"],
            )
            % said
        )
    return (
        _(
            "%(who)s merged incident %(incident)d into incident %(target)d; "
            "the ticket goes on there."
        )
        % said
    )


def _of_absorbing(said: dict[str, Any]) -> str:
    if "from" in said:
        return (
            ngettext(
                "%(who)s merged ticket #%(from)d into this one: %(reports)d report.",
                "%(who)s merged ticket #%(from)d into this one: %(reports)d reports.",
                said["reports"],
            )
            % said
        )
    return (
        ngettext(
            "%(who)s merged incident %(incident)d into this one: %(reports)d report.",
            "%(who)s merged incident %(incident)d into this one: %(reports)d reports.",
            said["reports"],
        )
        % said
    )


def _of_split(said: dict[str, Any]) -> str:
    if "to" in said:
        return (
            ngettext(
                "%(who)s split off %(reports)d report; it goes on as ticket #%(to)d.",
                "%(who)s split off %(reports)d reports; they go on as ticket #%(to)d.",
                said["reports"],
            )
            % said
        )
    return (
        ngettext(
            "%(who)s split off %(reports)d report.",
            "%(who)s split off %(reports)d reports.",
            said["reports"],
        )
        % said
    )


def _of_mute(said: dict[str, Any]) -> str:
    until = parse_datetime(said.get("mute_until") or "")
    if until is not None:
        said["until"] = moments.in_words(until)
        return (
            _(
                "%(who)s muted incident %(incident)d until %(until)s, "
                "or until it gets worse."
            )
            % said
        )
    if said.get("mute_reports"):
        return (
            _(
                "%(who)s muted incident %(incident)d until it has %(mute_reports)d "
                "reports, or gets worse."
            )
            % said
        )
    return _("%(who)s muted incident %(incident)d until it gets worse.") % said


def mute_of(group: FailureGroup) -> str:
    """Say until when an incident is quiet; nothing if it is not."""
    if group.muted_at is None:
        return ""
    said: dict[str, Any] = {"rate": group.mute_rate, "reports": group.mute_reports}
    if group.mute_until is not None:
        said["until"] = moments.in_words(group.mute_until)
        return _("Until %(until)s, or %(rate)s reports within an hour.") % said
    if group.mute_reports is not None:
        return (
            _("Until it has %(reports)s reports, or %(rate)s of them within an hour.")
            % said
        )
    return _("Until %(rate)s reports come within an hour.") % said


def fingerprint_of(group: FailureGroup) -> list[str]:
    """Say what the failures have in common, one phrase a part, the cause left out."""
    phrases = {
        "provider": _("provider %(value)s"),
        "region": _("region %(value)s"),
        "source": _("source %(value)s"),
        "template": _("template %(value)s"),
        "client_app": _("app %(value)s"),
        "client_version": _("version %(value)s"),
    }
    return list(_phrases(group.fingerprint, phrases))


def _phrases(parts: list[list[str]], phrases: dict[str, str]) -> Iterable[str]:
    for name, value in parts:
        if name == "channel":
            yield str(dict(ChannelKind.choices).get(value, value))
        elif name in phrases and value:
            yield phrases[name] % {"value": value}
        elif name != "cause" and value:
            yield str(value)
