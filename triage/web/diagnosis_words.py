"""In which words does a ticket's page explain the diagnosis?"""

from typing import Any

from django.utils.translation import gettext as _

from triage.diagnosis import report as words
from triage.diagnosis.evidence import Reason
from triage.models import Diagnosis, FailureReport

LEAST_SHOWN = 0.02  # a cause less likely than this is noise on the page


def of_report(report: FailureReport | None) -> dict[str, Any] | None:
    """Build the context of ``_diagnosis.html`` from the newest diagnosis."""
    if report is None:
        return None
    newest = Diagnosis.objects.filter(report=report).order_by("-pk")
    diagnosis = newest.prefetch_related("findings__category").first()
    findings = list(diagnosis.findings.all()) if diagnosis else []
    if diagnosis is None or not findings:
        return None
    first, *others = findings
    texts = _texts(report, diagnosis)
    return {
        "verdict": words.headline(first.category.name, first.confidence),
        "category_name": first.category.name,
        "confidence": round(100 * first.confidence),
        "supports": [_line(each, texts) for each in _reasons(first.speaks_for)],
        "against": [_line(each, texts) for each in _reasons(first.speaks_against)],
        "alternatives": [
            {"name": each.category.name, "percent": round(100 * each.confidence)}
            for each in others
            if each.confidence >= LEAST_SHOWN
        ],
        "next_check": words.next_check_in_words(diagnosis.next_check),
        "made_by": _("rules %(version)s, %(ms)s ms")
        % {"version": diagnosis.ruleset_version, "ms": round(diagnosis.took_ms, 1)},
    }


def _reasons(stored: list[Any]) -> list[Reason]:
    return [Reason.from_json(each) for each in stored]


def _texts(report: FailureReport, diagnosis: Diagnosis) -> dict[str, str]:
    """The texts that spans point into, by the name of their bundle.

    The answer is that of the attempt which this diagnosis is about, if it is about one:
    it was diagnosed after the report had come, and before this was written.
    """
    attempt = report.message and (
        report.message.attempts.filter(
            category__isnull=False,
            finished_at__gte=report.received_at,
            finished_at__lte=diagnosis.at,
        ).last()
    )
    return {
        "answer": attempt.raw_answer if attempt else report.provider_answer,
        "detail": report.detail,
    }


def _line(reason: Reason, texts: dict[str, str]) -> dict[str, Any]:
    return {
        "text": words.reason_in_words(reason),
        "source": words.rule_in_words(reason),
        "parts": _parts(reason, texts.get(reason.bundle, "")),
    }


CONTEXT = 120  # characters shown on each side of the words that matched


def _parts(reason: Reason, text: str) -> list[tuple[str, bool]] | None:
    start, end = reason.start, reason.end
    if start is None or end is None or not 0 <= start < end <= len(text):
        return None
    first = max(0, start - CONTEXT)
    last = min(len(text), end + CONTEXT)
    before = ("…" if first else "") + text[first:start]
    after = text[end:last] + ("…" if last < len(text) else "")
    return [(before, False), (text[start:end], True), (after, False)]
