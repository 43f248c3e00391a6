"""Of what does nobody's act tell: time that runs out, and what ends by itself?

Each duty looks for rows and tells of them; a line that is there is not written again,
so that a sweep may run twice, late or at the same time as another.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from deliveries.models import OVER, ResendOperation, ResendState
from knowledgebase.models import (
    ArticleAct,
    ArticleEvent,
    ArticleTranslation,
    StaleReason,
    TrainingItem,
    TranslationState,
)
from triage.inbox.telling import tell
from triage.models import (
    ClockState,
    EventKind,
    MemberRole,
    Membership,
    SlaClock,
    StaffNotice,
    StaffNoticeKind,
    TicketEvent,
    Watch,
)

BREACH_NEAR = timedelta(minutes=15)
TRAINING_NEAR = timedelta(days=2)
LOOK_BACK = timedelta(hours=24)
BATCH = 500
# Of a text that follows another one, who changed that one knows.
UNTOLD_REASONS = (StaleReason.SOURCE_MOVED,)
# What happens to a ticket without anybody deciding about it.
UNHEARD = (EventKind.JOINED, EventKind.TIER, EventKind.REDIAGNOSED)


def sweep(now: datetime) -> None:
    """Tell of all that is due to be told."""
    breach_near(now)
    approvals()
    resends_over(now)
    watched()
    training_near(now)
    training_late(now)
    articles_stale(now)


def breach_near(now: datetime) -> None:
    """Tell who holds a ticket of a promise that is due soon; else the leads."""
    rows = SlaClock.objects.filter(
        state=ClockState.RUNNING, target_at__gt=now, target_at__lte=now + BREACH_NEAR
    ).select_related("ticket")
    clocks = list(rows.order_by("target_at")[:BATCH])
    keys = {clock.pk: f"clock:{clock.pk}:{clock.cycle}" for clock in clocks}
    told = set(
        StaffNotice.objects.filter(dedup_key__in=keys.values()).values_list(
            "person", "dedup_key"
        )
    )
    leads = _leads({c.queue_id for c in clocks if c.ticket.assignee_id is None})
    for clock in clocks:
        holder = clock.ticket.assignee_id
        people = {holder} if holder else leads[clock.queue_id]
        new = {each for each in people if (each, keys[clock.pk]) not in told}
        if new:
            tell(
                new,
                StaffNoticeKind.BREACH_SOON,
                keys[clock.pk],
                ticket=clock.ticket,
                until=clock.target_at,
            )


def _leads(queues: Iterable[int]) -> dict[int, set[int]]:
    rows = Membership.objects.filter(
        queue__in=queues, role=MemberRole.LEAD, person__is_active=True
    )
    found: dict[int, set[int]] = defaultdict(set)
    for queue, person in rows.values_list("queue", "person"):
        if queue is not None:
            found[queue].add(person)
    return found


def approvals() -> None:
    """Tell the leads who may agree to a bulk resend that it waits for them."""
    waiting = ResendOperation.objects.filter(
        state=ResendState.PLANNED, needs_second_person=True, approved_by=None
    )
    for operation in waiting.order_by("pk")[:BATCH]:
        leads = _leads(operation.queue_ids)
        # Who leads but one of its queues does not see the whole of it.
        able = set.intersection(*(leads[pk] for pk in operation.queue_ids))
        tell(
            able - {operation.created_by_id},
            StaffNoticeKind.APPROVAL_WAITS,
            f"approval:{operation.pk}",
            resend=operation,
            actor_id=operation.created_by_id,
        )


def resends_over(now: datetime) -> None:
    """Tell who planned a bulk resend how it ended."""
    over = ResendOperation.objects.filter(
        state__in=OVER, ended_at__gt=now - LOOK_BACK
    ).exclude(state=ResendState.CANCELLED)
    told = StaffNotice.objects.filter(
        kind=StaffNoticeKind.JOB_DONE, person=F("resend__created_by"), resend__in=over
    )
    for operation in over.exclude(pk__in=told.values("resend"))[:BATCH]:
        tell(
            [operation.created_by_id],
            StaffNoticeKind.JOB_DONE,
            f"resend:{operation.pk}",
            resend=operation,
        )


def watched() -> None:
    """Tell who watches a ticket what others did to it since they last heard."""
    rows = Watch.objects.filter(ticket__last_seq__gt=F("seen_seq"))
    for watch in rows.select_related("ticket").order_by("pk")[:BATCH]:
        last = watch.ticket.last_seq
        events = TicketEvent.objects.filter(
            ticket=watch.ticket, seq__gt=watch.seen_seq, seq__lte=last
        ).exclude(kind__in=UNHEARD)
        heard = events.exclude(actor=watch.person).order_by("seq").last()
        if heard is not None:
            tell(
                [watch.person_id],
                StaffNoticeKind.WATCHED,
                f"watch:{watch.pk}:{last}",
                ticket=watch.ticket,
                actor_id=heard.actor_id,
            )
        Watch.objects.filter(pk=watch.pk, seen_seq__lt=last).update(seen_seq=last)


def training_near(now: datetime) -> None:
    """Tell people of training that is due in two days."""
    today = now.date()
    near = TrainingItem.objects.open().filter(
        read_by__gte=today, read_by__lte=today + TRAINING_NEAR
    )
    _remind(near, StaffNoticeKind.TRAINING_DUE)


def training_late(now: datetime) -> None:
    """Tell people of training that is overdue."""
    late = TrainingItem.objects.open().filter(read_by__lt=now.date())
    _remind(late, StaffNoticeKind.TRAINING_LATE)


def _remind(items: QuerySet[TrainingItem], kind: StaffNoticeKind) -> None:
    told = StaffNotice.objects.filter(kind=kind, training_item=OuterRef("pk"))
    rows = items.filter(~Exists(told), person__is_active=True).order_by("read_by")
    for item in rows[:BATCH]:
        tell([item.person_id], kind, f"{kind}:{item.pk}", training_item=item)


def articles_stale(now: datetime) -> None:
    """Tell who looks after an article that it is out of date, once a day and article.

    Not of their own word, nor of what is mended already.
    """
    told = StaffNotice.objects.filter(article_event=OuterRef("pk"))
    still = ArticleTranslation.objects.filter(
        article=OuterRef("article"),
        locale=OuterRef("locale"),
        state=TranslationState.STALE,
    )
    marked = ArticleEvent.objects.filter(
        ~Exists(told),
        Exists(still),
        act=ArticleAct.MARKED_STALE,
        at__gt=now - LOOK_BACK,
        article__owner__is_active=True,
    ).exclude(actor=F("article__owner"))
    events = marked.exclude(change__reason__in=UNTOLD_REASONS).order_by("pk")
    for event in events.select_related("article")[:BATCH]:
        owner = event.article.owner_id
        tell(
            [] if owner is None else [owner],
            StaffNoticeKind.ARTICLE_STALE,
            f"stale:{event.article_id}:{event.at:%Y-%m-%d}",
            article_event=event,
            actor_id=event.actor_id,
        )
