"""What does an installation still lack before its first failure can be worked?"""

from dataclasses import dataclass
from enum import StrEnum

from deliveries.models import Provider, Route, Source
from knowledgebase.models import Article
from triage.models import Membership, Queue, RoutingRule


class StepKind(StrEnum):
    """What has to be there, in the order in which one makes it."""

    SOURCE = "source"
    PROVIDER = "provider"
    QUEUE = "queue"
    AGENT = "agent"
    KNOWLEDGE = "knowledge"


@dataclass(frozen=True, slots=True)
class Step:
    """One of them, and whether it is there."""

    kind: StepKind
    done: bool


def steps() -> list[Step]:
    """Look whether each is there: five small questions.

    A provider counts when a route leads to it, a queue when tickets come into it: by a
    rule, or because somebody works it. Every installation begins with the queue
    ``general``, which takes what no rule leads elsewhere.
    """
    working = Membership.objects.filter(person__is_active=True, queue__isnull=False)
    reached = Route.objects.filter(enabled=True).values("provider")
    return [
        Step(StepKind.SOURCE, Source.objects.exists()),
        Step(
            StepKind.PROVIDER,
            Provider.objects.filter(enabled=True, pk__in=reached).exists(),
        ),
        Step(
            StepKind.QUEUE,
            Queue.objects.count() > 1
            or RoutingRule.objects.exists()
            or working.exists(),
        ),
        Step(StepKind.AGENT, working.exists()),
        Step(StepKind.KNOWLEDGE, Article.objects.exists()),
    ]
