"""What do the workers do whose sending is measured?

``celery -A triage worker -I benchmarks.tasks``: the product's own workers, with one
task more that does nothing, the yardstick, and one that sends whatever is due.
"""

from celery import shared_task

from deliveries import sending


@shared_task(name="benchmarks.nothing")
def nothing() -> None:
    """Do nothing."""


@shared_task(name="benchmarks.drain")
def drain(chunk: int) -> None:
    """Send what is due, so many messages a claim, until nothing is."""
    while sending.send_due(chunk):
        pass
