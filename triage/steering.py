"""Which rules lead tickets into queues, and what would other rules have done?

The rules are one ordered list: the first that fits a ticket gives its queue. A change
is proposed as another list, rehearsed over the tickets of the last week, and saved only
if nobody has changed the list meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import queues
from triage.access import Refused, may
from triage.models import FailureGroup, Queue, RoutingRule
from triage.tickets import Forbidden, Invalid, NotFound

VERBS = ("up", "down", "enable", "disable", "remove")
MOST_RULES = 200  # each is asked about every new ticket
CONDITIONS = ("channel", "family", "category_id", "provider", "region", "source_id")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as it is meant to be; ``pk`` is None for a new one.

    An empty condition fits everything.
    """

    queue_id: int
    channel: str = ""
    family: str = ""
    category_id: int | None = None
    provider: str = ""
    region: str = ""
    source_id: int | None = None
    enabled: bool = True
    pk: int | None = None

    def fits(self, group: FailureGroup) -> bool:
        """Whether the rule, if it is enabled, takes the tickets of a group."""
        return self.enabled and queues.fits(self, group)


def standing() -> list[Line]:
    """The rules in their order."""
    return [_line(rule) for rule in RoutingRule.objects.all()]


def _line(rule: RoutingRule) -> Line:
    return Line(
        queue_id=rule.queue_id,
        channel=rule.channel,
        family=rule.family,
        category_id=rule.category_id,
        provider=rule.provider,
        region=rule.region,
        source_id=rule.source_id,
        enabled=rule.enabled,
        pk=rule.pk,
    )


# --- proposals ------------------------------------------------------------------------


def with_line(lines: Sequence[Line], line: Line) -> list[Line]:
    """The list with a rule changed, or with a new one at its end.

    Raises :class:`Invalid` when there are too many.
    """
    if line.pk is not None:
        return [line if each.pk == line.pk else each for each in lines]
    if len(lines) >= MOST_RULES:
        raise Invalid(
            "queue", _("There may be %(max)d rules. Remove one.") % {"max": MOST_RULES}
        )
    return [*lines, line]


def moved(lines: Sequence[Line], pk: int, step: int) -> list[Line]:
    """The list with a rule ``step`` places later; the ends of the list hold it."""
    found = list(lines)
    at = _index(found, pk)
    line = found.pop(at)
    found.insert(max(0, at + step), line)
    return found


def switched(lines: Sequence[Line], pk: int, *, on: bool) -> list[Line]:
    """The list with a rule enabled or disabled."""
    found = list(lines)
    at = _index(found, pk)
    found[at] = replace(found[at], enabled=on)
    return found


def without(lines: Sequence[Line], pk: int) -> list[Line]:
    """The list without a rule."""
    found = list(lines)
    del found[_index(found, pk)]
    return found


def changed(lines: Sequence[Line], pk: int, verb: str) -> list[Line]:
    """The list after one of :data:`VERBS`; raises :class:`NotFound`."""
    match verb:
        case "up":
            return moved(lines, pk, -1)
        case "down":
            return moved(lines, pk, 1)
        case "remove":
            return without(lines, pk)
        case _:
            return switched(lines, pk, on=verb == "enable")


def _index(lines: Sequence[Line], pk: int) -> int:
    """Where a rule stands; raises :class:`NotFound`."""
    for index, line in enumerate(lines):
        if line.pk == pk:
            return index
    raise NotFound(pk)


# --- saving ---------------------------------------------------------------------------


def save(actor: Actor, before: Sequence[Line], after: Sequence[Line]) -> None:
    """Put one list in place of another.

    A lead changes rules that lead into her queues, before and after the change. Raises
    :class:`Forbidden`, and :class:`Invalid` when somebody was faster.
    """
    person = _allowed(actor, before, after)
    with transaction.atomic():
        rows = RoutingRule.objects.select_for_update().order_by("pk")
        by_pk = {rule.pk: rule for rule in rows}
        if standing() != list(before):
            raise Invalid(
                "queue", _("Somebody changed the rules meanwhile. Rehearse again.")
            )
        gone = by_pk.keys() - {line.pk for line in after}
        for pk in sorted(gone):
            _note(person, by_pk[pk], DELETION)
        RoutingRule.objects.filter(pk__in=gone).delete()
        for position, line in enumerate(after, start=1):
            _write(person, by_pk.get(line.pk or 0), line, position)


def _write(person: int, rule: RoutingRule | None, line: Line, position: int) -> None:
    row = rule or RoutingRule()
    fresh = rule is None or _line(rule) != line or rule.position != position
    if not fresh:
        return
    for name in (*CONDITIONS, "queue_id", "enabled"):
        setattr(row, name, getattr(line, name))
    row.position = position
    row.save()
    _note(person, row, ADDITION if rule is None else CHANGE)


def _allowed(actor: Actor, before: Sequence[Line], after: Sequence[Line]) -> int:
    """The person who may do this; raises :class:`Forbidden`."""
    if isinstance(may(actor, "routing.manage"), Refused) or actor.person_id is None:
        raise Forbidden("not_allowed")
    led = set(Queue.objects.led_by(actor).values_list("pk", flat=True))
    touched = set(before) ^ set(after)
    if not touched:  # the order alone: what was passed over is touched as well
        pairs = zip(before, after, strict=True)
        moves = [one for one, other in pairs if one != other]
        touched = {line for line in moves if line.queue_id in led} or set(moves)
    if {line.queue_id for line in touched} - led:
        raise Forbidden("not_own")
    return actor.person_id


def _note(person: int, rule: RoutingRule, flag: int) -> None:
    LogEntry.objects.log_actions(person, [rule], flag, "", single_object=True)
