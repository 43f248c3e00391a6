"""What is a reporter shown? Never a queue, an assignee, a note or anybody else."""

from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries import language
from deliveries.models import (
    ChannelKind,
    FailureCategory,
    Purpose,
    RepairPolicy,
    RetryClass,
)
from triage import advice, for_reporter, unanswered
from triage.diagnosis import plan_words, stored
from triage.models import (
    Diagnosis,
    FailureReport,
    Finding,
    PlanAction,
    ReportState,
    Symptom,
)

NEXT_STEPS: dict[str, str | Promise] = {
    ReportState.RECEIVED: _("The failure is being diagnosed."),
    ReportState.DIAGNOSED: _("The failure is being diagnosed."),
    ReportState.REPAIRING: _("The message is sent again by itself."),
    ReportState.TICKETED: _("A person is working on it."),
    ReportState.RESOLVED: _("The cause is mended; proof of delivery is awaited."),
    ReportState.VERIFIED: _("It arrived. Nothing is left to do."),
    ReportState.CLOSED_UNVERIFIED: _("It is closed. Report again if it is missing."),
    ReportState.REJECTED: _("This was not a failure. Nothing is left to do."),
    ReportState.WITHDRAWN: _("It was withdrawn. Nothing is left to do."),
}
ANSWER_WANTED = _("Nobody knows whether it arrived. Please say so.")
WAITING = _("The provider is still trying; its result is awaited.")


class ReportAnswerSerializer(serializers.Serializer[Any]):
    """What filing a report is answered; nothing in it waits for the diagnosis."""

    id = serializers.CharField()
    client_report_id = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(ReportState.choices)
    dedup = serializers.ChoiceField(["new", "same_person", "replay"])
    status_url = serializers.URLField()
    warnings = serializers.ListField(child=serializers.CharField())
    next_poll_s = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    sanitized = serializers.BooleanField()


class ReportSerializer(serializers.Serializer[FailureReport]):
    """A report as its source sees it; a duplicate names its original."""

    id = serializers.CharField(source="public_id")
    client_report_id = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(ReportState.choices)
    duplicate_of = serializers.CharField(
        source="duplicate_of.public_id", allow_null=True, default=None
    )
    message_ref = serializers.CharField(
        source="message.external_id", allow_null=True, default=None
    )
    channel = serializers.ChoiceField(ChannelKind.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    symptom = serializers.ChoiceField(Symptom.choices)
    provider = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    clock_suspect = serializers.BooleanField()
    sanitized = serializers.BooleanField()
    status_url = serializers.SerializerMethodField()

    def get_status_url(self, report: FailureReport) -> str:
        """Return the address of the report."""
        link: str = self.context["link"](report.public_id)
        return link


class GroupSerializer(serializers.Serializer[Any]):
    """The incident that a report belongs to."""

    number = serializers.IntegerField()
    cause = serializers.CharField(source="category.slug")
    since = serializers.DateTimeField(source="first_seen")
    people = serializers.IntegerField(source="recipients")


class PlanSerializer(serializers.Serializer[Any]):
    """What comes next; ``at`` is the time of a send, or the end of a wait."""

    action = serializers.ChoiceField(PlanAction.choices)
    at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """One thing that speaks for or against the verdict."""

    speaks = serializers.ChoiceField(["for", "against"])
    text = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """What the machine thinks, why, and what happens next."""

    category = serializers.CharField()
    title = serializers.CharField()
    confidence = serializers.FloatField()
    retry_class = serializers.ChoiceField(RetryClass.choices)
    next_step = serializers.CharField()
    diagnosed_at = serializers.DateTimeField()
    plan = PlanSerializer(allow_null=True)
    reasons = ReasonSerializer(many=True)


class TipSerializer(serializers.Serializer[Any]):
    """What the person can do meanwhile."""

    title = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    article_url = serializers.URLField()


class ReportDetailSerializer(ReportSerializer):
    """A report with what became of it; of a duplicate, what became of its original."""

    group = serializers.SerializerMethodField()
    diagnosis = serializers.SerializerMethodField()
    tips = serializers.SerializerMethodField()
    answer_wanted = serializers.SerializerMethodField()

    @extend_schema_field(GroupSerializer(allow_null=True))
    def get_group(self, report: FailureReport) -> dict[str, Any] | None:
        """Return the incident, once there is one."""
        group = _original(report).group
        return None if group is None else dict(GroupSerializer(group).data)

    @extend_schema_field(VerdictSerializer(allow_null=True))
    def get_diagnosis(self, report: FailureReport) -> dict[str, Any] | None:
        """Return the leading finding, once there is one."""
        verdict = _verdict(_original(report))
        return None if verdict is None else dict(VerdictSerializer(verdict).data)

    @extend_schema_field(TipSerializer(many=True))
    def get_tips(self, report: FailureReport) -> list[dict[str, Any]]:
        """Return what the reporter can do meanwhile, if a tip is published.

        The ``tip`` of the context is one that was looked for before, its ``tips`` are
        those of reports that were shown before.
        """
        if "tip" in self.context:
            tip = self.context["tip"]
        else:
            known = self.context.get("tips", {})
            tip = advice.tip_among(known, _original(report), language.current())
        if tip is None:
            return []
        url = advice.url_of(tip)
        return [{"title": tip.title, "steps": [tip.text], "article_url": url}]

    def get_answer_wanted(self, report: FailureReport) -> bool:
        """Say whether the reporter is asked if the message arrived."""
        return unanswered.is_answer_wanted(_original(report))


class ReportPageSerializer(serializers.Serializer[Any]):
    """A part of the list of reports, newest first."""

    results = ReportSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CountSerializer(serializers.Serializer[Any]):
    """How many there are; beyond 10,000 they are no longer counted."""

    count = serializers.IntegerField()
    exact = serializers.BooleanField()
    as_of = serializers.DateTimeField()


class CategorySerializer(serializers.Serializer[FailureCategory]):
    """One cause of failures, in both languages."""

    slug = serializers.CharField()
    family = serializers.CharField()
    name_en = serializers.CharField()
    name_zh_hans = serializers.CharField()
    retry_class = serializers.ChoiceField(RetryClass.choices)
    deprecated = serializers.BooleanField()
    successor = serializers.CharField(
        source="successor.slug", allow_null=True, default=None
    )


class CategoryListSerializer(serializers.Serializer[Any]):
    """The vocabulary of causes."""

    results = CategorySerializer(many=True)


def _original(report: FailureReport) -> FailureReport:
    return report.duplicate_of or report


def _verdict(report: FailureReport) -> dict[str, Any] | None:
    findings = Finding.objects.filter(diagnosis__report=report)
    newest = findings.order_by("-diagnosis_id", "rank")
    lead = newest.select_related("category", "diagnosis").first()
    if lead is None:
        return None
    return {
        "category": lead.category.slug,
        "title": lead.category.name,
        "confidence": lead.confidence,
        "retry_class": lead.category.retry_class,
        "next_step": _next_step(report, lead.category.repair_policy),
        "diagnosed_at": lead.diagnosis.at,
        "plan": _plan(lead.diagnosis, report),
        "reasons": [
            {"speaks": side, "text": for_reporter.reason_in_words(reason)}
            for side, reasons in (
                ("for", lead.speaks_for),
                ("against", lead.speaks_against),
            )
            for reason in stored.reasons_of(reasons)
        ],
    }


def _plan(diagnosis: Diagnosis, report: FailureReport) -> dict[str, Any] | None:
    plan = stored.standing_plan(diagnosis, report)
    if plan is None:
        return None
    text = str(plan_words.plan_in_words(plan, timezone.now()))
    return {"action": plan.action, "at": plan.at, "text": text}


def _next_step(report: FailureReport, policy: str) -> str:
    if unanswered.is_answer_wanted(report):
        return str(ANSWER_WANTED)
    if report.state == ReportState.REPAIRING and policy == RepairPolicy.WAIT:
        return str(WAITING)
    return str(NEXT_STEPS[report.state])
