"""What can be changed about a ticket beside its work, and how does it stand?"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.models import UNSOLVED, Ticket, TicketState, Tier, Verb, WaitingOn
from triage.web import moments
from triage.web.act_forms import FORMS, ActForm
from triage.web.offered import Offered


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that can be changed: how it stands, and the form that changes it."""

    label: str
    value: str
    note: str
    key: str
    url: str
    form: ActForm | None  # nothing for who may only read


def of(
    ticket: Ticket, actor: Actor, bound: dict[str, Any], offered: Offered
) -> list[Change]:
    """Say how tier, queue, waiting and cause stand; ``bound`` forms had faults."""
    lines = (
        (Verb.TIER, "ticket.set_tier", "tier", _("Tier"), "t"),
        (Verb.QUEUE, "ticket.queue", "queue", _("Queue"), "q"),
        (Verb.WAIT, "ticket.waiting", "waiting", _("Waits for"), "w"),
        (Verb.CATEGORY, "ticket.category", "category", _("Cause"), "c"),
    )
    values = _values(ticket)
    return [
        Change(
            label=label,
            value=values[verb][0],
            note=values[verb][1],
            key=key,
            url=reverse(f"ticket_{noun}", args=[ticket.number]),
            form=bound.get(verb.value) or _form(ticket, actor, verb, action, offered),
        )
        for verb, action, noun, label, key in lines
    ]


def _values(ticket: Ticket) -> dict[Verb, tuple[str, str]]:
    override = ticket.tier_override
    judged = _("judged %(tier)s: “%(reason)s”") % {
        "tier": ticket.tier_computed,
        "reason": ticket.tier_override_reason,
    }
    waits = ticket.state == TicketState.WAITING
    until = ticket.wait_until
    named = ticket.category_override is not None
    return {
        Verb.TIER: (str(Tier(ticket.tier).label), judged if override else ""),
        Verb.QUEUE: (ticket.queue.title, ""),
        Verb.WAIT: (
            str(WaitingOn(ticket.waiting_on).label) if waits else _("nobody"),
            _("until %(at)s") % {"at": moments.in_words(until)} if until else "",
        ),
        Verb.CATEGORY: (
            ticket.cause.name,
            _("diagnosed: %(cause)s") % {"cause": ticket.group.category.name}
            if named
            else "",
        ),
    }


def _form(
    ticket: Ticket, actor: Actor, verb: Verb, action: str, offered: Offered
) -> ActForm | None:
    refused = isinstance(access.may(actor, action, ticket), access.Refused)
    if refused or ticket.state not in UNSOLVED:
        return None
    begun = {
        Verb.TIER: {"tier": ticket.tier},
        Verb.WAIT: {"on": ticket.waiting_on or WaitingOn.PROVIDER},
        Verb.CATEGORY: {"category": ticket.cause.slug},
    }
    return FORMS[verb](
        actor=actor,
        queues=[ticket.queue_id],
        offered=offered,
        initial=begun.get(verb),
        auto_id=f"id_{verb.value}_%s",
    )
