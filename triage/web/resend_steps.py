"""Which stages does a bulk resend go through, and where is it?"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.models import OVER, UNDER_WAY, ResendOperation, ResendState


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a resend: done, current or to come."""

    label: str
    text: str
    stage: str


def name_of(user: User | None) -> str:
    """A person's name, or the machine's."""
    return (user.get_full_name() or user.get_username()) if user else _("The machine")


def has_begun(operation: ResendOperation) -> bool:
    """Whether something was sent, or is about to be."""
    running = operation.state in (*UNDER_WAY, ResendState.PAUSED)
    return operation.step > 0 or running


def of(operation: ResendOperation, actor: Actor) -> list[Step]:
    """Name the stages; the first that is not done is the current one."""
    state = operation.state
    begun = has_begun(operation)
    done = {
        "plan": operation.frozen_at is not None,
        "approval": begun or state == ResendState.APPROVED or state in OVER,
        "canary": operation.step > 0 or state == ResendState.COMPLETED,
        "ramp": state == ResendState.COMPLETED,
        "end": state == ResendState.COMPLETED,
    }
    texts = (
        ("plan", _("Plan"), _plan_text(operation)),
        ("approval", _("Approval"), _approval_text(operation, actor)),
        ("canary", _("Canary"), str(min(operation.canary_size, operation.will_send))),
        ("ramp", _("Ramp"), ", ".join(map(str, operation.ramp))),
        ("end", _("Done"), ""),
    )
    stages: list[Step] = []
    for key, label, text in texts:
        before: Sequence[str] = [each.stage for each in stages]
        stage = "done" if done[key] else "todo"
        if stage == "todo" and "todo" not in before and "now" not in before:
            stage = "todo" if state in OVER else "now"
        stages.append(Step(label, text, stage))
    return stages


def _plan_text(operation: ResendOperation) -> str:
    if operation.frozen_at is None:
        return _("The messages are being judged.")
    return _("%(who)s; the set is frozen.") % {"who": name_of(operation.created_by)}


def _approval_text(operation: ResendOperation, actor: Actor) -> str:
    if operation.frozen_at is None:
        return ""
    if operation.approved_by is not None:
        return name_of(operation.approved_by)
    if not operation.needs_second_person:
        return _("No second person needed.")
    if operation.created_by_id == actor.person_id:
        return _("A lead has to agree. You planned it, so you cannot.")
    return _("A lead has to agree, who did not plan it.")
