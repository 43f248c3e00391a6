"""How is a macro run on every ticket of a selection?

As one more act: its rights are asked for each kind of ticket before anything changes.
Its steps are not columns, so every ticket has a transaction of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.macros.steps import ACTIONS, StepKind, act_of, steps_of
from triage.models import UNSOLVED, EventKind, Macro, Reason, Ticket, Verb
from triage.tickets import acts
from triage.tickets.columns import Columns


@dataclass(frozen=True, slots=True)
class RunMacro(acts.Act):
    """Take the steps of a macro, as it was when it was chosen."""

    verb = Verb.MACRO
    looks_at = ("tier_computed", "tier_override")
    undoable = False
    macro: Macro

    def action(self, actor: Actor) -> str:
        """One action for all; the steps have their own."""
        return "macro.run"

    def refused(self, actor: Actor, ticket: Ticket) -> Reason | None:
        """Refused is a macro of which a step is not the actor's."""
        found = acts.Act.refused(self, actor, ticket)
        for kind in [] if found else steps_of(self.macro):
            found = found or self._of_step(kind, actor, ticket)
        return found

    def _of_step(self, kind: StepKind, actor: Actor, ticket: Ticket) -> Reason | None:
        act = act_of(kind, self.macro, actor, timezone.now())
        if act is not None:
            return act.refused(actor, ticket)
        answer = access.may(actor, ACTIONS[kind], ticket)
        return Reason.NOT_ALLOWED if isinstance(answer, access.Refused) else None

    def skipped(self, ticket: Ticket) -> Reason | None:
        """It is for the unsolved tickets of its own queue."""
        if ticket.state not in UNSOLVED:
            return Reason.SOLVED
        return None if ticket.queue_id == self.macro.queue_id else Reason.ELSEWHERE

    def too_many(self, actor: Actor, count: int) -> str:
        """Whoever sends plans a resend above the own amount, as everywhere."""
        if not self.macro.resend or count <= actor.resend_limit:
            return ""
        return _(
            "It sends messages, and you may send %(most)d at once: plan a resend"
        ) % {"most": actor.resend_limit}

    def columns(self, ticket: Ticket) -> Columns:
        """Its steps set them."""
        return {}

    def event(self, ticket: Ticket, actor: Actor) -> tuple[EventKind, dict[str, Any]]:
        """Its run writes it."""
        return EventKind.MACRO, {"name": self.macro.name}

    def parameters(self) -> dict[str, Any]:
        """Which macro, and as it was when."""
        return {"macro": self.macro.pk, "version": self.macro.version}


def read(verb: str, said: Mapping[str, Any]) -> acts.Act:
    """Make an act from its stored parameters.

    Raises ``DoesNotExist`` when what they name is gone, or a macro was changed since.
    """
    if verb != Verb.MACRO:
        return acts.read(verb, said)
    rows = Macro.objects.with_steps()
    return RunMacro(rows.get(pk=said["macro"], version=said["version"]))
