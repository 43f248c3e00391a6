"""What do the form and the page of a taught rule show?"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from deliveries.actor import Actor
from deliveries.models import FailureCategory
from triage import teaching
from triage.models import (
    DiagnosisRule,
    FailureReport,
    RuleEvent,
    RuleKind,
    RuleMode,
    RuleRehearsal,
    ShadowVerdict,
    Ticket,
)
from triage.models.rehearsal import DAYS
from triage.web.forms import RuleForm
from triage.web.rows import face_of
from triage.web.rule_list import line

EXAMPLES_SHOWN = 20
DAYS_OFFERED = [str(day) for day in DAYS]
DAYS_FIRST = 7


# --- the form -------------------------------------------------------------------------


def of_form(
    form: RuleForm, report: FailureReport | None, rule: DiagnosisRule | None
) -> dict[str, Any]:
    """Build the context of ``rule_edit.html``."""
    return {
        "form": form,
        "rule": line(rule) if rule else None,
        "list_url": reverse("rules"),
        "report": report
        and {
            "reference": report.public_id,
            "answer": report.provider_answer,
            "codes": [
                code for code in (report.provider_code, report.enhanced_code) if code
            ],
            "url": reverse("ticket", args=[report.ticket.number])
            if report.ticket
            else "",
        },
    }


def suggested(report: FailureReport) -> dict[str, Any]:
    """What a report suggests to teach: its code, else words to be selected."""
    code = report.provider_code or report.enhanced_code
    ticket = report.ticket
    current = ticket and ticket.resolutions.filter(superseded_at=None).first()
    return {
        "kind": RuleKind.CODE if code else RuleKind.PHRASE,
        "pattern": code,
        "provider": report.provider,
        "channel": report.channel,
        "category": current.category.slug if current and current.category else "",
    }


def stored(rule: DiagnosisRule) -> dict[str, Any]:
    """What a version says, as the form holds it; the reason is asked anew."""
    return {
        "kind": rule.kind,
        "pattern": rule.pattern,
        "provider": rule.provider or "",
        "channel": rule.channel,
        "category": rule.category.slug,
    }


# --- one rule -------------------------------------------------------------------------


def of_rule(
    versions: list[DiagnosisRule], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Build the context of ``rule.html``; the versions come newest first."""
    newest = versions[0]
    events = RuleEvent.objects.filter(rule__in=versions).select_related("rule", "actor")
    return {
        **of_progress(versions, actor, now),
        "live": next((line(each) for each in versions[1:] if each.is_live), None),
        "list_url": reverse("rules"),
        "shadow": _shadow(newest),
        "versions": [
            {**line(each), "author": face_of(each.author, actor), "reason": each.reason}
            for each in versions
        ],
        "events": [
            {
                "act": each.get_act_display(),
                "number": each.rule.number,
                "person": face_of(each.actor, actor),
                "at": each.at,
            }
            for each in events
        ],
    }


def of_progress(
    versions: list[DiagnosisRule], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Build the context of ``_rehearsal_live.html``."""
    newest = versions[0]
    return {
        "rule": {
            **line(newest),
            "author": face_of(newest.author, actor),
            "reason": newest.reason,
            "created_at": newest.created_at,
            "category_resends": teaching.is_resent_at_once(newest.category),
        },
        "actions": _actions(versions, actor, now),
        **_rehearsal(newest, actor),
    }


def _shadow(rule: DiagnosisRule) -> dict[str, int] | None:
    """The figures of a version that stands in the shadow."""
    if rule.mode != RuleMode.SHADOW or rule.retired_at is not None:
        return None
    figures = ShadowVerdict.objects.figures(rule)
    decided = figures["agreed"] + figures["differed"]
    return {**figures, "undecided": figures["changed"] - decided}


def _actions(
    versions: list[DiagnosisRule], actor: Actor, now: datetime
) -> dict[str, Any]:
    """True draws a button, a sentence draws it locked, nothing draws nothing."""
    newest = versions[0]
    standing = newest.retired_at is None
    decides = standing and actor.may("diagnosis.rule")
    switch_on: Any = None
    if decides and newest.mode == RuleMode.SHADOW:
        switch_on = teaching.refusal(newest, actor, now) or True
    return {
        "change": standing and actor.may("rule.teach"),
        "switch_on": switch_on,
        "switch_off": decides and any(each.is_live for each in versions),
        "retire": decides,
    }


def _rehearsal(rule: DiagnosisRule, actor: Actor) -> dict[str, Any]:
    run = teaching.latest_rehearsal(rule)
    urls = {
        name: reverse(f"rule_{name}", args=[rule.reference])
        for name in (
            "change",
            "rehearsal",
            "rehearsals",
            "rehearsal_end",
            "mode",
            "retirement",
        )
    }
    return {
        "urls": urls,
        "rehearsal": _run(run, actor) if run else None,
        "days": [(day, day == (run.days if run else DAYS_FIRST)) for day in DAYS],
        "may_rehearse": rule.retired_at is None and actor.may("rule.teach"),
    }


def _run(run: RuleRehearsal, actor: Actor) -> dict[str, Any]:
    names = {each.slug: each.name for each in FailureCategory.objects.all()}
    decided = run.good + run.bad
    return {
        "state": run.state,
        "state_label": run.get_state_display(),
        "is_running": run.is_running,
        "watched_url": reverse("inbox_watched", args=["rehearsal", run.pk]),
        "days": run.days,
        "total": run.total,
        "examined": run.examined,
        "capped": run.total >= teaching.MOST_REPORTS,
        "most": teaching.MOST_REPORTS,
        "would": run.would,
        "good": run.good,
        "bad": run.bad,
        "undecided": run.would - decided,
        "resent": run.resent,
        "from_never": run.result.get("from_never", 0),
        "held_back": run.result.get("held_back", 0),
        "ended_at": run.ended_at,
        "fault": run.fault,
        "moves": [
            {"was": names.get(was, was), "would": names.get(would, would), "count": n}
            for was, would, n in run.result.get("moves", [])
        ],
        **_examples(run, actor, names),
    }


def _examples(
    run: RuleRehearsal, actor: Actor, names: dict[str, str]
) -> dict[str, Any]:
    """Reports that would have changed, where the reader may see their ticket."""
    kept = run.result.get("examples", [])
    visible = Ticket.objects.visible_to(actor)
    numbers = dict(
        FailureReport.objects.filter(
            pk__in=[each["report"] for each in kept], ticket__in=visible
        ).values_list("pk", "ticket__number")
    )
    shown = [each for each in kept if each["report"] in numbers][:EXAMPLES_SHOWN]
    return {
        "examples": [
            {
                "number": numbers[each["report"]],
                "url": reverse("ticket", args=[numbers[each["report"]]]),
                "was": names.get(each["was"], each["was"]),
                "would": names.get(each["would"], each["would"]),
                "chosen": names.get(each["chosen"], ""),
            }
            for each in shown
        ],
        "has_hidden": len(numbers) < len(kept),
    }
