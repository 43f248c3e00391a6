"""Which endpoints are there?"""

from django.urls import URLPattern, URLResolver, include, path, re_path

from deliveries.api.views import nothing_here
from triage import access
from triage.api.categories import CategoriesView
from triage.api.report_words import (
    ConfirmationView,
    ReopeningView,
    WithdrawalView,
)
from triage.api.reports import ReportCountView, ReportsView, ReportView
from triage.api.resends import AckView, RefusalView, ResendsView, ResultView
from triage.api.webhooks import (
    DeliveriesView,
    EndpointsView,
    EndpointView,
    RecoveryView,
    RedeliveryView,
    SecretView,
    TestView,
)

REPORT_ID = "rep_[0-9A-HJKMNP-TV-Z]{26}"
REPORT = f"reports/(?P<id>{REPORT_ID})/"
ENDPOINT = "webhook-endpoints/(?P<id>whe_[0-9A-HJKMNP-TV-Z]{26})/"
DELIVERY = "webhook-deliveries/(?P<id>whd_[0-9A-HJKMNP-TV-Z]{26})/"
RESEND = "resends/(?P<id>rsi_[0-9A-HJKMNP-TV-Z]{26})/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("reports/", ReportsView.as_view(), name="api_reports"),
    path("reports/count/", ReportCountView.as_view(), name="api_report_count"),
    re_path(
        rf"^reports/(?P<id>{REPORT_ID})/$",
        ReportView.as_view(),
        name="api_report",
    ),
    re_path(
        f"^{REPORT}confirmation/$",
        ConfirmationView.as_view(),
        name="api_report_confirmation",
    ),
    re_path(
        f"^{REPORT}reopening/$", ReopeningView.as_view(), name="api_report_reopening"
    ),
    re_path(
        f"^{REPORT}withdrawal/$",
        WithdrawalView.as_view(),
        name="api_report_withdrawal",
    ),
    path("webhook-endpoints/", EndpointsView.as_view(), name="api_endpoints"),
    re_path(f"^{ENDPOINT}$", EndpointView.as_view(), name="api_endpoint"),
    re_path(f"^{ENDPOINT}test/$", TestView.as_view(), name="api_endpoint_test"),
    re_path(f"^{ENDPOINT}secret/$", SecretView.as_view(), name="api_endpoint_secret"),
    re_path(
        f"^{ENDPOINT}deliveries/$", DeliveriesView.as_view(), name="api_deliveries"
    ),
    re_path(f"^{ENDPOINT}recovery/$", RecoveryView.as_view(), name="api_recovery"),
    re_path(
        f"^{DELIVERY}redelivery/$", RedeliveryView.as_view(), name="api_redelivery"
    ),
    path("resends/", ResendsView.as_view(), name="api_resends"),
    re_path(f"^{RESEND}ack/$", AckView.as_view(), name="api_resend_ack"),
    re_path(f"^{RESEND}result/$", ResultView.as_view(), name="api_resend_result"),
    re_path(f"^{RESEND}refusal/$", RefusalView.as_view(), name="api_resend_refusal"),
    path("hooks/", include("deliveries.api.urls")),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    # Anything else, a missing slash included, is a problem rather than a page.
    re_path("", access.names("site.open")(nothing_here), name="api_nothing"),
]
