"""Which work does the machine do on its own clock?

Tasks carry no data and hold no logic: they claim rows that are due. Each may run
twice, late or never; the rows decide.
"""

from celery import shared_task
from django.utils import timezone

from deliveries import sending
from triage import jobs, judging, pipeline, poison, repair, sla, teaching, webhooks
from triage.models import Heartbeat


@shared_task
def diagnose_due() -> None:
    """Digest reports until none is due."""
    pipeline.drain(timezone.now)


@shared_task
def follow_up_due() -> None:
    """Follow up what the facts reported."""
    while repair.follow_up_due(timezone.now()) == repair.BATCH:
        pass


@shared_task
def deliver_webhooks() -> None:
    """Tell sources what they want to be told of."""
    webhooks.deliver_due()


@shared_task
def rejudge_due() -> None:
    """Judge tickets again whose tier changes by time alone."""
    judging.rejudge_due(200, timezone.now())


@shared_task
def sweep() -> None:
    """Find what was forgotten: poison and silence; say that worker and beat live.

    Only beat sends this task, so that its run is a sign of life of both.
    """
    Heartbeat.objects.beat("worker")
    Heartbeat.objects.beat("beat")
    poison.park_exhausted(timezone.now())
    sending.sweep_silence(timezone.now(), 200)


@shared_task
def ring_for_jobs() -> None:
    """Ring once more for what a person waits for and no worker has."""
    for pk in teaching.give_up(timezone.now()):
        jobs.rehearse.delay(pk)


@shared_task
def sweep_clocks() -> None:
    """Note which promises were not kept, and escalate what burns."""
    sla.start_missing(timezone.now())
    sla.breach_due(timezone.now())
    sla.escalate(timezone.now())
