"""Which apps are this one and its admin site for Django?"""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class TriageConfig(AppConfig):
    """Names the app; starts nothing and connects no signal."""

    name = "triage"
    verbose_name = _("Reports and tickets")


class DeskAdminConfig(AdminConfig):
    """The stock admin with our own rule of who enters it."""

    default_site = "triage.web.admin_site.DeskAdminSite"
