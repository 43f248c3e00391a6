"""Which work of the machine's own happens among the facts?"""

from celery import shared_task

from deliveries import sending


@shared_task
def send_due() -> None:
    """Make the tries that are due."""
    sending.send_due()
