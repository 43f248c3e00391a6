"""Which app is this for Django?"""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Names the app; starts nothing and connects no signal."""

    name = "triage"
