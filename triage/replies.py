"""How does an agent answer every reporter of a ticket at once, and take it back?

Written once, in one language or in both; each reporter gets it in the frame of their
own. It leaves after twenty seconds and until then it can be taken back whole.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deliveries import language
from deliveries.actor import Actor
from triage import access, notices, timeline
from triage.models import EventKind, Reply, SlaClock, Ticket, TicketState
from triage.tickets import Forbidden, Invalid, NotFound, decide, locked, staff_text

LOCALES = (language.EN, language.ZH_HANS)
LONGEST = 4_000  # characters in one language


def write(
    number: int,
    actor: Actor,
    texts: Mapping[str, str],
    *,
    now: datetime,
    version: int | None = None,
) -> Reply:
    """Answer the reporters of a ticket; ``texts`` are words by language.

    Raises :class:`Invalid` without words or for too many, and the refusals of
    :func:`triage.tickets.locked`.
    """
    said = checked(texts)
    with transaction.atomic():
        ticket = locked(number, actor, "ticket.reply", version)
        reports = ticket.reports.values_list("pk", flat=True)
        return add(ticket, actor, said, reports, now=now)


def add(
    ticket: Ticket,
    actor: Actor,
    said: Mapping[str, str],
    reports: Iterable[int],
    *,
    now: datetime,
    part_of: Reply | None = None,
) -> Reply:
    """Write an answer down on a locked ticket, and plan its notices.

    ``said`` comes from :func:`checked`. Raises :class:`Forbidden` for a program.
    """
    if actor.person_id is None:
        raise Forbidden("not_a_person")
    reply = Reply.objects.create(
        ticket=ticket,
        texts=dict(said),
        author_id=actor.person_id,
        undo_until=now + notices.HOLD,
        part_of=part_of,
    )
    begun = ticket.state == TicketState.NEW
    decide(ticket, state=TicketState.OPEN if begun else ticket.state)
    event = timeline.add(ticket, EventKind.REPLIED, actor, {"reply": reply.pk})
    notices.reply(event, reply, reports)
    SlaClock.objects.answered([ticket], now)
    return reply


def checked(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the words to keep; raises :class:`Invalid` by the field."""
    said = {}
    for locale in LOCALES:
        text = texts.get(locale, "").strip()
        if len(text) > LONGEST:
            long = _("An answer may have %(max)d characters.") % {"max": LONGEST}
            raise Invalid(field_of(locale), long)
        if text:
            said[locale] = staff_text(text)
    if not said:
        raise Invalid(field_of(language.EN), _("Write the answer in one language."))
    return said


def field_of(locale: str) -> str:
    """Name the field in which the words of a language are typed."""
    return f"text_{locale.replace('-', '_')}"


def take_back(number: int, pk: int, actor: Actor, *, now: datetime) -> Reply:
    """Take an answer of one's own back before it leaves, on every ticket it is on.

    Taken back twice is taken back once. Raises :class:`NotFound`, :class:`Forbidden`,
    and :class:`Invalid` when it has left.
    """
    with transaction.atomic():
        seen = Ticket.objects.visible_to(actor).filter(number=number)
        reply = Reply.objects.filter(ticket__in=seen.values("pk"), pk=pk).first()
        if reply is None:
            raise NotFound(number)
        if reply.author_id != actor.person_id or not actor.may("ticket.reply"):
            raise Forbidden("not_own")
        first = reply.part_of_id or reply.pk
        whole = Reply.objects.filter(Q(pk=first) | Q(part_of=first))
        rows = Ticket.objects.select_for_update(of=("self",), no_key=True)
        rows = rows.filter(replies__in=whole.values("pk"))
        held = {ticket.pk: ticket for ticket in rows.order_by("pk")}
        parts = list(whole.order_by("ticket_id"))
        if any(each.undone_at is not None for each in parts):
            return next(each for each in parts if each.pk == pk)
        if now >= reply.undo_until:
            raise Invalid("reply", _("It has left already. Write another one."))
        for part in parts:
            _undo(part, held[part.ticket_id], actor, now)
    return next(each for each in parts if each.pk == pk)


def _undo(reply: Reply, ticket: Ticket, actor: Actor, now: datetime) -> None:
    reply.undone_at = now
    reply.save(update_fields=["undone_at"])
    notices.take_back(reply)
    event = ticket.events.get(kind=EventKind.REPLIED, change__reply=reply.pk)
    words = {"seq": event.seq, "kind": event.kind}
    timeline.add(ticket, EventKind.UNDONE, actor, words)


def may_take_back(reply: Reply, actor: Actor, now: datetime) -> bool:
    """Say whether an answer has not left yet and is the actor's own."""
    own = reply.author_id == actor.person_id and actor.may("ticket.reply")
    return own and reply.undone_at is None and now < reply.undo_until


def may_write(ticket: Ticket, actor: Actor) -> bool:
    """Say whether the actor may answer the reporters of a ticket."""
    answer = access.may(actor, "ticket.reply", ticket)
    return not isinstance(answer, access.Refused)
