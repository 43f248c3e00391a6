"""What does a second run over a report find, and is it worth writing down?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.diagnosis import collect, record
from triage.diagnosis.record import Judged
from triage.models import Diagnosis, FailureReport


@dataclass(frozen=True, slots=True)
class Again:
    """A second run that found something new, or something else than the first."""

    judged: Judged
    before: Diagnosis | None
    after: Diagnosis

    @property
    def cause_changed(self) -> bool:
        """Whether the report has another cause now."""
        return self.judged.report.category_id != self.judged.category.pk


def foresee(reports: Sequence[FailureReport], now: datetime) -> list[Judged]:
    """Judge reports with what is known by now, in their order; writes nothing."""
    return record.judge_all(reports, collect.once_more(reports, now), now)


def rerun(reports: Sequence[FailureReport], now: datetime) -> list[Again]:
    """Diagnose reports again; return the runs that were written, in their order.

    Where evidence, rules and model are those of the last run nothing is written: it
    would say the same. The reports themselves are left as they are. Needs an open
    transaction in which they are locked, so that of two runs the second sees the
    first; a fixed number of queries.
    """
    last = _last(reports)
    fresh = [
        judged
        for judged in foresee(reports, now)
        if not _is_same(judged, last.get(judged.report.pk))
    ]
    rows = record.write(fresh)
    return [
        Again(judged, last.get(judged.report.pk), row)
        for judged, row in zip(fresh, rows, strict=True)
    ]


def _last(reports: Sequence[FailureReport]) -> dict[int, Diagnosis]:
    rows = Diagnosis.objects.filter(report__in=[each.pk for each in reports])
    newest = rows.order_by("report_id", "-pk").distinct("report_id")
    return {each.report_id: each for each in newest}


def _is_same(judged: Judged, last: Diagnosis | None) -> bool:
    return last is not None and (
        last.evidence_digest,
        last.ruleset_version,
        last.model_version,
    ) == (
        judged.digest,
        judged.verdict.ruleset_version,
        judged.verdict.model_version,
    )
