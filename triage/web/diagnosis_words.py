"""In which words does a ticket's page explain the diagnosis, and what it changed?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from deliveries import taxonomy
from deliveries.models import DeliveryAttempt
from triage.diagnosis import change_words, changes, check_words, plan_words, stored
from triage.diagnosis import report as words
from triage.diagnosis.evidence import Reason
from triage.diagnosis.outcomes import Outcome
from triage.diagnosis.plan import Action
from triage.models import Diagnosis, FailureReport, Finding

RUNS_SHOWN = 10
CHANGES_SHOWN = 4  # the weightiest; the others are folded away


def of_report(
    report: FailureReport | None,
    now: datetime,
    found: Iterable[Diagnosis] | None = None,
) -> dict[str, Any] | None:
    """Build the context of ``_diagnosis.html`` from the newest run about a failure.

    ``found`` is what :func:`runs` asks, where it was asked before. None until there is
    a run.
    """
    known = list(runs(report) if found is None else found)
    if report is None or not known:
        return None
    newest, *earlier = known
    changed = _changes(earlier[0], newest) if earlier else []
    context = _argument(newest) | _plan(newest, report, now)
    return context | {
        "next_check": words.next_check_in_words(newest.next_check),
        "changes": changed[:CHANGES_SHOWN],
        "more_changes": changed[CHANGES_SHOWN:],
        "before_at": earlier[0].at if earlier else None,
        "checks": [_check(each) for each in newest.checks],
        "held": sum(each["outcome"] == Outcome.HELD for each in newest.checks),
        "earlier": [_run(each) for each in earlier],
        "made_by": _made_by(newest),
        "at": newest.at,
    }


def runs(report: FailureReport | None) -> QuerySet[Diagnosis]:
    """Ask for the runs about a failure, the newest first.

    A try of ours is diagnosed once for all reports of its message, so the runs of those
    in the same ticket count as well.
    """
    if report is None:
        return Diagnosis.objects.none()
    about = Q(pk=report.pk)
    if report.message_id is not None:
        about |= Q(message=report.message_id, ticket=report.ticket_id)
    reports = FailureReport.objects.filter(about).values("pk")
    rows = Diagnosis.objects.filter(report__in=reports, findings__rank=1)
    rows = rows.order_by("-pk").select_related("report")
    findings = Prefetch("findings", Finding.objects.select_related("category"))
    return rows.prefetch_related(findings)[:RUNS_SHOWN]


def _argument(diagnosis: Diagnosis) -> dict[str, Any]:
    """The likeliest cause with what speaks for and against it, and the others."""
    first, *others = diagnosis.findings.all()
    texts = _texts(diagnosis)
    return {
        "verdict": words.headline(first.category.name, first.confidence),
        "category_name": first.category.name,
        "unknown": first.category.slug == taxonomy.UNKNOWN,
        "confidence": round(100 * first.confidence),
        "sure": words.confidence_in_words(first.confidence),
        "supports": _lines(first.speaks_for, texts),
        "against": _lines(first.speaks_against, texts),
        "alternatives": [
            {"name": each.category.name, "percent": round(100 * each.confidence)}
            for each in others
        ],
    }


def _plan(diagnosis: Diagnosis, report: FailureReport, now: datetime) -> dict[str, Any]:
    plan = stored.standing_plan(diagnosis, report)
    if plan is None:
        return {"plan": None}
    machine = plan.sends or plan.action in (Action.WAIT, Action.CLOSE)
    return {
        "plan": plan_words.plan_in_words(plan, now),
        "plan_icon": _ICONS[plan.action],
        "plan_by": "machine" if machine else "person",
    }


_ICONS = {
    Action.RETRY_AT: "resend",
    Action.OTHER_ROUTE: "resend",
    Action.FIX_TEMPLATE: "pencil",
    Action.ASK_USER: "message",
    Action.HUMAN: "person",
    Action.WAIT: "clock",
    Action.CLOSE: "check",
    Action.SUPPRESS: "stop",
}


def _changes(before: Diagnosis, after: Diagnosis) -> list[str]:
    found = changes.compare(stored.run_of(before), stored.run_of(after))
    return [change_words.change_in_words(each) for each in found]


def _check(check: dict[str, Any]) -> dict[str, str]:
    code, outcome = check["code"], check["outcome"]
    return {
        "name": check_words.check_in_words(code),
        "outcome": outcome,
        "label": check_words.outcome_in_words(outcome),
        "figures": check_words.figures_in_words(code, check.get("params", {})),
    }


def _run(diagnosis: Diagnosis) -> dict[str, Any]:
    first = next(iter(diagnosis.findings.all()))
    return {
        "at": diagnosis.at,
        "name": first.category.name,
        "percent": round(100 * first.confidence),
        "plan": plan_words.action_in_words(diagnosis.plan_action),
        "made_by": _made_by(diagnosis),
    }


def _made_by(diagnosis: Diagnosis) -> str:
    said = {"rules": diagnosis.ruleset_version, "model": diagnosis.model_version}
    if diagnosis.model_version:
        return _("rules %(rules)s, model %(model)s") % said
    return _("rules %(rules)s") % said


def _texts(diagnosis: Diagnosis) -> dict[str, str]:
    """The texts that spans point into, by the name of their bundle.

    The answer is that of the try which the run is about, if it is about one.
    """
    report = diagnosis.report
    answer = report.provider_answer
    if diagnosis.attempt_n is not None:
        tries = DeliveryAttempt.objects.filter(
            message=report.message_id, n=diagnosis.attempt_n
        )
        answer = tries.values_list("raw_answer", flat=True).first() or ""
    return {"answer": answer, "detail": report.detail}


CONTEXT = 120  # characters shown on each side of the words that matched
Span = tuple[int, int]


def _lines(stored_reasons: list[Any], texts: dict[str, str]) -> list[dict[str, Any]]:
    """Say each reason; quote a stretch of text once, with all that matched in it."""
    reasons = stored.reasons_of(stored_reasons)
    quoted: list[tuple[str, Span]] = []
    return [_line(each, reasons, texts, quoted) for each in reasons]


def _line(
    reason: Reason,
    reasons: Sequence[Reason],
    texts: dict[str, str],
    quoted: list[tuple[str, Span]],
) -> dict[str, Any]:
    text = texts.get(reason.bundle, "")
    span = _span(reason, text)
    parts = None
    if span and not any(_within(span, of) for at, of in quoted if at == reason.bundle):
        window = (max(0, span[0] - CONTEXT), min(len(text), span[1] + CONTEXT))
        quoted.append((reason.bundle, window))
        spans = [_span(each, text) for each in reasons if each.bundle == reason.bundle]
        marks = [each for each in spans if each and _within(each, window)]
        parts = _quote(text, window, marks)
    return {
        "text": words.reason_in_words(reason),
        "source": words.rule_in_words(reason),
        "parts": parts,
    }


def _span(reason: Reason, text: str) -> Span | None:
    start, end = reason.start, reason.end
    if start is None or end is None or not 0 <= start < end <= len(text):
        return None
    return start, end


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _quote(text: str, window: Span, marks: list[Span]) -> list[tuple[str, bool]]:
    """Cut a stretch of text into parts, marked or not; marks may overlap."""
    first, last = window
    parts = [("…", False)] if first else []
    at = first
    for begin, end in sorted(marks):
        if end <= at:
            continue
        start = max(at, begin)
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    parts.append((text[at:last] + ("…" if last < len(text) else ""), False))
    return [part for part in parts if part[0]]
