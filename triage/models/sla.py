"""What is promised for a ticket, until when, and was it kept?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known
from triage.models.promise import ClockKind, Promises
from triage.models.queue import Queue
from triage.models.ticket import Ticket
from triage.models.ticket_states import UNSOLVED, Tier, WaitingOn


class ClockState(models.TextChoices):
    """Whether a promise still runs, and whether it was kept."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    BREACHED = "breached", _("Overdue")
    MET = "met", _("Met")
    MET_LATE = "met_late", _("Met late")


CLOCK_OPEN = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)
# A promise is at risk from here on: time enough to keep it, none to put it off.
SOON = timedelta(minutes=15)
AT_ONCE = 100  # rows of one statement, which costs the square of its length
CHANGING = (
    "state",
    "cycle",
    "tier",
    "queue",
    "target_at",
    "paused_at",
    "paused_s",
    "met_at",
    "due_at",
    "epoch",
    "tries",
)


class SlaClockQuerySet(DueQuerySet):
    """Clocks. Whoever changes those of a ticket holds its row, as it is now."""

    def open(self) -> "SlaClockQuerySet":
        """Promises that are neither kept nor kept late."""
        return self.filter(state__in=CLOCK_OPEN)

    def at_risk(self, now: datetime) -> "SlaClockQuerySet":
        """Promises that are overdue, or will be within a quarter of an hour."""
        soon = Q(state=ClockState.RUNNING, target_at__lte=now + SOON)
        return self.filter(Q(state=ClockState.BREACHED) | soon)

    def start(
        self,
        tickets: Sequence[Ticket],
        now: datetime,
        kinds: Sequence[str] = tuple(ClockKind.values),
    ) -> None:
        """Begin the next cycle of promises of which none is open: one insert."""
        if tickets:
            promises = Promises.of(ticket.queue_id for ticket in tickets)
            wanted = [(each, kind) for each in tickets for kind in kinds]
            self._begin(wanted, promises, now)

    def answered(
        self, tickets: Sequence[Ticket], now: datetime, *, last: bool = False
    ) -> None:
        """A person did what reaches the reporter: the promise of the next word begins.

        After the ``last`` word, which solves the ticket, no further one is promised.
        """
        self._meet(tickets, now, (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_UPDATE))
        if not last:
            self.start(tickets, now, [ClockKind.NEXT_UPDATE])

    def verified(self, ticket: Ticket, now: datetime) -> None:
        """Arrival is proven, so that everything that was promised is done."""
        self._meet([ticket], now, ClockKind.values)

    def follow(self, tickets: Sequence[Ticket], now: datetime) -> None:
        """Let clocks follow the tier, the queue and whom a ticket waits for."""
        by_id = {ticket.pk: ticket for ticket in tickets}
        rows = list(self.open().filter(ticket__in=by_id).order_by("pk"))
        if not rows:
            return
        promises = Promises.of(ticket.queue_id for ticket in tickets)
        gone = []
        for row in rows:
            row.ticket = by_id[row.ticket_id]
            if not row.follow(promises, now):
                gone.append(row.pk)
        self.filter(pk__in=gone).delete()
        self._save([row for row in rows if row.pk not in gone])
        words = [
            (ticket, ClockKind.NEXT_UPDATE)
            for ticket in tickets
            if ticket.state in UNSOLVED
            and any(row.ticket_id == ticket.pk for row in rows)
        ]
        self._begin(words, promises, now)

    def _meet(
        self, tickets: Sequence[Ticket], now: datetime, kinds: Sequence[str]
    ) -> None:
        ids = [ticket.pk for ticket in tickets]
        rows = list(self.open().filter(ticket__in=ids, kind__in=kinds))
        for row in rows:
            row.meet(now)
        self._save(rows)

    def _save(self, rows: Sequence["SlaClock"]) -> None:
        for row in rows:
            running = row.state == ClockState.RUNNING
            row.due_at = row.target_at if running else None
            row.epoch, row.tries = row.epoch + 1, 0
        if rows:
            self.bulk_update(rows, CHANGING, batch_size=AT_ONCE)

    def _begin(
        self, wanted: Sequence[tuple[Ticket, str]], promises: Promises, now: datetime
    ) -> None:
        if not wanted:
            return
        ids = {ticket.pk for ticket, _kind in wanted}
        known_ones = (
            self.filter(ticket__in=ids).order_by().values_list("ticket", "kind")
        )
        cycles = {
            (ticket, kind): (last, running)
            for ticket, kind, last, running in known_ones.annotate(
                last=Max("cycle"), running=Count("pk", filter=Q(state__in=CLOCK_OPEN))
            )
        }
        fresh = []
        for ticket, kind in wanted:
            last, running = cycles.get((ticket.pk, kind), (0, 0))
            target = promises.due(ticket.queue_id, ticket.tier_now, kind, now)
            if not running and target is not None:
                fresh.append(_new(ticket, kind, last + 1, now, target))
        self.bulk_create(fresh)


def _new(
    ticket: Ticket, kind: str, cycle: int, now: datetime, target: datetime
) -> "SlaClock":
    return SlaClock(
        ticket=ticket,
        kind=kind,
        cycle=cycle,
        queue_id=ticket.queue_id,
        tier=ticket.tier_now,
        started_at=now,
        target_at=target,
        due_at=target,
    )


class SlaClock(DueRow):
    """One promise for one ticket: due at ``target_at``, on the server's clock.

    ``queue`` and ``tier`` are those it was promised in and at; a change of either
    gives it a new target and the next cycle. ``due_at`` is when somebody has to look
    whether it was kept.
    """

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="clocks", verbose_name=_("ticket")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=ClockKind.choices)
    cycle = models.PositiveIntegerField(_("cycle"), default=1)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=ClockState.choices,
        default=ClockState.RUNNING,
    )
    tier = models.CharField(_("tier"), max_length=2, choices=Tier.choices)
    queue = models.ForeignKey(
        Queue, models.PROTECT, related_name="+", verbose_name=_("queue")
    )
    started_at = models.DateTimeField(_("started at"))
    target_at = models.DateTimeField(_("target"))
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_s = models.IntegerField(_("seconds paused"), default=0)
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)

    objects = SlaClockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["ticket", "kind", "cycle"]
        verbose_name = _("SLA clock")
        verbose_name_plural = _("SLA clocks")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(
                fields=["target_at", "ticket"],
                name="slaclock_open",
                condition=Q(state__in=CLOCK_OPEN),
            ),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["ticket", "kind", "cycle"], name="slaclock_cycle"
            ),
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                name="slaclock_one_open",
                condition=Q(state__in=CLOCK_OPEN),
            ),
            models.CheckConstraint(
                condition=Q(paused_s__gte=0), name="slaclock_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False)
                | (~Q(state="paused") & Q(paused_at__isnull=True)),
                name="slaclock_paused_since",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["met", "met_late"], met_at__isnull=False)
                | (~Q(state__in=["met", "met_late"]) & Q(met_at__isnull=True)),
                name="slaclock_met_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="running") | Q(due_at__isnull=True),
                name="slaclock_due_while_running",
            ),
            known("kind", ClockKind, "slaclock_kind_known"),
            known("state", ClockState, "slaclock_state_known"),
            known("tier", Tier, "slaclock_tier_known"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.kind} {self.state}"

    def meet(self, now: datetime) -> None:
        """Keep the promise; late if its time had come. A paused one is in time."""
        late = self.state == ClockState.BREACHED
        late = late or (self.state == ClockState.RUNNING and now > self.target_at)
        self._end_pause(now)
        self.state = ClockState.MET_LATE if late else ClockState.MET
        self.met_at = max(now, self.started_at)

    def pause(self, now: datetime) -> None:
        """Stop a running clock; what is overdue stays so."""
        if self.state == ClockState.RUNNING and now <= self.target_at:
            self.state, self.paused_at = ClockState.PAUSED, now

    def follow(self, promises: Promises, now: datetime) -> bool:
        """Follow the ticket; false if this is no longer promised at all.

        What is overdue stays overdue, whatever becomes of the ticket.
        """
        if self.state == ClockState.BREACHED:
            return True
        ticket = self.ticket
        if (self.tier, self.queue_id) != (ticket.tier_now, ticket.queue_id):
            target = promises.due(ticket.queue_id, ticket.tier_now, self.kind, now)
            if target is None:
                return False
            self._promise(target, now)
        if ticket.waiting_on == WaitingOn.REPORTER:
            self.pause(now)
        else:
            self.resume(promises, now)
        return True

    def resume(self, promises: Promises, now: datetime) -> None:
        """Let a paused clock run again, with the working time that it had left."""
        if self.paused_at is None:
            return
        here = self.queue_id, self.tier
        left = promises.left(*here, self.paused_at, self.target_at)
        self._end_pause(now)
        self.state = ClockState.RUNNING
        self.target_at = promises.after(*here, now, left)

    def _promise(self, target: datetime, now: datetime) -> None:
        """Begin the next cycle. Only a lower tier gives more time than was left."""
        tier = self.ticket.tier_now
        if self.state == ClockState.PAUSED:
            self._end_pause(now)
            self.paused_at = now
        elif tier <= self.tier:
            target = min(target, self.target_at)
        self.tier, self.queue_id, self.target_at = tier, self.ticket.queue_id, target
        self.cycle += 1

    def _end_pause(self, now: datetime) -> None:
        if self.paused_at is not None:
            passed = max(now - self.paused_at, timedelta(0))
            self.paused_s += int(passed.total_seconds())
            self.paused_at = None
