"""Which steps does a macro take, in which order, and through which use case?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.actor import Actor
from knowledgebase.models import Article
from triage import resolution, tickets
from triage.macros.filling import fill, values_of
from triage.models import (
    Assignment,
    Macro,
    NoteKind,
    Reason,
    Ticket,
    TicketState,
    Tier,
    WaitingOn,
)
from triage.tickets import Invalid, acts


class StepKind(StrEnum):
    """The steps in their order: another incident first, out of sight last."""

    DIAGNOSE = "diagnose"
    ASSIGN = "assign"
    CATEGORY = "category"
    TIER = "tier"
    NOTE = "note"
    RESEND = "resend"
    SOLVE = "solve"
    WAIT = "wait"
    QUEUE = "queue"


# Of those that are no act, what the permission table calls them.
ACTIONS: Mapping[StepKind, str] = {
    StepKind.DIAGNOSE: "diagnosis.rerun",
    StepKind.NOTE: "ticket.note",
    StepKind.RESEND: "resend.run",
    StepKind.SOLVE: "ticket.solve",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did or would do; ``why`` it changes nothing, or is refused."""

    kind: StepKind
    words: str
    why: str = ""
    refused: bool = False


def steps_of(macro: Macro) -> list[StepKind]:
    """Return the steps that a macro takes."""
    wanted = {
        StepKind.DIAGNOSE: macro.diagnose,
        StepKind.ASSIGN: macro.assign,
        StepKind.CATEGORY: macro.category_id,
        StepKind.TIER: macro.tier,
        StepKind.NOTE: macro.note,
        StepKind.RESEND: macro.resend,
        StepKind.SOLVE: macro.solve_category_id,
        StepKind.WAIT: macro.waiting_on,
        StepKind.QUEUE: macro.queue_to_id,
    }
    return [kind for kind in StepKind if wanted[kind]]


def act_of(
    kind: StepKind, macro: Macro, actor: Actor, now: datetime
) -> acts.Act | None:
    """Return the act that a step is; None for one that is no act."""
    match kind:
        case StepKind.ASSIGN:
            mine = macro.assign == Assignment.ME
            return acts.assign(actor.person_id if mine else None)
        case StepKind.CATEGORY:
            return acts.NameCause(macro.category)
        case StepKind.TIER:
            return acts.SetTier(Tier(macro.tier), macro.tier_reason)
        case StepKind.WAIT:
            return acts.Wait(WaitingOn(macro.waiting_on), _until(macro, now))
        case StepKind.QUEUE if macro.queue_to is not None:
            return acts.MoveTo(macro.queue_to)
        case _:
            return None


def _until(macro: Macro, now: datetime) -> datetime | None:
    return now + timedelta(hours=macro.wait_h) if macro.wait_h else None


def take(
    kind: StepKind, macro: Macro, ticket: Ticket, actor: Actor, now: datetime
) -> str:
    """Take one step on a ticket that is locked; return why it changed nothing.

    Raises what the use case of the step raises.
    """
    number = ticket.number
    act = act_of(kind, macro, actor, now)
    if act is not None:
        if act.skipped(ticket) is Reason.SAME or _has_it(act, ticket):
            return str(Reason.SAME.label)
        if kind is StepKind.ASSIGN and macro.assign == Assignment.ME:
            tickets.take(number, actor)
        else:
            tickets.do(number, actor, act)
        return ""
    if kind is StepKind.NOTE:
        words = fill(macro.note, values_of(ticket, actor))
        tickets.note(number, actor, kind=NoteKind(macro.note_kind), body=words)
        return ""
    if kind is StepKind.RESEND:
        _send_again(ticket, actor, now)
        return ""
    if kind is StepKind.SOLVE:
        resolution.resolve(number, actor, _answer(macro, ticket, actor), now=now)
        return ""
    done = tickets.diagnose_again(number, actor, now=now)
    return "" if done.written else _("nothing new to diagnose")


def _has_it(act: acts.Act, ticket: Ticket) -> bool:
    """Whether the ticket is held by, or waits for, whom the act names already."""
    if isinstance(act, acts.Assign):
        return ticket.assignee_id == act.to
    if isinstance(act, acts.Wait):
        waits = ticket.state == TicketState.WAITING and ticket.waiting_on == act.on
        return waits and act.until is None and ticket.wait_until is None
    return False


def _answer(macro: Macro, ticket: Ticket, actor: Actor) -> resolution.Answer:
    """What a person would say on the page; the article as it is published now.

    Raises :class:`Invalid` when it is not published any more.
    """
    category = macro.solve_category
    if category is None:
        raise Invalid("category", _("The macro does not say with which cause."))
    version = None
    if macro.solve_article_id is not None:
        rows = Article.objects.with_versions_for_list()
        article = rows.filter(pk=macro.solve_article_id).first()
        version = article.current_version() if article else None
        if version is None:
            raise Invalid("article", _("The article is not published any more."))
    note = fill(macro.solve_note, values_of(ticket, actor))
    return resolution.Answer(category, note, version)


def _send_again(ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Send the message of the newest report that has one, as the page does."""
    reports = ticket.reports.filter(message__isnull=False).order_by("-pk")
    public_id: Any = reports.values_list("message__public_id", flat=True).first()
    tickets.retry_now(ticket.number, actor, message_public_id=public_id or "", now=now)


def describe(
    kind: StepKind, macro: Macro, values: Mapping[str, str] | None = None
) -> str:
    """Say in words what a step does; ``values`` are those of a ticket."""
    match kind:
        case StepKind.DIAGNOSE:
            return _("Diagnose again")
        case StepKind.ASSIGN:
            mine = macro.assign == Assignment.ME
            return _("Take the ticket") if mine else _("Put the ticket down")
        case StepKind.CATEGORY:
            cause = macro.category.name if macro.category else ""
            return _("Name the cause: %(cause)s") % {"cause": cause}
        case StepKind.TIER:
            said = {"tier": macro.tier, "reason": macro.tier_reason}
            return _("Set the tier %(tier)s: “%(reason)s”") % said
        case StepKind.NOTE:
            return _("Write a note: “%(note)s”") % {
                "note": fill(macro.note, values or {})
            }
        case StepKind.RESEND:
            return _("Send the message again")
        case StepKind.SOLVE:
            return _solving(macro, values or {})
        case StepKind.WAIT:
            return _waiting(macro)
        case StepKind.QUEUE:
            title = macro.queue_to.title if macro.queue_to else ""
            return _("Move to the queue %(queue)s") % {"queue": title}


def _solving(macro: Macro, values: Mapping[str, str]) -> str:
    cause = macro.solve_category.name if macro.solve_category else ""
    said = [_("Solve with the cause: %(cause)s") % {"cause": cause}]
    if macro.solve_article_id is not None:
        said.append(_("article: %(title)s") % {"title": macro.solve_article})
    if macro.solve_note:
        said.append(f"“{fill(macro.solve_note, values)}”")
    return " · ".join(said)


def _waiting(macro: Macro) -> str:
    whom = WaitingOn(macro.waiting_on).label
    if not macro.wait_h:
        return _("Let it wait for: %(whom)s") % {"whom": whom}
    return ngettext(
        "Let it wait for: %(whom)s, at most %(hours)d hour",
        "Let it wait for: %(whom)s, at most %(hours)d hours",
        macro.wait_h,
    ) % {"whom": whom, "hours": macro.wait_h}
