"""How do tests come by work? Reports, tickets, articles: each with defaults.

A ticket is made the way the product makes it: reports of one cause are grouped and
handed to people.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from deliveries.models import (
    ChannelKind,
    FailureCategory,
    Message,
    Purpose,
    Source,
)
from knowledgebase import articles, reviewing
from knowledgebase.models import ArticleVersion, Locale
from tests.factories import make_source
from triage import access, grouping, tickets
from triage.models import (
    FailureReport,
    MemberRole,
    Membership,
    Origin,
    Queue,
    ReportState,
    Symptom,
    Ticket,
)

MAILBOX_FULL = "recipient.mailbox_full"
UNAVAILABLE = "server.unavailable"  # safe to send again
RELAY_DENIED = "config.relay_denied"  # never sent again unchanged
UNKNOWN = "unknown.unclassified"

_numbers = count(1)


def category(slug: str) -> FailureCategory:
    """One cause of the vocabulary."""
    return FailureCategory.objects.get(slug=slug)


def make_report(
    message: Message | None = None,
    *,
    source: Source | None = None,
    cause: str | None = UNAVAILABLE,
    person: str | None = None,
    channel: ChannelKind = ChannelKind.EMAIL,
    purpose: Purpose = Purpose.TRANSACTIONAL,
    provider: str = "northpost",
    region: str = "",
    state: ReportState = ReportState.DIAGNOSED,
    answer: str = "451 4.3.2 Please try again later",
    detail: str = "",
    occurred_at: datetime | None = None,
    expires_at: datetime | None = None,
    attempts: Sequence[dict[str, str]] = (),
) -> FailureReport:
    """A diagnosed report; ``person`` is the reporter, by default a new one each time.

    An empty ``person`` is a reporter who is not known, no ``cause`` an open question.
    """
    number = next(_numbers)
    if source is None:
        source = message.source if message else make_source("shop")
    return FailureReport.objects.create(
        source=source,
        origin=Origin.CLIENT,
        message=message,
        recipient=message.recipient if message else None,
        reporter_pseudonym=f"person-{number}" if person is None else person,
        channel=message.channel if message else channel,
        purpose=message.purpose if message else purpose,
        symptom=Symptom.FAILED_ERROR,
        provider=provider,
        region=region,
        provider_answer=answer,
        detail=detail,
        state=state,
        category=category(cause) if cause else None,
        occurred_at=occurred_at or timezone.now(),
        received_at=timezone.now(),
        expires_at=expires_at,
        attempts=list(attempts),
    )


def join(reports: Sequence[FailureReport]) -> None:
    """Put reports into the groups of their causes, and save that."""
    with transaction.atomic():
        grouping.join(reports)
        for report in reports:
            report.save(update_fields=["fingerprint", "group", "state"])


def hand_to_people(
    reports: Sequence[FailureReport], now: datetime | None = None
) -> list[Ticket]:
    """Group reports and make tickets of them."""
    with transaction.atomic():
        join([each for each in reports if each.group_id is None])
        return tickets.open_or_join(reports, now or timezone.now())


def make_ticket(
    message: Message | None = None,
    *,
    cause: str = UNAVAILABLE,
    queue: Queue | None = None,
    assignee: User | None = None,
    provider: str = "",
    now: datetime | None = None,
    reports: int = 1,
    **report: object,
) -> Ticket:
    """A ticket with a cause of its own, in the general queue or another one."""
    provider = provider or f"provider-{next(_numbers)}"
    made = [
        make_report(message, cause=cause, provider=provider, **report)  # type: ignore[arg-type]
        for _ in range(reports)
    ]
    ticket = hand_to_people(made, now)[0]
    changes = {"queue": queue, "assignee": assignee}
    given = {name: value for name, value in changes.items() if value is not None}
    if given:
        Ticket.objects.filter(pk=ticket.pk).update(**given)
    if assignee is not None:
        Ticket.objects.filter(pk=ticket.pk).update(state="open")
    return Ticket.objects.get(pk=ticket.pk)


def make_article(
    title: str = "What to do when a server is busy",
    body: str = "Wait, then **send again**.",
    *,
    cause: str = UNAVAILABLE,
    author: User | None = None,
    locale: Locale = Locale.EN,
    published: bool = False,
) -> ArticleVersion:
    """A text about one cause: a draft, if it is not said to be published."""
    version = articles.draft(
        articles.Draft(title, body, locale),
        categories=[category(cause)],
        author_id=author.pk if author else None,
    )
    if published:
        publish_article(version)
    return version


def publish_article(version: ArticleVersion, now: datetime | None = None) -> None:
    """Let Rae, who may publish and writes nothing, approve a text."""
    rae = User.objects.filter(username="rae").first() or User.objects.create(
        username="rae", first_name="Rae"
    )
    rae.groups.add(Group.objects.get(name="editor"))
    actor = access.actor_for_user(rae)
    article, locale = version.translation.article, version.translation.locale
    reviewing.send(article, locale, actor, seen=version.number)
    reviewing.approve(
        article, locale, actor, seen=version.number, now=now or timezone.now()
    )


def join_queue(user: User, queue: Queue, role: MemberRole = MemberRole.AGENT) -> None:
    """Make somebody a member of one more queue."""
    Membership.objects.create(person=user, queue=queue, role=role)
