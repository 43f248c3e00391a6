"""What does an admin do first, and is the installation fit?"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from triage import access, first_steps, health
from triage.first_steps import StepKind
from triage.supervisor import programs


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the page shows it."""

    title: str
    text: str
    url: str
    link: str
    done: bool


def lines() -> list[Line]:
    """The steps in words, each with the page on which it is made."""
    words = _words()
    return [Line(*words[each.kind], done=each.done) for each in first_steps.steps()]


def _words() -> dict[StepKind, tuple[str, str, str, str]]:
    return {
        StepKind.SOURCE: (
            _("First source"),
            _("The system whose messages fail. It gets a key and files reports."),
            reverse("admin:deliveries_source_add"),
            _("Add a source"),
        ),
        StepKind.PROVIDER: (
            _("First provider"),
            _("Who carries the messages, and an enabled route that leads to it."),
            reverse("admin:deliveries_provider_add"),
            _("Add a provider"),
        ),
        StepKind.QUEUE: (
            _("First queue"),
            _("The general queue takes everything; a queue of your own takes a part."),
            reverse("admin:triage_queue_add"),
            _("Add a queue"),
        ),
        StepKind.AGENT: (
            _("First agent"),
            _("An account, and a membership that lets the person work a queue."),
            reverse("admin:triage_membership_add"),
            _("Add a member"),
        ),
        StepKind.KNOWLEDGE: (
            _("First articles"),
            _("“manage.py import_articles --starter” brings those of the product."),
            reverse("knowledge"),
            _("See the articles"),
        ),
    }


def page(request: KnownRequest, found: list[Line]) -> HttpResponse:
    """Show the steps."""
    context: dict[str, Any] = {
        "steps": found,
        "done": sum(line.done for line in found),
        "doctor_url": reverse("doctor"),
        "queues_url": reverse("queues"),
    }
    return render(request, "triage/first_steps.html", context)


@require_safe
@access.names("system.read")
def doctor(request: KnownRequest) -> HttpResponse:
    """Show every check of the installation with its cure, and the first steps."""
    findings = health.examination(timezone.now(), programs.default_web_workers())
    context = {
        "findings": sorted(findings, key=lambda each: each.ok),
        "faults": sum(not each.ok for each in findings),
        "steps": lines(),
        "settings_url": reverse("admin:index"),
    }
    return render(request, "triage/doctor.html", context)
