"""Which path leads to which view?

The only module that names the URL modules of every app. Paths end with a slash
(the probes, by custom of their callers, do not).
"""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from triage.web import first_steps, probes

handler400 = "triage.web.errors.bad_request"
handler403 = "triage.web.errors.forbidden"
handler404 = "triage.web.errors.not_found"
handler500 = "triage.web.errors.server_error"

urlpatterns = [
    # Programs call most often, so their paths are tried first.
    path("api/v1/", include("triage.api.urls")),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("", include("triage.web.urls")),
    path("", include("triage.web.knowledge_urls")),
    path("", include("knowledgebase.web.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path("accounts/", include("triage.web.account_urls")),
    path("admin/django_rq/", include("django_rq.urls")),
    path("admin/doctor/", first_steps.doctor, name="doctor"),
    path("admin/", admin.site.urls),
]
