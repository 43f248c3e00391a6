"""How is the vocabulary of causes taken along, in both languages?"""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from deliveries.request import KnownRequest
from knowledgebase import exporting
from triage import access, csv_lines


@require_safe
@access.names("category.read")
def taxonomy_csv(request: KnownRequest) -> HttpResponse:
    """Every cause as a line of a table."""
    causes = exporting.causes()
    rows: list[list[object]] = [
        list(causes[0]),
        *(list(each.values()) for each in causes),
    ]
    response = HttpResponse(
        "".join(csv_lines.lines(rows)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="causes.csv"'
    return response


@require_safe
@access.names("category.read")
def taxonomy_json(request: KnownRequest) -> JsonResponse:
    """Every cause as an object."""
    response = JsonResponse(
        {"causes": exporting.causes()}, json_dumps_params={"ensure_ascii": False}
    )
    response["Content-Disposition"] = 'attachment; filename="causes.json"'
    return response
