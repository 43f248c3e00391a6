"""Which reports does a query ask for? Unknown parameters are refused, not ignored."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from deliveries.api.paging import MOST
from deliveries.api.problems import Problem, of_parameter
from deliveries.api.views import actor_of
from deliveries.models import ChannelKind
from triage.filters import ReportFilter
from triage.models import FailureReport, ReportState
from triage.models.report import ReportQuerySet

_MOMENT = {"type": "string", "format": "date-time"}
FILTER_PARAMETERS = [
    OpenApiParameter("created_after", _MOMENT, description="Received at or after."),
    OpenApiParameter("created_before", _MOMENT, description="Received before."),
    OpenApiParameter(
        "client_report_id",
        {"type": "string", "maxLength": 128, "pattern": r"^[^\x00]+$"},
    ),
    OpenApiParameter("state", {"type": "string", "enum": ReportState.values}),
    OpenApiParameter("channel", {"type": "string", "enum": ChannelKind.values}),
]
PAGE_PARAMETERS = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
    OpenApiParameter(
        "cursor", {"type": "string"}, description="From next or previous."
    ),
]
LIST_PARAMETERS = [*FILTER_PARAMETERS, *PAGE_PARAMETERS]


def filtered(request: Request, also: frozenset[str] = frozenset()) -> ReportQuerySet:
    """Return the reports in the actor's scope that the query asks for.

    ``also`` names parameters that somebody else reads. Raises :class:`Problem`.
    """
    refuse_unknown(request, also | ReportFilter.base_filters.keys())
    rows = FailureReport.objects.visible_to(actor_of(request))
    found = ReportFilter(request.query_params, rows)
    # A form leaves out what is empty; a program that sends it has made a mistake.
    faults = [
        of_parameter(name, "blank", _("Leave the parameter out, or give it a value."))
        for name, value in request.query_params.items()
        if value == "" and name not in also
    ]
    for name, errors in found.form.errors.get_json_data().items():
        faults += [of_parameter(name, each["code"], each["message"]) for each in errors]
    if faults:
        raise Problem("invalid", errors=faults)
    narrowed: ReportQuerySet = found.qs
    return narrowed


def word(request: Request, name: str, words: Sequence[str]) -> str | None:
    """Return a parameter that is one word of a list, or None without it."""
    value: str | None = request.query_params.get(name)
    if value is None or value in words:
        return value
    fault = of_parameter(name, "invalid", _("Use one of the listed words."))
    raise Problem("invalid", errors=[fault])


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Refuse a query with a parameter that nobody reads."""
    message = _("There is no such parameter.")
    faults = [
        of_parameter(name[:60], "unknown_parameter", message)
        for name in request.query_params
        if name not in known
    ]
    if faults:
        raise Problem("unknown_parameter", errors=faults)
