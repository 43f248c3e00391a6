"""Which work does a person start and watch?

A job carries the id of a row that holds its progress and its end. It may run twice or
never: the row decides, and the sweeper rings for it again.
"""

from django.utils import timezone
from django_rq import job
from rq import Retry

from deliveries import resend


# Without a retry, RQ calls a job failed whose worker was killed.
@job("people", retry=Retry(max=3))
def plan_resend(pk: int) -> None:
    """Judge every message of a bulk resend and freeze the set."""
    resend.plan(pk, timezone.now)
