"""Which work of the machine's own happens among the facts?"""

from celery import shared_task
from django.utils import timezone

from deliveries import rollups, sending


@shared_task
def send_due() -> None:
    """Make the tries that are due."""
    sending.send_due()


@shared_task
def roll_up() -> None:
    """Count the outcomes of the buckets that changed."""
    rollups.roll_up(timezone.now())
