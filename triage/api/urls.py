"""Which endpoints are there?"""

from django.urls import URLPattern, URLResolver, include, path, re_path

from deliveries.api.views import nothing_here
from triage import access
from triage.api.categories import CategoriesView
from triage.api.messages import EventsView, MessageView
from triage.api.operations import (
    ApprovalView,
    CancellationView,
    ItemsView,
    OperationCountView,
    OperationsView,
    OperationView,
    PauseView,
    PlanView,
    StartView,
)
from triage.api.report_words import (
    ConfirmationView,
    ReopeningView,
    WithdrawalView,
)
from triage.api.reports import ReportCountView, ReportsView, ReportView
from triage.api.resends import AckView, RefusalView, ResendsView, ResultView
from triage.api.serializers import REFERENCE
from triage.api.showings import ShowingsView
from triage.api.tips import TipsView
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
OPERATION = "resend-operations/(?P<number>[0-9]{1,18})/"

operations: list[URLPattern | URLResolver] = [
    path("resend-operations/", OperationsView.as_view(), name="api_operations"),
    path(
        "resend-operations/count/",
        OperationCountView.as_view(),
        name="api_operation_count",
    ),
    re_path(f"^{OPERATION}$", OperationView.as_view(), name="api_operation"),
    re_path(f"^{OPERATION}items/$", ItemsView.as_view(), name="api_operation_items"),
    re_path(f"^{OPERATION}plan/$", PlanView.as_view(), name="api_operation_plan"),
    re_path(
        f"^{OPERATION}approval/$", ApprovalView.as_view(), name="api_operation_approval"
    ),
    re_path(f"^{OPERATION}start/$", StartView.as_view(), name="api_operation_start"),
    re_path(f"^{OPERATION}pause/$", PauseView.as_view(), name="api_operation_pause"),
    re_path(
        f"^{OPERATION}cancellation/$",
        CancellationView.as_view(),
        name="api_operation_cancellation",
    ),
]
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
    re_path(
        rf"^messages/(?P<name>{REFERENCE})/$", MessageView.as_view(), name="api_message"
    ),
    re_path(
        rf"^messages/(?P<name>{REFERENCE})/events/$",
        EventsView.as_view(),
        name="api_message_events",
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
    *operations,
    path("hooks/", include("deliveries.api.urls")),
    path("tips/showings/", ShowingsView.as_view(), name="api_tip_showings"),
    path("tips/", TipsView.as_view(), name="api_tips"),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    # Anything else, a missing slash included, is a problem rather than a page.
    re_path("", access.names("site.open")(nothing_here), name="api_nothing"),
]
