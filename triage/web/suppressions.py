"""Which addresses must not be written to, since when and why, and who may lift that?"""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from deliveries import jobs
from deliveries.filters import IN_FORCE, SuppressionFilter
from deliveries.models import Address, Suppression
from deliveries.request import KnownRequest
from triage import access, lifting, scopes, tickets
from triage.web import by_key, message_list
from triage.web.forms import mark, posted

LIST = "suppressions"
SHOWN = ("source", "category", "lifted_by")
SAMPLES = 3  # messages that are named before one lifts
OF_PERSON = "consent"  # the family of causes in which a person has spoken


class LiftForm(forms.Form):
    """Why an order is lifted, and whether what it held back is sent."""

    reason = forms.CharField(
        label=gettext_lazy("Why may we write again?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stays with the order, with your name."),
        error_messages={"required": gettext_lazy("Say why it may be lifted.")},
    )
    resend = forms.BooleanField(required=False)

    def __init__(self, *args: Any, held: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not held and "resend" not in self.data:
            del self.fields["resend"]
            return
        label = ngettext(
            "Also plan to resend %(count)d message that was held back",
            "Also plan to resend %(count)d messages that were held back",
            held,
        )
        field = self.fields["resend"]
        field.label = label % {"count": held}
        field.help_text = _("You see the exact counts before anything is sent.")


@require_safe
@access.names("suppression.read")
def suppressions(request: KnownRequest) -> HttpResponse:
    """Show the orders not to send of one's scope, the newest first."""
    scope = scopes.suppressions_visible_to(request.actor)
    chosen = SuppressionFilter(request.GET, queryset=scope, request=request)
    if not chosen.is_valid():
        raise BadRequest(_("This filter does not exist."))
    page = by_key.page_of(request, chosen.qs.select_related(*SHOWN), LIST)
    filtered = any(request.GET.get(each) for each in SuppressionFilter.Meta.fields)
    context = {
        "page": page.lines(_lines(list(page.rows), request)),
        "filters": chosen.form,
        "standing": request.GET.get("standing") or IN_FORCE,
        "filtered": filtered,
        "clear_url": request.path,
        "tabs": message_list.tabs(request, LIST),
    }
    whole = not request.htmx or request.htmx.history_restore_request
    name = "suppressions" if whole else "_suppression_rows"
    response = render(request, f"triage/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _lines(orders: list[Suppression], request: KnownRequest) -> list[dict[str, Any]]:
    masked = _masked(orders)
    held = lifting.held_counts(orders, request.actor, timezone.now())
    may_lift = lifting.liftable(orders, request.actor, timezone.now())
    return [
        {
            **line(order, masked.get(order.pseudonym, "")),
            "held": held.get(order.pk, 0),
            "lift_url": reverse("suppression_lifting", args=[order.pk])
            if order.pk in may_lift
            else "",
        }
        for order in orders
    ]


def _masked(orders: list[Suppression]) -> dict[str, str]:
    """The masked address of each pseudonym; forgotten ones have none."""
    rows: QuerySet[Address] = Address.objects.filter(
        pseudonym__in=[each.pseudonym for each in orders]
    )
    return dict(rows.order_by("pk").values_list("pseudonym", "masked"))


def line(order: Suppression, masked: str) -> dict[str, Any]:
    """What a list says of one order."""
    now = timezone.now()
    over = order.lifted_at is not None
    lapsed = not over and order.until is not None and order.until <= now
    by = order.lifted_by
    return {
        "pk": order.pk,
        "recipient": masked or _("a person who was forgotten"),
        "channel_label": order.get_channel_display(),
        "purpose_label": order.get_purpose_display() if order.purpose else "",
        "source": order.source.name,
        "reason": order.category.name,
        "of_person": order.category.family == OF_PERSON,
        "origin_label": order.get_origin_display(),
        "since": order.since,
        "until": order.until,
        "state": "lifted" if over else "lapsed" if lapsed else "in_force",
        "lifted_at": order.lifted_at,
        "lifted_by": (by.get_full_name() or by.get_username()) if by else "",
        "lift_reason": order.lift_reason,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@access.names("suppression.lift")
def lifting_of(request: KnownRequest, order: int) -> HttpResponse:
    """Ask why an order may be lifted, say what follows, and lift it."""
    now = timezone.now()
    try:
        found = lifting.find(order, request.actor)
    except tickets.NotFound as error:
        raise Http404 from error
    if not lifting.may_lift(found, request.actor):
        raise PermissionDenied
    held = lifting.held(found, request.actor, now)
    count = held.count()
    form = LiftForm(posted(request), held=count)
    if form.is_valid():
        answer = _lift(request, order, form)
        if answer is not None:
            return answer
    samples = held.select_related(*message_list.SHOWN).order_by("-pk")[:SAMPLES]
    context = {
        "order": line(found, _masked([found]).get(found.pseudonym, "")),
        "form": form,
        "held": count,
        "samples": message_list.lines(list(samples)),
    }
    status = 400 if form.is_bound else 200
    return render(request, "triage/suppression_lifting.html", context, status=status)


def _lift(request: KnownRequest, pk: int, form: LiftForm) -> HttpResponse | None:
    """Lift it and lead on; nothing when it was refused, which the form says then."""
    try:
        done = lifting.lift(
            pk,
            request.actor,
            reason=form.cleaned_data["reason"],
            resend=form.cleaned_data.get("resend", False),
            now=timezone.now(),
        )
    except tickets.Forbidden as error:
        raise PermissionDenied from error
    except tickets.Invalid as invalid:
        mark(form, invalid)
        return None
    if done.plan is None:
        messages.success(request, _("Lifted. This address may be written to again."))
        return HttpResponseRedirect(reverse("suppressions"))
    # A broker that does not answer costs delay: the sweeper rings again.
    transaction.on_commit(partial(jobs.plan_resend.delay, done.plan.pk), robust=True)
    messages.success(
        request, _("Lifted. The resend is being planned; nothing is sent yet.")
    )
    return HttpResponseRedirect(reverse("resend", args=[done.plan.number]))
