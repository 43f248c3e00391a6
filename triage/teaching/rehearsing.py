"""What would a rule have changed in the last days, had it been live?

A rehearsal is work that a person started and watches. The job diagnoses stored reports
with and without the rule, in chunks; after each it says that it lives and how far it
is, and learns whether it was stopped. It may run twice: only one run holds the claim.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from deliveries.models import FailureCategory, RetryClass
from triage import inbox
from triage.access import Refused, may
from triage.diagnosis import collect, engine, rulebook, taught
from triage.diagnosis.evidence import Evidence
from triage.models import (
    Diagnosis,
    DiagnosisRule,
    FailureReport,
    RehearsalState,
    Resolution,
    RuleRehearsal,
)
from triage.models.rehearsal import DAYS, LEASE, MAX_TRIES
from triage.teaching.lessons import RETIRED
from triage.tickets import Forbidden, Invalid, NotFound

log = logging.getLogger(__name__)

MOST_REPORTS = 10_000  # the newest; a page says so where there were more
CHUNK = 200
EXAMPLES_OF_A_MOVE = 10
MOST_MOVES = 40
PATIENCE = timedelta(minutes=10)  # for a worker that takes a rehearsal up

CRASHED, DIED, NO_WORKER = "crashed", "died", "no_worker"


def ask(reference: int, actor: Actor, *, days: int, now: datetime) -> RuleRehearsal:
    """Ask for a rehearsal of the newest version; one that is unfinished is returned.

    Raises :class:`Forbidden`, :class:`NotFound`, or :class:`Invalid` for a rule that is
    retired or days that are not offered.
    """
    if isinstance(may(actor, "rule.teach"), Refused) or actor.person_id is None:
        raise Forbidden("not_allowed")
    if days not in DAYS:
        raise Invalid("days", _("Choose how many days to look back."))
    with transaction.atomic():
        rule = _newest(reference)
        running = rule.rehearsals.unfinished().first()
        if running is not None:
            return running
        return RuleRehearsal.objects.create(
            rule=rule, days=days, asked_by_id=actor.person_id, alive_at=now
        )


def stop(reference: int, actor: Actor, *, now: datetime) -> bool:
    """Stop the rehearsal of a rule; false if none was unfinished."""
    if isinstance(may(actor, "rule.teach"), Refused):
        raise Forbidden("not_allowed")
    rows = RuleRehearsal.objects.unfinished().filter(rule__reference=reference)
    return bool(rows.update(state=RehearsalState.CANCELLED, ended_at=now))


def _newest(reference: int) -> DiagnosisRule:
    """Lock the newest version, so that two people start one rehearsal."""
    rows = DiagnosisRule.objects.select_for_update(of=("self",), no_key=True)
    rule = rows.filter(reference=reference).order_by("-number").first()
    if rule is None:
        raise NotFound
    if rule.retired_at is not None:
        raise Invalid("days", str(RETIRED))
    return rule


def give_up(now: datetime) -> list[int]:
    """End rehearsals that nobody will finish; return those to ring for once more.

    One whose job died waits again, under another epoch: what the job writes, if it
    lives after all, is dropped.
    """
    stale = RuleRehearsal.objects.unfinished().filter(alive_at__lt=now - LEASE)
    late = Q(state=RehearsalState.QUEUED, asked_at__lt=now - PATIENCE)
    over = {"state": RehearsalState.FAILED, "ended_at": now}
    died = stale.filter(tries__gte=MAX_TRIES)
    for lost, fault in ((died, DIED), (stale.filter(late), NO_WORKER)):
        with transaction.atomic():
            locked = lost.select_for_update(no_key=True).values_list("pk", flat=True)
            rows = RuleRehearsal.objects.filter(pk__in=list(locked))
            rows.update(**over, fault=fault)
            for each in rows:
                inbox.rehearsal_over(each)
    ids = list(stale.values_list("pk", flat=True))
    stale.filter(pk__in=ids).update(
        state=RehearsalState.QUEUED, epoch=F("epoch") + 1, alive_at=now
    )
    return ids


# --- the job --------------------------------------------------------------------------


def rehearse(pk: int, clock: Callable[[], datetime]) -> None:
    """Run a rehearsal to its end, unless another job has it or it is over."""
    run = RuleRehearsal.objects.claim(pk, clock())
    if run is None:
        return
    try:
        _run(run, clock)
    except Exception:  # the edge of a worker: whoever waits is told
        log.exception("Rehearsal %d failed.", pk)
        _end(run, state=RehearsalState.FAILED, fault=CRASHED, ended_at=clock())


def _run(run: RuleRehearsal, clock: Callable[[], datetime]) -> None:
    ids = _reports(run, clock())
    RuleRehearsal.objects.record(run, total=len(ids), alive_at=clock())
    tally = Tally(rulebook.rule_of(run.rule), rulebook.now())
    waiting = iter(ids)
    while chunk := list(islice(waiting, CHUNK)):
        tally.add(chunk, clock())
        if not RuleRehearsal.objects.record(run, alive_at=clock(), **tally.counts()):
            return  # stopped, or another job has taken it over
    _end(run, state=RehearsalState.DONE, ended_at=clock(), result=tally.result())


def _end(run: RuleRehearsal, **changes: Any) -> None:
    """Record the end and tell who asked, unless the claim was lost."""
    with transaction.atomic():
        if RuleRehearsal.objects.record(run, **changes):
            run.refresh_from_db(fields=["state"])
            inbox.rehearsal_over(run)


def _reports(run: RuleRehearsal, now: datetime) -> list[int]:
    """The newest diagnosed reports that the rule could be about."""
    rule = run.rule
    rows = FailureReport.objects.filter(
        received_at__gte=now - timedelta(days=run.days), category__isnull=False
    )
    if rule.provider:
        rows = rows.filter(provider__iexact=rule.provider)
    if rule.channel:
        rows = rows.filter(channel=rule.channel)
    newest = rows.order_by("-pk").values_list("pk", flat=True)
    return list(newest[:MOST_REPORTS])


@dataclass(slots=True)
class Tally:
    """What a rule would have changed, counted so far."""

    rule: taught.Rule
    rulebook: taught.Rulebook
    examined: int = 0
    heard: int = 0
    good: int = 0
    bad: int = 0
    resent: int = 0
    from_never: int = 0
    held_back: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    retry: dict[str, str] = field(default_factory=dict)

    def add(self, ids: Sequence[int], now: datetime) -> None:
        """Diagnose a chunk with and without the rule."""
        if not self.retry:
            self.retry = dict(
                FailureCategory.objects.values_list("slug", "retry_class")
            )
        rows = FailureReport.objects.select_related("message__address")
        reports = list(rows.filter(pk__in=ids).order_by("-pk"))
        self.examined += len(ids)  # one that was deleted meanwhile changes nothing
        collected = collect.of_reports(reports, now)
        known = zip(reports, (each.evidence for each in collected), strict=True)
        heard = [(row, each) for row, each in known if taught.speaks(each, self.rule)]
        self.heard += len(heard)
        chosen = _chosen([row for row, _ in heard])
        for report, evidence in _as_it_was(heard):
            self._weigh(report, evidence, chosen.get(report.ticket_id or 0, ""))

    def _weigh(self, report: FailureReport, evidence: Evidence, chosen: str) -> None:
        without = self.rulebook.without(self.rule)
        was = engine.diagnose(evidence, without).findings[0].category
        would = (
            engine.diagnose(evidence, without.with_live(self.rule)).findings[0].category
        )
        if was == would:
            return
        self.moves[was, would] += 1
        self.good += chosen == would
        self.bad += bool(chosen) and chosen != would
        before, after = self.retry[was], self.retry[would]
        self.resent += before != RetryClass.SAFE == after
        self.from_never += before == RetryClass.NEVER and after == RetryClass.SAFE
        self.held_back += before == RetryClass.SAFE != after
        if self.moves[was, would] <= EXAMPLES_OF_A_MOVE:
            self.examples.append(
                {"report": report.pk, "was": was, "would": would, "chosen": chosen}
            )

    def counts(self) -> dict[str, int]:
        """The columns of the row."""
        return {
            "examined": self.examined,
            "would": self.moves.total(),
            "good": self.good,
            "bad": self.bad,
            "resent": self.resent,
        }

    def result(self) -> dict[str, Any]:
        """What the page shows besides: moves by number, and examples of each."""
        return {
            "moves": [[*move, n] for move, n in self.moves.most_common(MOST_MOVES)],
            "examples": self.examples[: EXAMPLES_OF_A_MOVE * MOST_MOVES],
            "heard": self.heard,
            "from_never": self.from_never,
            "held_back": self.held_back,
        }


def _chosen(reports: Sequence[FailureReport]) -> dict[int, str]:
    """The cause that a person chose, by ticket."""
    current = Resolution.objects.filter(
        ticket__in={row.ticket_id for row in reports if row.ticket_id is not None},
        superseded_at=None,
        resolved_by__isnull=False,
    )
    return {
        ticket: slug or ""
        for ticket, slug in current.values_list("ticket", "category__slug")
    }


def _as_it_was(
    heard: Sequence[tuple[FailureReport, Evidence]],
) -> Iterator[tuple[FailureReport, Evidence]]:
    """Give evidence the decisive facts that held when it was first diagnosed.

    What we know today, such as that the message has arrived since, would outweigh
    everything.
    """
    first = Diagnosis.objects.filter(report__in=[row.pk for row, _ in heard])
    rows = first.order_by("report_id", "pk").distinct("report_id")
    then = {
        each.report_id: frozenset(
            str(reason.get("params", {}).get("fact", ""))
            for finding in each.findings.all()
            for reason in finding.speaks_for
        )
        for each in rows.prefetch_related("findings")
    }
    for report, evidence in heard:
        held = then.get(report.pk, frozenset())
        facts = replace(
            evidence.facts,
            delivered="delivered" in held,
            suppressed="suppressed" in held,
            expired="expired" in held,
            superseded="superseded" in held,
        )
        yield report, replace(evidence, facts=facts)
