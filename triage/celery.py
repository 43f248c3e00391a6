"""How does the machine's own work reach its workers?

Tasks carry ids only and rows hold the truth: losing the broker costs delay, never
data. Settings with the prefix ``CELERY_`` are read from ``django.conf``.
"""

import os

from celery import Celery
from kombu.transport.redis import Channel, QoS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triage.settings")


class Bells(QoS):
    """What was fetched from the broker and not answered yet.

    A bell that is lost is rung again by beat, so none is put back when a worker leaves,
    and none is answered to a broker that is gone. kombu 5.7 does both over a connection
    that it has closed, which ends the worker in the middle of its work.
    """

    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        """Answer a bell if there is still somebody to answer."""
        if not self.channel.closed:
            super().ack(delivery_tag)


Channel.QoS = Bells

app = Celery("undelivered")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["triage", "knowledgebase", "deliveries"])
