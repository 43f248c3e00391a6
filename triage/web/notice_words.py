"""How does the timeline say whom an update reached, and what an agent answered?"""

from collections import defaultdict
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.actor import Actor
from triage import notices, replies
from triage.models import EventKind, NoticeState, Reply, Skipped, Ticket, TicketEvent
from triage.web.rows import face_of


class Told:
    """What reporters of one ticket were told, asked once for its whole timeline."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self._counts = notices.told_of(Q(event__ticket=ticket))
        self._replies: QuerySet[Reply] = ticket.replies.select_related("author")

    @property
    def rows(self) -> tuple[QuerySet[Any], ...]:
        """The questions, for :func:`deliveries.together.fetch`."""
        return self._counts, self._replies

    @cached_property
    def counts(self) -> defaultdict[int, notices.Told]:
        """How many notices there are of an event."""
        return notices.by_event(self._counts)

    @cached_property
    def replies(self) -> dict[int, Reply]:
        """The replies by their id."""
        return {each.pk: each for each in self._replies}

    def of(self, event: TicketEvent) -> str:
        """Say how many were told of an event; empty if nobody was to be."""
        return in_words(self.counts[event.pk])

    def reply_of(self, event: TicketEvent) -> Reply | None:
        """Return the reply that an event is about, unless it was taken back."""
        if event.kind != EventKind.REPLIED:
            return None
        found = self.replies.get(event.change["reply"])
        return found if found is not None and found.undone_at is None else None

    def line(self, event: TicketEvent, reply: Reply, actor: Actor) -> dict[str, Any]:
        """Build the line of the timeline for a reply."""
        undo_url = ""
        if replies.may_take_back(reply, actor, timezone.now()):
            undo_url = reverse("ticket_reply", args=[self.ticket.number, reply.pk])
        return {
            "at": event.at,
            "kind": "reply",
            "text": _("answered the reporters"),
            "passages": [
                {"locale": locale, "text": text}
                for locale, text in sorted(reply.texts.items())
            ],
            "told": self.of(event) or _("There is nobody to be told."),
            "actor": face_of(reply.author, actor),
            "undo_url": undo_url,
        }


def in_words(told: notices.Told) -> str:
    """Say how many notices are due, sent, left out and failed; empty for none."""
    due = told[NoticeState.DUE, ""]
    sent = told[NoticeState.SENT, ""]
    parts = (
        (sent, ngettext("%(n)d person told", "%(n)d people told", sent)),
        (due, ngettext("%(n)d notice due", "%(n)d notices due", due)),
    )
    said = [text % {"n": n} for n, text in parts if n]
    return " · ".join([*said, *not_told(told)])


def not_told(told: notices.Told) -> list[str]:
    """Say who heard nothing, one phrase for each reason."""
    no_way = Skipped.NO_CHANNEL
    lost = _could_not(told[NoticeState.SKIPPED, no_way], str(no_way.label))
    dead = _could_not(told[NoticeState.DEAD, ""], _("every way failed"))
    others = [
        ngettext("%(n)d left out: %(why)s", "%(n)d left out: %(why)s", n)
        % {"n": n, "why": reason.label}
        for reason in Skipped
        if reason != no_way and (n := told[NoticeState.SKIPPED, reason])
    ]
    return [each for each in (lost, dead, *others) if each]


def _could_not(n: int, why: str) -> str:
    said = ngettext(
        "%(n)d person could not be told: %(why)s",
        "%(n)d people could not be told: %(why)s",
        n,
    )
    return said % {"n": n, "why": why} if n else ""
