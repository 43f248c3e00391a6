"""Which app is this for Django?"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeBaseConfig(AppConfig):
    """Names the app; starts nothing and connects no signal."""

    name = "knowledgebase"
    verbose_name = _("Knowledge")
