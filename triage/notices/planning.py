"""Who is told of an update, once each, and how is it taken back before it leaves?"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from deliveries.models import Message
from triage.models import (
    ASIDE,
    REPORT_LIVE,
    Carrier,
    EventKind,
    FailureReport,
    Notice,
    NoticeKind,
    NoticeState,
    Origin,
    Reply,
    Skipped,
    Ticket,
    TicketEvent,
)
from triage.notices import words

# What leaves the house waits so long, so that a person can take it back.
HOLD = timedelta(seconds=20)
# Whoever filed one of these is waiting for news; a machine and an import are not.
PEOPLE = (Origin.CLIENT, Origin.END_USER, Origin.AGENT, Origin.COMMUNITY)
BATCH = 1_000  # rows of one insert


def plan(
    event: TicketEvent,
    kind: NoticeKind,
    reports: Iterable[int],
    due_at: datetime,
    said: Reply | None = None,
) -> int:
    """Write one due row for each reporter among the reports; return how many.

    Needs the transaction of the cause. One person gets one notice of an event, however
    many reports they filed; a report about a message that carried a notice gets none.
    """
    rows = reporters(FailureReport.objects.filter(pk__in=list(reports)))
    made = [
        Notice(
            report=report,
            event=event,
            kind=kind,
            reply=said,
            locale=words.locale_of(report),
            dedup_key=f"{event.pk}:{report.source_id}:{report.person}",
            due_at=due_at,
        )
        for report in rows
    ]
    Notice.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
    return len(made)


def reporters(reports: QuerySet[FailureReport]) -> list[FailureReport]:
    """Return the first report of each person who waits for news of one of them."""
    carriers = Carrier.objects.filter(message=OuterRef("message"))
    rows = reports.filter(~Exists(carriers), origin__in=PEOPLE)
    rows = rows.exclude(state__in=ASIDE).order_by("pk")
    found: dict[tuple[int, str], FailureReport] = {}
    for report in rows.select_related("source", "recipient"):
        found.setdefault((report.source_id, report.person), report)
    return list(found.values())


def reopened(event: TicketEvent, reports: Iterable[int], now: datetime) -> None:
    """Tell that work goes on; who was not yet told that it was over is told nothing."""
    ids = list(reports)
    held = _unsent(Notice.objects.filter(report__in=ids, kind=NoticeKind.SOLVED))
    unaware = set(held.values_list("report_id", flat=True))
    _skip(held)
    plan(event, NoticeKind.REOPENED, set(ids) - unaware, now + HOLD)


def ask(message: Message) -> None:
    """Ask those who reported a message whether it arrived; nobody else can tell."""
    rows = FailureReport.objects.filter(message=message, state__in=REPORT_LIVE)
    tickets = Ticket.objects.filter(pk__in=rows.values("ticket"))
    for ticket in tickets.order_by("pk"):
        events = ticket.events.filter(kind=EventKind.UNCLEAR)
        event = events.order_by("-seq").first()
        if event is None:
            continue
        ids = rows.filter(ticket=ticket).values_list("pk", flat=True)
        plan(event, NoticeKind.ANSWER_WANTED, ids, timezone.now())


def reply(event: TicketEvent, said: Reply, reports: Iterable[int]) -> int:
    """Tell reporters what an agent wrote; return how many."""
    return plan(event, NoticeKind.REPLY, reports, said.undo_until, said)


def take_back(said: Reply) -> int:
    """Leave out what was not yet handed over of a reply; return how many."""
    return _skip(_unsent(Notice.objects.filter(reply=said)))


def _unsent(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    return rows.filter(state=NoticeState.DUE)


def _skip(rows: QuerySet[Notice]) -> int:
    # A worker that holds one of them finds at its end that it was taken away.
    return rows.update(
        state=NoticeState.SKIPPED,
        skipped=Skipped.UNDONE,
        due_at=None,
        epoch=F("epoch") + 1,
    )


# What ``FailureReport.person`` says of the report of a notice, for the database.
PERSON = Case(
    When(
        report__reporter_pseudonym="",
        then=Concat(Value("report-"), Cast("report_id", CharField())),
    ),
    default=F("report__reporter_pseudonym"),
)
Told = Counter[tuple[str, str]]  # by state, and by why it was left out


Counted = QuerySet[Notice, tuple[int, str, str, int]]


def told_of(which: Q) -> "Counted":
    """Ask for the number of notices by event, state, and why one was left out."""
    rows = Notice.objects.filter(which).order_by()
    counted: Counted
    counted = rows.values_list("event", "state", "skipped").annotate(Count("pk"))
    return counted


def by_event(counted: "Counted") -> defaultdict[int, Told]:
    """The notices of each event; one without any has none."""
    found: defaultdict[int, Told] = defaultdict(Counter)
    for event, state, skipped, count in counted:
        found[event][state, skipped] = count
    return found


def not_told(reports: QuerySet[FailureReport]) -> Told:
    """Count the people who could not be told, and were not told of anything since."""
    lost = Q(state=NoticeState.DEAD) | Q(skipped=Skipped.NO_CHANNEL)
    rows = Notice.objects.filter(lost, report__in=reports.values("pk"))
    later = Notice.objects.filter(report=OuterRef("report"), pk__gt=OuterRef("pk"))
    newest = rows.filter(~Exists(later.exclude(skipped=Skipped.UNDONE)))
    counted = newest.values_list("state", "skipped").annotate(
        n=Count(PERSON, distinct=True)
    )
    return Counter({(state, why): n for state, why, n in counted.order_by()})
