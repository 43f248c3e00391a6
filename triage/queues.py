"""Into which queue does a ticket go, and who may be given it?"""

from collections.abc import Iterable
from typing import Protocol

from django.contrib.auth.models import User
from django.db.models import QuerySet

from triage.models import GENERAL, FailureGroup, Membership, Queue, RoutingRule

__all__ = ["GENERAL", "Conditions", "Router", "fits", "members_of", "people_of"]


class Conditions(Protocol):
    """What a rule asks of a ticket; an empty condition fits everything."""

    @property
    def channel(self) -> str: ...  # noqa: D102  # columns of the rule, as they are
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def category_id(self) -> int | None: ...  # noqa: D102
    @property
    def provider(self) -> str: ...  # noqa: D102
    @property
    def region(self) -> str: ...  # noqa: D102
    @property
    def source_id(self) -> int | None: ...  # noqa: D102


class Router:
    """The routing rules as they are now, read once for a batch."""

    def __init__(self) -> None:
        rules = RoutingRule.objects.filter(enabled=True).select_related("queue")
        self._rules = list(rules)
        self._general = Queue.objects.get(slug=GENERAL)

    def queue_for(self, group: FailureGroup) -> Queue:
        """Return the queue of the first matching rule, else the general one."""
        for rule in self._rules:
            if fits(rule, group):
                return rule.queue
        return self._general


def fits(rule: Conditions, group: FailureGroup) -> bool:
    """Whether every filled condition of a rule matches; ``category`` is fetched."""
    wanted: Iterable[tuple[object, object]] = (
        (rule.channel, group.channel),
        (rule.family, group.category.family),
        (rule.category_id, group.category_id),
        (rule.provider, group.provider),
        (rule.region, group.region),
        (rule.source_id, group.source_id),
    )
    return all(not want or want == have for want, have in wanted)


def members_of(queue: Queue) -> list[User]:
    """People who work a queue, by name; these may be handed a ticket of it."""
    return list(people_of(queue))


def people_of(queue: Queue) -> QuerySet[User]:
    """Ask for the people who work a queue."""
    people = User.objects.filter(
        pk__in=Membership.objects.filter(queue=queue).values("person"), is_active=True
    )
    return people.order_by("first_name", "username")
