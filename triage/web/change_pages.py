"""How does a person try a change out, leave, find it again, and save what they saw?

Routing, promises and hours share it: a form proposes other rules, a rehearsal counts
what they would have meant, and what was counted is saved while the rules still stand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django import forms
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deliveries.request import KnownRequest
from triage import jobs, rehearsals
from triage.models import (
    BusinessCalendar,
    ChangeKind,
    ChangeRehearsal,
    ChangeRehearsalState,
    Queue,
)
from triage.rehearsals import Proposal, Subject, of_promises, of_routing
from triage.tickets import Invalid
from triage.web.forms import mark

F = TypeVar("F", bound=forms.Form)
Save = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Page(Generic[F]):
    """A page on which something is changed.

    ``make`` binds the form; ``propose`` reads a valid one, and returns how it is saved.
    Both proposing and saving may raise :class:`Invalid`.
    """

    subject: Subject
    make: Callable[[QueryDict | None], F]
    propose: Callable[[F], tuple[Proposal, Save]]


@dataclass(frozen=True, slots=True)
class Visit(Generic[F]):
    """What became of a visit: ``stale`` if what was tried out no longer holds."""

    form: F
    run: ChangeRehearsal | None = None
    stale: bool = False
    saved: bool = False

    @property
    def status(self) -> int:
        """Of the answer."""
        return 400 if self.form.errors else 200


def visit(request: KnownRequest, page: Page[F]) -> Visit[F]:
    """Rehearse what a form proposes, save what was rehearsed, or show it again."""
    if request.method != "POST":
        return _resumed(request, page)
    form = page.make(request.POST)
    if not form.is_valid():
        return Visit(form)
    try:
        proposal, save = page.propose(form)
        seen = request.POST.get("rehearsed", "")
        is_it = seen == rehearsals.digest(page.subject, proposal)
        if is_it and rehearsals.was_counted(request.actor, page.subject, seen):
            save()
            rehearsals.forget(request.actor, page.subject)
            return Visit(form, saved=True)
        return Visit(form, _begun(request, page.subject, proposal))
    except Invalid as invalid:
        mark(form, invalid)
        return Visit(form)


def _begun(
    request: KnownRequest, subject: Subject, proposal: Proposal
) -> ChangeRehearsal:
    run = rehearsals.ask(request.actor, subject, proposal, now=timezone.now())
    if run.total <= rehearsals.INLINE:
        rehearsals.carry_out(run.pk, timezone.now)
        run.refresh_from_db()
    else:
        # A broker that does not answer costs delay: the sweeper rings again.
        call = partial(jobs.rehearse_change.delay, run.pk)
        transaction.on_commit(call, robust=True)
    return run


def _resumed(request: KnownRequest, page: Page[F]) -> Visit[F]:
    """Show what was tried out before, as long as the rules are still the same."""
    run = rehearsals.latest(request.actor, page.subject)
    if run is None or "afresh" in request.GET:
        return Visit(page.make(None))
    said = QueryDict(mutable=True)
    for name, values in run.said.items():
        said.setlist(name, values)
    form = page.make(said)
    try:
        if form.is_valid():
            proposal, _save = page.propose(form)
            if rehearsals.digest(page.subject, proposal) == run.digest:
                return Visit(form, run)
    except Invalid:  # what was possible then is not possible now
        return Visit(page.make(None), stale=True)
    return Visit(page.make(None), stale=True)


def said_of(form: forms.Form) -> dict[str, list[str]]:
    """What a form was told, so that it can be told the same again."""
    data = form.data
    if not isinstance(data, QueryDict):
        return {}
    return {name: data.getlist(name) for name in form.fields if data.get(name)}


# --- what the pages show --------------------------------------------------------------


def answer(
    request: KnownRequest, template: str, found: Visit[F], context: dict[str, Any]
) -> HttpResponse:
    """Render the page, or for a browser that waits only how far it is."""
    whole = {"form": found.form, **context, **_of_run(found)}
    name = "triage/_change_live.html" if request.htmx else template
    return render(request, name, whole, status=found.status)


def _of_run(found: Visit[F]) -> dict[str, Any]:
    run = found.run
    if run is None:
        return {"run": None, "stale": found.stale, "rehearsal": None, "rehearsed": ""}
    done = run.state == ChangeRehearsalState.DONE
    return {
        "run": _line(run),
        "stale": False,
        "rehearsed": run.digest if done else "",
        "watched_url": ""
        if run.is_working
        else reverse("inbox_watched", args=["change", run.pk]),
        **(_result(run) if done else {"rehearsal": None}),
    }


def _line(run: ChangeRehearsal) -> dict[str, Any]:
    return {
        "state": run.state,
        "state_label": run.get_state_display(),
        "is_working": run.is_working,
        "of_routing": run.kind == ChangeKind.ROUTING,
        "total": run.total,
        "examined": run.examined,
        "at": run.asked_at,
        "url": url_of(run),
    }


def _result(run: ChangeRehearsal) -> dict[str, Any]:
    if run.kind == ChangeKind.ROUTING:
        routed = of_routing.read(run.result)
        moves = [
            {"was": was.title, "would": would.title, "count": count}
            for was, would, count in routed.moves
        ]
        return {
            "rehearsal": routed,
            "moves": moves,
            "most": of_routing.MOST_TICKETS,
            "days": of_routing.LOOK_BACK.days,
        }
    counted = of_promises.read(run.result)
    kinds = [
        {"label": of_promises.label_of(each), "figures": each} for each in counted.kinds
    ]
    return {
        "rehearsal": counted,
        "by_kind": kinds,
        "most": of_promises.MOST_TICKETS,
        "days": of_promises.LOOK_BACK.days,
    }


def url_of(run: ChangeRehearsal) -> str:
    """Where a rehearsal is found again; the list, if what it is about is gone."""
    if run.kind == ChangeKind.ROUTING:
        if run.target is None:
            return reverse("routing_new")
        if run.verb:
            url = reverse("routing_change", args=[run.target])
            return f"{url}?verb={run.verb}"
        return reverse("routing_rule", args=[run.target])
    model = Queue if run.kind == ChangeKind.PROMISES else BusinessCalendar
    slugs = model.objects.filter(pk=run.target or 0).values_list("slug", flat=True)
    slug = slugs.first()
    if slug is None:
        return reverse("sla")
    name = "sla_queue" if run.kind == ChangeKind.PROMISES else "sla_calendar"
    return reverse(name, args=[slug])


def mine(request: KnownRequest, *kinds: ChangeKind) -> list[dict[str, Any]]:
    """My rehearsals that I have not saved, to be found again beside the rules."""
    found = rehearsals.recent(request.actor, *kinds)
    return [{**_line(run), "label": _label(run)} for run in found]


def _label(run: ChangeRehearsal) -> str:
    if run.kind != ChangeKind.ROUTING:
        return str(run.get_kind_display())
    match run.verb:
        case "up":
            return _("Move the rule up")
        case "down":
            return _("Move the rule down")
        case "enable":
            return _("Enable the rule")
        case "disable":
            return _("Disable the rule")
        case "remove":
            return _("Remove the rule")
        case _:
            is_new = run.target is None
            return _("New routing rule") if is_new else _("Change the routing rule")
