"""How does a notice leave the house, once, whoever dies meanwhile?

In one transaction it becomes a message of its own with a try that is planned, and is
over. From there on it is sent like any other: the gate is asked again, the try has a
key, and a worker that is killed sends nothing twice. No other path leads out.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from deliveries import bell, contents, routing, sending
from deliveries.leases import LeaseLost
from deliveries.models import (
    NEEDED_LEVEL,
    Address,
    AttemptCause,
    ChangeKind,
    EventKind,
    FactChange,
    Message,
    MessageState,
    Outcome,
    Purpose,
    Recipient,
    ResendMode,
)
from triage.models import (
    ASIDE,
    Carrier,
    FailureReport,
    Notice,
    NoticeKind,
    NoticeState,
    ReportState,
    Skipped,
)
from triage.notices import budget, links, ways, words

log = logging.getLogger(__name__)

BATCH = 50
SPACING = timedelta(hours=1)  # between two notices that anonymous input causes
KEPT = timedelta(days=7)  # a notice that could not leave by then is stale
MOST_WAYS = 3  # addresses that one notice is tried at
SEND = "deliveries.tasks.send_due"


def send_due(now: datetime, limit: int = BATCH) -> int:
    """Claim notices that are due and hand them over; return how many were claimed.

    One at a time: of those that a dying worker held, each would lose one of its tries.
    """
    claimed = 0
    while claimed < limit and (found := Notice.objects.claim(1)):
        [notice] = found
        claimed += 1
        try:
            with transaction.atomic():
                _leave(_whole(notice), now)
        except LeaseLost:
            log.info("Notice %s was taken away meanwhile.", notice.pk)
        except Exception:  # its lease ends by itself; after three tries it is parked
            log.exception("Notice %s could not be handed over.", notice.pk)
    if claimed:
        bell.ring(SEND)
    return claimed


def park_exhausted(now: datetime) -> int:
    """Give up notices whose tries are used up; return how many.

    What links have used up in hours that are over is forgotten on the way.
    """
    budget.sweep(now)
    parked = 0
    for notice in Notice.objects.exhausted(BATCH):
        with transaction.atomic():
            if Notice.objects.park(notice, now):
                Notice.objects.filter(pk=notice.pk).update(state=NoticeState.DEAD)
                parked += 1
    return parked


def _whole(notice: Notice) -> Notice:
    rows = Notice.objects.select_related(
        "reply",
        "report__source",
        "report__recipient",
        "report__ticket__group__category",
        "report__ticket__category_override",
    )
    whole: Notice = rows.get(pk=notice.pk)
    whole.epoch = notice.epoch
    return whole


def _leave(notice: Notice, now: datetime) -> None:
    reason = _left_out(notice)
    if reason is not None:
        _end(notice, NoticeState.SKIPPED, skipped=reason)
        return
    if ways.is_anonymous(notice.report):
        later = _next_turn(notice.report, now)
        if later is not None:
            Notice.objects.settle(notice, due_at=later)
            return
    for address in ways.of(notice):
        if _hand_over(notice, address, now):
            _end(notice, NoticeState.SENT, sent_at=now)
            return
    if notice.carriers.exists():
        _end(notice, NoticeState.DEAD)
    else:
        _end(notice, NoticeState.SKIPPED, skipped=Skipped.NO_CHANNEL)


def _end(notice: Notice, state: NoticeState, **changes: object) -> None:
    Notice.objects.settle(notice, state=state, **changes)


def _left_out(notice: Notice) -> Skipped | None:
    """Say why a notice does not leave as things are now."""
    report = notice.report
    if report.source.resend_mode == ResendMode.DELEGATED:
        return Skipped.SOURCE_TELLS
    if report.state in ASIDE:
        return Skipped.CLOSED
    if notice.kind == NoticeKind.REPLY:
        return None
    if notice.kind == NoticeKind.ANSWER_WANTED and report.state in (
        ReportState.VERIFIED,
        ReportState.CLOSED_UNVERIFIED,
    ):
        return Skipped.OVERTAKEN
    later = Notice.objects.filter(report=report, pk__gt=notice.pk)
    newer = later.exclude(kind=NoticeKind.REPLY).exclude(state=NoticeState.SKIPPED)
    return Skipped.OVERTAKEN if newer.exists() else None


def _next_turn(report: FailureReport, now: datetime) -> datetime | None:
    """When the next notice may leave that anonymous input caused; None for now.

    Holds the person's row, so that two workers do not count the same hour.
    """
    people = Recipient.objects.select_for_update(no_key=True)
    if people.filter(pk=report.recipient_id or 0).first() is None:
        return None
    rows = Carrier.objects.filter(message__recipient=report.recipient_id)
    last = rows.order_by("-at").values_list("at", flat=True).first()
    return last + SPACING if last is not None and last + SPACING > now else None


def _hand_over(notice: Notice, address: Address, now: datetime) -> bool:
    """Make the message and plan its try; false if the gate or the routes say no."""
    with transaction.atomic():
        message = _message(notice, address, now)
        route = routing.next_route(message, now=now)
        if route is None or not _has_words(notice, message):
            transaction.set_rollback(True)
            return False
        Carrier.objects.create(notice=notice, message=message, at=now)
        try:
            sending.plan(message, route=route, cause=AttemptCause.INITIAL, at=now)
        except sending.NotSendable:
            transaction.set_rollback(True)
            return False
    return True


def _message(notice: Notice, address: Address, now: datetime) -> Message:
    report = notice.report
    return Message.objects.create(
        source=report.source,
        external_id=f"{notice.public_id}.{notice.carriers.count() + 1}",
        recipient=report.recipient,
        address=address,
        channel=address.channel,
        purpose=Purpose.TRANSACTIONAL,
        region=report.region,
        expires_at=now + KEPT,
        state=MessageState.QUEUED,
        needed_level=NEEDED_LEVEL[Purpose.TRANSACTIONAL],
    )


def _has_words(notice: Notice, message: Message) -> bool:
    said = notice.reply.texts if notice.reply else None
    url = links.make(notice.report)
    report, locale, channel = notice.report, notice.locale, message.channel
    content = words.letter(notice.kind, report, locale, url, said, channel)
    return contents.keep(message, content)


def follow(change: FactChange, now: datetime) -> bool:
    """Follow what became of a message that carries a notice; false for any other.

    One that was refused or came back goes another way, if there is one. Nobody reports
    it, nobody is asked about it and no ticket tells of it: news about news has no end.
    """
    rows = Carrier.objects.select_related("notice", "message")
    carrier = rows.filter(message=change.message_id or 0).first()
    if carrier is None:
        return False
    if _is_lost(carrier.message, change):
        again = Notice.objects.filter(pk=carrier.notice_id, state=NoticeState.SENT)
        newest = carrier.notice.carriers.order_by("-pk").first()
        if carrier != newest:
            return True
        if carrier.notice.carriers.count() < MOST_WAYS:
            again.update(state=NoticeState.DUE, due_at=now, sent_at=None)
        else:
            again.update(state=NoticeState.DEAD)
    return True


def _is_lost(message: Message, change: FactChange) -> bool:
    if message.proven:
        return False
    if change.kind == ChangeKind.ATTEMPT_FINISHED:
        attempt = message.attempts.get(n=change.attempt_n or 0)
        return attempt.outcome in (Outcome.REFUSED, Outcome.CANCELLED)
    if change.kind == ChangeKind.EVIDENCE and change.subject_id is not None:
        events = message.events.filter(pk=change.subject_id, trusted=True)
        return events.filter(kind=EventKind.BOUNCED).exists()
    return False
