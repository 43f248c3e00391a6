"""Does a question name one thing, so that its page can be opened at once?"""

import re
from dataclasses import dataclass

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage.diagnosis import code_tables
from triage.models import FailureReport, Ticket
from triage.models.ticket import TicketQuerySet

ENHANCED = "enhanced"

_NUMBER = re.compile(r"#\s*([0-9]{1,18})")
_ID = re.compile(r"(msg|rep|tkt)_[0-9a-z]{26}", re.IGNORECASE)
_SLUG = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status code is published to mean."""

    code: str
    category: FailureCategory


def place_of(text: str, actor: Actor) -> Ticket | FailureCategory | None:
    """Return the ticket or cause that is named by its number, id or slug.

    A message or a report leads to its newest ticket. What the actor may not see is
    not there.
    """
    text = text.strip()
    tickets = Ticket.objects.visible_to(actor)
    if number := _NUMBER.fullmatch(text):
        return tickets.filter(number=int(number[1])).first()
    if _ID.fullmatch(text):
        prefix, _, rest = text.partition("_")
        public_id = f"{prefix.lower()}_{rest.upper()}"
        return _of_id(public_id, tickets, actor)
    if _SLUG.fullmatch(text) and actor.may("article.read_internal"):
        return FailureCategory.objects.filter(slug=text).first()
    return None


def _of_id(public_id: str, tickets: TicketQuerySet, actor: Actor) -> Ticket | None:
    if public_id.startswith("tkt_"):
        return tickets.filter(public_id=public_id).first()
    field = "public_id" if public_id.startswith("rep_") else "message__public_id"
    reports = FailureReport.objects.visible_to(actor).filter(**{field: public_id})
    report = reports.exclude(ticket=None).order_by("-pk").first()
    return tickets.filter(pk=report.ticket_id).first() if report else None


def meaning_of(text: str) -> Meaning | None:
    """Return what an enhanced mail status code is published to mean (RFC 3463)."""
    code = text.strip()
    if not _ENHANCED.fullmatch(code):
        return None
    tables = [each for each in code_tables.general("email") if each.kind == ENHANCED]
    for key in (code, code.partition(".")[2]):  # tables of all classes leave it out
        for table in tables:
            if key in table.codes:
                slug, _weight = table.codes[key]
                return Meaning(code, FailureCategory.objects.get(slug=slug))
    return None
