"""How does the machine's own work reach its workers?

Tasks carry ids only and rows hold the truth: losing the broker costs delay, never
data. Settings with the prefix ``CELERY_`` are read from ``django.conf``.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triage.settings")

app = Celery("undelivered")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["triage", "deliveries"])
