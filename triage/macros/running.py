"""What happens when a macro is run on a ticket, and what would happen?

All steps are taken, or none. Each goes through the use case that a person would press
the button of, so it asks the same rights and leaves the same event. A dry run does the
very same and takes it all back.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import timeline
from triage.macros.filling import values_of
from triage.macros.steps import Outcome, StepKind, describe, steps_of, take
from triage.models import EventKind, Macro, Reason, Ticket
from triage.tickets import Forbidden, Invalid, locked_with_reports
from triage.tickets.locking import still_unsolved
from triage.tickets.rediagnosing import lock_groups


class _TakenBackError(Exception):
    """Ends a dry run, so that nothing of it remains."""


def run(
    number: int,
    macro: Macro,
    actor: Actor,
    *,
    now: datetime,
    version: int | None = None,
) -> list[Outcome]:
    """Take every step of a macro on a ticket; returns what each did.

    Raises what the first refused step raises, and then has changed nothing; besides
    what :func:`triage.tickets.locked` raises, and :class:`Invalid` on a ticket that is
    solved or lies in another queue than the macro.
    """
    with transaction.atomic():
        ticket = _locked(number, macro, actor, now, version)
        names = {"name": macro.name, "name_zh_hans": macro.name_zh_hans}
        timeline.add(ticket, EventKind.MACRO, actor, names)
        return [
            Outcome(
                kind,
                _described(kind, macro, ticket, actor),
                take(kind, macro, ticket, actor, now),
            )
            for kind in steps_of(macro)
        ]


def dry_run(number: int, macro: Macro, actor: Actor, *, now: datetime) -> list[Outcome]:
    """Say what each step would do now, or why it would be refused.

    Raises what :func:`run` raises before its first step.
    """
    found: list[Outcome] = []
    try:
        with transaction.atomic():
            ticket = _locked(number, macro, actor, now, None)
            found += [
                _tried(kind, macro, ticket, actor, now) for kind in steps_of(macro)
            ]
            raise _TakenBackError
    except _TakenBackError:
        return found


def _locked(
    number: int, macro: Macro, actor: Actor, now: datetime, version: int | None
) -> Ticket:
    """Lock everything that any step may lock, in the order that everybody keeps."""
    if macro.diagnose:
        lock_groups(number, actor, now)
    ticket = locked_with_reports(number, actor, "macro.run", version)
    still_unsolved(ticket, "macro")
    if ticket.queue_id != macro.queue_id:
        raise Invalid("macro", _("The macro belongs to another queue."))
    return ticket


def _described(kind: StepKind, macro: Macro, ticket: Ticket, actor: Actor) -> str:
    """Say what a step does to the ticket as the steps before have left it."""
    ticket.refresh_from_db()
    return describe(kind, macro, values_of(ticket, actor))


def _tried(
    kind: StepKind, macro: Macro, ticket: Ticket, actor: Actor, now: datetime
) -> Outcome:
    words = _described(kind, macro, ticket, actor)
    try:
        with transaction.atomic():
            return Outcome(kind, words, take(kind, macro, ticket, actor, now))
    except Forbidden as error:
        return Outcome(kind, words, _why(error.code), refused=True)
    except Invalid as error:
        return Outcome(kind, words, error.message, refused=True)


def _why(code: str) -> str:
    known = dict(Reason.choices)
    return str(known.get(code, Reason.NOT_ALLOWED.label))
