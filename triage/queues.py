"""Into which queue does a ticket go, and who may be given it?"""

from collections.abc import Iterable

from django.contrib.auth.models import User

from triage.models import GENERAL, FailureGroup, Membership, Queue, RoutingRule


class Router:
    """The routing rules as they are now, read once for a batch."""

    def __init__(self) -> None:
        rules = RoutingRule.objects.filter(enabled=True).select_related("queue")
        self._rules = list(rules)
        self._general = Queue.objects.get(slug=GENERAL)

    def queue_for(self, group: FailureGroup) -> Queue:
        """Return the queue of the first matching rule, else the general one."""
        for rule in self._rules:
            if _matches(rule, group):
                return rule.queue
        return self._general


def _matches(rule: RoutingRule, group: FailureGroup) -> bool:
    wanted: Iterable[tuple[object, object]] = (
        (rule.channel, group.channel),
        (rule.family, group.category.family),
        (rule.provider, group.provider),
        (rule.region, group.region),
        (rule.source_id, group.source_id),
    )
    return all(not want or want == have for want, have in wanted)


def members_of(queue: Queue) -> list[User]:
    """People who work a queue, by name; these may be handed a ticket of it."""
    people = User.objects.filter(
        pk__in=Membership.objects.filter(queue=queue).values("person"), is_active=True
    )
    return list(people.order_by("first_name", "username"))
