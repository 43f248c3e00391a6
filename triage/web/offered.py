"""From which queues and causes may a form let one choose?"""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from deliveries.models import FailureCategory
from triage.models import Queue


@dataclass(frozen=True, slots=True)
class Offered:
    """All queues, by their slug, and all causes; asked when they are needed."""

    queues: QuerySet[Queue] = field(default_factory=Queue.objects.all)
    causes: QuerySet[FailureCategory] = field(
        default_factory=FailureCategory.objects.all
    )
