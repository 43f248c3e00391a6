"""Which settings differ under test? The place of the state, and nothing of meaning."""

import os
from pathlib import Path

os.environ["UNDELIVERED_VAR"] = str(Path(__file__).resolve().parent.parent / "var/test")

from triage.settings import *  # noqa: F403

# The pages of the simulator are there, as beside a demo that runs.
UNDELIVERED_DEMO = True

# Hashing a password slowly protects nobody here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
