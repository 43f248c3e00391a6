"""Which work of the machine's own happens among knowledge?"""

from celery import shared_task
from django.utils import timezone

from knowledgebase import schedule
from knowledgebase.community import budget, following, mailing
from knowledgebase.search import words


@shared_task
def publish_due() -> None:
    """Publish what was approved for a time that has come."""
    schedule.publish_due(timezone.now())


@shared_task
def mark_overdue() -> None:
    """Mark what nobody has looked at for too long."""
    schedule.mark_overdue(timezone.now())


@shared_task
def refresh_words() -> None:
    """Count the words of the texts anew if any came or went lately."""
    words.refresh_if_changed(timezone.now())


@shared_task
def forget_budgets() -> None:
    """Forget how often people wrote in hours that are over, and who never agreed."""
    budget.sweep(timezone.now())
    following.sweep(timezone.now())


@shared_task
def mail_followers() -> None:
    """Send links to agree by, and tell who agreed of new answers."""
    mailing.mail_due(timezone.now())
