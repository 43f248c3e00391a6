"""What has the desk been taught, and how is a rule taught, tried and switched on?

Each view parses, calls one use case and renders; the pages are built in
``rule_list.py`` and ``rule_pages.py``.
"""

from collections.abc import Callable
from functools import partial, wraps

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from deliveries.request import KnownRequest, posted_name
from triage import access, jobs, teaching
from triage import tickets as ticket_use_cases
from triage.filters import RuleFilter
from triage.models import DiagnosisRule, FailureReport, RuleMode
from triage.web import rule_list, rule_pages
from triage.web.forms import RuleForm, mark

View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """Turn the refusals of the use cases into answers for a person."""

    @wraps(view)
    def wrapper(request: KnownRequest, reference: int) -> HttpResponse:
        try:
            return view(request, reference)
        except ticket_use_cases.NotFound as error:
            raise Http404 from error
        except ticket_use_cases.Forbidden as error:
            raise PermissionDenied from error
        except ticket_use_cases.Invalid as invalid:
            messages.error(request, invalid.message)
            return _back(reference)

    return wrapper


def _back(reference: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("rule", args=[reference]))


@require_safe
@access.names("rule.read")
def rules(request: KnownRequest) -> HttpResponse:
    """Show what the desk has been taught."""
    scope = DiagnosisRule.objects.visible_to(request.actor)
    chosen = RuleFilter(request.GET, queryset=scope, request=request)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    context = rule_list.of_list(request, scope, chosen)
    whole = not request.htmx or request.htmx.history_restore_request
    name = "rules" if whole else "_rule_rows"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("rule.teach")
def new(request: KnownRequest) -> HttpResponse:
    """Teach a rule, perhaps from a report."""
    report = _report(request)
    if request.method != "POST":
        form = RuleForm(initial=rule_pages.suggested(report) if report else None)
        return _form(request, form, report)
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _form(request, form, report)
    lesson = form.lesson
    if report is not None and not teaching.fits(lesson, report):
        form.add_error("pattern", _("This does not stand in the report shown above."))
        return _form(request, form, report)
    try:
        rule = teaching.teach(request.actor, lesson)
    except ticket_use_cases.Invalid as invalid:
        mark(form, invalid)
        return _form(request, form, report)
    messages.success(request, _("Taught. It changes nothing until it is switched on."))
    return _back(rule.reference)


def _report(request: KnownRequest) -> FailureReport | None:
    """The report that the rule is taught from, if one is named; 404 out of scope."""
    public_id = posted_name(request, "report") or request.GET.get("report")
    if not public_id:
        return None
    found = FailureReport.objects.visible_to(request.actor).select_related("ticket")
    report: FailureReport | None = found.filter(public_id=public_id).first()
    if report is None:
        raise Http404
    return report


def _form(
    request: KnownRequest,
    form: RuleForm,
    report: FailureReport | None = None,
    rule: DiagnosisRule | None = None,
) -> HttpResponse:
    context = rule_pages.of_form(form, report, rule)
    status = 400 if form.errors else 200
    return render(request, "triage/rule_edit.html", context, status=status)


@require_safe
@access.names("rule.read")
def rule(request: KnownRequest, reference: int) -> HttpResponse:
    """Show one rule with its versions, its figures and its rehearsal."""
    versions = _versions(request, reference)
    context = rule_pages.of_rule(versions, request.actor, timezone.now())
    return render(request, "triage/rule.html", context)


def _versions(request: KnownRequest, reference: int) -> list[DiagnosisRule]:
    rows = DiagnosisRule.objects.visible_to(request.actor).with_everything_for_list()
    versions = list(rows.of(reference))
    if not versions:
        raise Http404
    return versions


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("rule.teach")
@answered
def change(request: KnownRequest, reference: int) -> HttpResponse:
    """Write a new version of a rule."""
    newest = _versions(request, reference)[0]
    if request.method != "POST":
        return _form(request, RuleForm(initial=rule_pages.stored(newest)), rule=newest)
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _form(request, form, rule=newest)
    try:
        teaching.change(reference, request.actor, form.lesson, now=timezone.now())
    except ticket_use_cases.Invalid as invalid:
        mark(form, invalid)
        return _form(request, form, rule=newest)
    messages.success(
        request, _("The new version stands in the shadow. Rehearse it, then switch on.")
    )
    return _back(reference)


@require_safe
@access.names("rule.read")
def rehearsal(request: KnownRequest, reference: int) -> HttpResponse:
    """Show how far the rehearsal is, as a fragment."""
    versions = _versions(request, reference)
    context = rule_pages.of_progress(versions, request.actor, timezone.now())
    return render(request, "triage/_rehearsal_live.html", context)


@require_POST
@access.names("rule.teach")
@answered
def rehearsals(request: KnownRequest, reference: int) -> HttpResponse:
    """Begin a rehearsal."""
    days = request.POST.get("days", "")
    run = teaching.ask(
        reference,
        request.actor,
        days=int(days) if days in rule_pages.DAYS_OFFERED else 0,
        now=timezone.now(),
    )
    # A broker that does not answer costs delay: the sweeper rings again.
    transaction.on_commit(partial(jobs.rehearse.delay, run.pk), robust=True)
    return _back(reference)


@require_POST
@access.names("rule.teach")
@answered
def rehearsal_end(request: KnownRequest, reference: int) -> HttpResponse:
    """Stop the rehearsal that runs."""
    if teaching.stop(reference, request.actor, now=timezone.now()):
        messages.info(request, _("The rehearsal was stopped."))
    return _back(reference)


@require_POST
@access.names("diagnosis.rule")
@answered
def mode(request: KnownRequest, reference: int) -> HttpResponse:
    """Switch a rule on, or send it back to the shadow."""
    if request.POST.get("mode") == RuleMode.LIVE:
        seen = request.POST.get("seen") == "on"
        teaching.switch_on(reference, request.actor, seen=seen, now=timezone.now())
        messages.success(request, _("The rule is live: it votes from now on."))
    else:
        teaching.switch_off(reference, request.actor, now=timezone.now())
        messages.success(request, _("The rule does not vote any more."))
    return _back(reference)


@require_POST
@access.names("diagnosis.rule")
@answered
def retirement(request: KnownRequest, reference: int) -> HttpResponse:
    """End a rule."""
    teaching.retire(reference, request.actor, now=timezone.now())
    messages.success(request, _("The rule is retired; its history stays."))
    return _back(reference)
