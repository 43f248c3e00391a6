"""Which work of the machine's own happens among the facts?"""

from celery import shared_task
from django.utils import timezone

from deliveries import jobs, resend, rollups, sending


@shared_task
def send_due() -> None:
    """Make the tries that are due."""
    sending.send_due()


@shared_task
def follow_delegated() -> None:
    """Ask about sends that a source was to make and is silent about."""
    sending.follow_delegated(timezone.now())


@shared_task
def roll_up() -> None:
    """Count the outcomes of the buckets that changed."""
    rollups.roll_up(timezone.now())


@shared_task
def advance_resends() -> None:
    """Take the bulk resends that are under way one step on."""
    resend.advance_due(timezone.now())


@shared_task
def ring_for_plans() -> None:
    """Ring once more for what a person waits for and no worker has."""
    for pk in resend.forgotten(timezone.now()):
        jobs.plan_resend.delay(pk)
