"""What can be found, by whom, and in which rows does it stand?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deliveries import newest
from deliveries.actor import Actor, Role
from deliveries.compiled import ById
from deliveries.models import Address, Message
from deliveries.newest import Newest, Within
from knowledgebase.models import (
    ArticleTranslation,
    ArticleVersion,
    TranslationState,
)
from triage import scopes
from triage.models import FailureReport, LogBundle, Note, Resolution, Ticket

Rows = QuerySet[Any]
ADDRESSES = 200  # whose messages are looked at for one question


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of thing that is found.

    ``at`` and ``channel`` are the fields by which it is narrowed; ``causes`` says
    whether a word also stands for the causes that are called so; ``within`` says of
    ``visible`` what the index of the terms knows.
    """

    slug: str
    label: str | Promise
    action: str
    visible: Callable[[Actor], Rows]
    fetched: ById[Any]
    at: str
    channel: str = ""
    causes: bool = False
    within: Callable[[Actor], Within | None] | None = None
    also: (
        Callable[[Actor, Rows, str, int, int | None, Newest | None], Newest] | None
    ) = None


def _tickets(actor: Actor) -> Rows:
    return Ticket.objects.visible_to(actor)


def _queues(actor: Actor) -> Within | None:
    """The queues to which an actor's tickets belong; nothing if there are others."""
    if actor.sees_everything or Role.EDITOR in actor.roles:
        return None
    return Within("queue_id", sorted(actor.queue_ids))


def _reports(actor: Actor) -> Rows:
    return FailureReport.objects.visible_to(actor)


def _logs(actor: Actor) -> Rows:
    rows = LogBundle.objects.all()
    return rows if actor.sees_everything else rows.filter(report__in=_reports(actor))


def _notes(actor: Actor) -> Rows:
    rows = Note.objects.all()
    return rows if actor.sees_everything else rows.filter(ticket__in=_tickets(actor))


def _resolutions(actor: Actor) -> Rows:
    rows = Resolution.objects.all()
    return rows if actor.sees_everything else rows.filter(ticket__in=_tickets(actor))


def _articles(actor: Actor) -> Rows:
    """The text of each language that readers of the shelf get to see.

    The published one, and before there is any the draft.
    """
    shown = ArticleTranslation.objects.exclude(state=TranslationState.ARCHIVED).filter(
        Q(published_version=OuterRef("pk"))
        | Q(published_version=None, current_version=OuterRef("pk"))
    )
    return ArticleVersion.objects.filter(Exists(shown))


def _messages(actor: Actor) -> Rows:
    return scopes.messages_visible_to(actor)


def messages_through_others(
    actor: Actor,
    rows: Rows,
    question: str,
    limit: int,
    before: int | None,
    reports: Newest | None = None,
) -> Newest:
    """Messages to a masked address, or of the newest reports that say it.

    ``reports`` are these, where they were looked for before.
    """
    addresses = newest.holding(Address.objects.all(), question, limit=ADDRESSES)
    if reports is None:
        reports = newest.holding(_reports(actor), question, limit=limit)
    said = FailureReport.objects.filter(pk__in=reports.ids).values("message")
    found = rows.filter(address__in=addresses.ids)
    told = rows.filter(pk__in=said) if reports.ids else rows.none()
    ids: set[int] = set()
    for each in (found, told):
        older = each if before is None else each.filter(pk__lt=before)
        ids.update(older.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    ordered = sorted(ids, reverse=True)
    more = len(ordered) > limit
    return Newest(ordered[:limit], more=more, whole=reports.whole)


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            "tickets",
            _("Tickets"),
            "ticket.list",
            _tickets,
            ById(Ticket.objects.with_everything_for_list),
            at="opened_at",
            channel="channel",
            causes=True,
            within=_queues,
        ),
        Kind(
            "articles",
            _("Articles"),
            "article.read_internal",
            _articles,
            ById(lambda: ArticleVersion.objects.select_related("translation__article")),
            at="created_at",
        ),
        Kind(
            "resolutions",
            _("Resolutions"),
            "ticket.read",
            _resolutions,
            ById(
                lambda: Resolution.objects.select_related(
                    "ticket", "category", "resolved_by"
                )
            ),
            at="resolved_at",
            channel="ticket__channel",
        ),
        Kind(
            "notes",
            _("Notes"),
            "ticket.read",
            _notes,
            ById(lambda: Note.objects.select_related("ticket", "author")),
            at="at",
            channel="ticket__channel",
        ),
        Kind(
            "reports",
            _("Reports"),
            "report.status",
            _reports,
            ById(lambda: FailureReport.objects.select_related("ticket", "source")),
            at="received_at",
            channel="channel",
        ),
        Kind(
            "logs",
            _("Logs"),
            "diagnosis.read",
            _logs,
            ById(lambda: LogBundle.objects.select_related("report__ticket")),
            at="created_at",
            channel="report__channel",
        ),
        Kind(
            "messages",
            _("Messages"),
            "message.read",
            _messages,
            ById(lambda: Message.objects.select_related("address", "source")),
            at="created_at",
            channel="channel",
            also=messages_through_others,
        ),
    )
}
