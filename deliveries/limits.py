"""May this person be written to again already, and at this hour?

Uses of a cap are counted when a try is made and given back when it was refused: what
never reached a person has not tired them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import models
from django.db.models import F, QuerySet

from deliveries.models import CapUse, FrequencyCap, Message, QuietHours

R = TypeVar("R", FrequencyCap, QuietHours)


@dataclass(frozen=True, slots=True)
class Use:
    """One window of one cap for one address, and how many sends it allows."""

    cap_id: int
    pseudonym: str
    start: datetime
    end: datetime
    most: int


# Source, channel and purpose of a message: what caps and quiet hours are set for.
Kind: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The caps and quiet hours of some kinds of message."""

    caps: Mapping[Kind, Sequence[FrequencyCap]]
    quiet: Mapping[Kind, Sequence[QuietHours]]

    def has_caps(self, message: Message) -> bool:
        """Whether sends of this message count towards anything."""
        return message.address is not None and bool(self.caps.get(_kind(message)))


NO_RULES = Rules({}, {})


def rules_for(messages: Iterable[Message]) -> Rules:
    """Read the rules for messages, each kind once."""
    kinds = {_kind(message) for message in messages}
    return Rules(
        caps=_by_kind(FrequencyCap.objects.order_by("pk"), kinds),
        quiet=_by_kind(QuietHours.objects.all(), kinds),
    )


def over_until(
    message: Message, now: datetime, rules: Rules | None = None
) -> datetime | None:
    """Return when the last of the message's exhausted caps is fresh again, or None."""
    uses = _uses(message, now, rules)
    if not uses:
        return None
    full = CapUse.objects.filter(_any_of(uses), used__gte=F("cap__max_sends"))
    ids = set(full.values_list("cap_id", flat=True))
    return max((use.end for use in uses if use.cap_id in ids), default=None)


def take(message: Message, now: datetime, rules: Rules | None = None) -> bool:
    """Count one send against every cap, or none of them; false if one is used up.

    Call it in the transaction that commits the try as being made; where it returns
    false, undo that transaction. Whoever takes for many goes by their pseudonyms, so
    that no two wait for each other.
    """
    for use in _uses(message, now, rules):
        new = CapUse(cap_id=use.cap_id, pseudonym=use.pseudonym, window_start=use.start)
        CapUse.objects.bulk_create([new], ignore_conflicts=True)
        counted = CapUse.objects.filter(_any_of([use]), used__lt=use.most)
        if not counted.update(used=F("used") + 1):
            return False
    return True


def give_back(message: Message, sent_at: datetime, rules: Rules | None = None) -> None:
    """Uncount a send that was made at a time and refused, or not made after all."""
    uses = _uses(message, sent_at, rules)
    if uses:
        CapUse.objects.filter(_any_of(uses), used__gt=0).update(used=F("used") - 1)


def _uses(message: Message, at: datetime, rules: Rules | None) -> list[Use]:
    address = message.address
    if address is None:
        return []
    rules = rules or rules_for([message])
    caps = rules.caps.get(_kind(message), ())
    return [_use(cap, address.pseudonym, at) for cap in caps]


def _kind(message: Message) -> Kind:
    return (message.source_id, message.channel, message.purpose)


def _by_kind(rows: QuerySet[R], kinds: set[Kind]) -> dict[Kind, list[R]]:
    found: dict[Kind, list[R]] = {}
    for row in rows.filter(source__in={source for source, _, _ in kinds}):
        found.setdefault((row.source_id, row.channel, row.purpose), []).append(row)
    return found


def _use(cap: FrequencyCap, pseudonym: str, at: datetime) -> Use:
    """Windows begin at multiples of their length since 1970, so all agree on them."""
    seconds = int(at.timestamp())
    start = datetime.fromtimestamp(seconds - seconds % cap.window_s, UTC)
    end = start + timedelta(seconds=cap.window_s)
    return Use(cap.pk, pseudonym, start, end, cap.max_sends)


def _any_of(uses: list[Use]) -> models.Q:
    found = models.Q(pk__in=[])
    for use in uses:
        found |= models.Q(
            cap=use.cap_id, pseudonym=use.pseudonym, window_start=use.start
        )
    return found


def quiet_until(
    message: Message, now: datetime, rules: Rules | None = None
) -> datetime | None:
    """Return when the quiet hours that hold now are over, in UTC; None if none do.

    They are read in the person's time zone, else in that of the source.
    """
    rules = rules or rules_for([message])
    hours = rules.quiet.get(_kind(message), ())
    if not hours:
        return None
    here = now.astimezone(zone_of(message))
    ends = [end for each in hours if (end := _end(each, here)) is not None]
    return max(ends).astimezone(UTC) if ends else None


def zone_of(message: Message) -> ZoneInfo:
    """Return the time zone of the person; UTC where nobody has said a known one."""
    person = message.recipient
    name = (person.time_zone if person else "") or message.source.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _end(hours: QuietHours, here: datetime) -> datetime | None:
    time = here.time()
    over_midnight = hours.starts > hours.ends
    if over_midnight:
        holds = time >= hours.starts or time < hours.ends
    else:
        holds = hours.starts <= time < hours.ends
    if not holds:
        return None
    day = here.date()
    if over_midnight and time >= hours.starts:
        day += timedelta(days=1)
    return datetime.combine(day, hours.ends, tzinfo=here.tzinfo)
