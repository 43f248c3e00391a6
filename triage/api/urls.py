"""Which endpoints are there?"""

from django.urls import URLPattern, URLResolver, include, path, re_path

from deliveries.api.views import nothing_here
from triage import access
from triage.api.categories import CategoriesView
from triage.api.reports import ReportCountView, ReportsView, ReportView

REPORT_ID = "rep_[0-9A-HJKMNP-TV-Z]{26}"

urlpatterns: list[URLPattern | URLResolver] = [
    path("reports/", ReportsView.as_view(), name="api_reports"),
    path("reports/count/", ReportCountView.as_view(), name="api_report_count"),
    re_path(
        rf"^reports/(?P<id>{REPORT_ID})/$",
        ReportView.as_view(),
        name="api_report",
    ),
    path("hooks/", include("deliveries.api.urls")),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    # Anything else, a missing slash included, is a problem rather than a page.
    re_path("", access.names("site.open")(nothing_here), name="api_nothing"),
]
