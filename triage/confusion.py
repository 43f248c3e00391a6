"""How often does the machine's first finding hold, and is it as sure as it may be?

Each solved ticket says twice what the cause was: the machine before, a person after.
The machine's word is the first finding of the newest diagnosis that was there when the
person decided; the person's is the category of the current resolution.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, QuerySet, Sum
from django.db.models.functions import Floor, Least

from deliveries.actor import Actor
from triage.models import Diagnosis, FailureReport, Finding, Resolution, Ticket

DAYS = (7, 30, 90)
DAYS_FIRST = 30
BINS = 10
CHOSEN = "diagnosis__report__ticket__resolutions"  # from a finding


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose tickets are counted, and which; empty strings narrow nothing."""

    days: int = DAYS_FIRST
    channel: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Findings of one range of stated confidence, and how many proved right."""

    number: int
    tickets: int = 0
    right: int = 0
    stated: float = 0.0  # sum of the confidences

    @property
    def low(self) -> int:
        """Where the range begins, in percent."""
        return 100 * self.number // BINS

    @property
    def high(self) -> int:
        """Where the range ends, in percent."""
        return 100 * (self.number + 1) // BINS


@dataclass(frozen=True, slots=True)
class Confusion:
    """Tickets by what the machine said and what a person chose: pairs of slugs."""

    leaves: Mapping[tuple[str, str], int]
    bins: tuple[Bin, ...]
    families: Mapping[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        """Add up the leaves of each pair of families."""
        counted: Counter[tuple[str, str]] = Counter()
        for (said, chose), n in self.leaves.items():
            counted[family_of(said), family_of(chose)] += n
        object.__setattr__(self, "families", counted)

    @property
    def tickets(self) -> int:
        """How many tickets are counted."""
        return sum(self.leaves.values())

    @property
    def right(self) -> int:
        """How many of them the machine named as the person did."""
        return sum(n for (said, chose), n in self.leaves.items() if said == chose)

    @property
    def right_family(self) -> int:
        """How many of them are at least of the family that the person chose."""
        return sum(n for (said, chose), n in self.families.items() if said == chose)

    @property
    def gap(self) -> float:
        """The mean distance between what was stated and what was right, in 0..1."""
        off = sum(abs(each.stated - each.right) for each in self.bins)
        return off / self.tickets if self.tickets else 0.0


def family_of(slug: str) -> str:
    """The family of a leaf; of a family itself."""
    return slug.partition(".")[0]


def measure(actor: Actor, scope: Scope, now: datetime) -> Confusion:
    """Count what the actor may see, in one query."""
    counted: Counter[tuple[str, str]] = Counter()
    tickets: Counter[int] = Counter()
    right: Counter[int] = Counter()
    stated: defaultdict[int, float] = defaultdict(float)
    rows = (
        _judged(actor, scope, now)
        .annotate(bin=Least(Floor(F("confidence") * BINS), BINS - 1.0))
        .values_list("category__slug", f"{CHOSEN}__category__slug", "bin")
        .annotate(n=Count("pk"), sum=Sum("confidence"))
    )
    for said, chose, number, n, sum_ in rows:
        counted[said, chose] += n
        tickets[int(number)] += n
        right[int(number)] += n if said == chose else 0
        stated[int(number)] += sum_
    bins = (Bin(each, tickets[each], right[each], stated[each]) for each in range(BINS))
    return Confusion(counted, tuple(bins))


def behind(
    actor: Actor, scope: Scope, now: datetime, *, said: str, chose: str
) -> QuerySet[Ticket]:
    """The tickets of one cell, the newest decision first; families or leaves."""
    rows = _judged(actor, scope, now)
    for name, slug in (("category", said), (f"{CHOSEN}__category", chose)):
        column = "slug" if "." in slug else "family"
        rows = rows.filter(**{f"{name}__{column}": slug})
    found = Ticket.objects.filter(pk__in=rows.values("diagnosis__report__ticket"))
    return found.with_everything_for_list().order_by("-solved_at", "-number")


def _judged(actor: Actor, scope: Scope, now: datetime) -> QuerySet[Finding]:
    """First findings that stood when a person decided, one for each ticket.

    A ticket has one current resolution, so the way over its relation is one row wide.
    """
    tickets = _decided(actor, scope, now)
    newest = (
        Diagnosis.objects.filter(
            report__ticket__in=tickets,
            report__ticket__resolutions__superseded_at=None,
            at__lte=F("report__ticket__resolutions__resolved_at"),
        )
        .order_by()
        .values("report__ticket")
        .annotate(newest=Max("pk"))
    )
    return Finding.objects.filter(
        rank=1,
        diagnosis__in=newest.values("newest"),
        **{f"{CHOSEN}__superseded_at": None},
    ).order_by()


def _decided(actor: Actor, scope: Scope, now: datetime) -> QuerySet[Ticket]:
    """Tickets that the actor may see and for which a person has chosen the cause."""
    decided = Resolution.objects.filter(
        superseded_at=None,
        resolved_by__isnull=False,
        resolved_at__gte=now - timedelta(days=scope.days),
    )
    rows = Ticket.objects.visible_to(actor).filter(pk__in=decided.values("ticket"))
    if scope.channel:
        rows = rows.filter(group__channel=scope.channel)
    if scope.provider:
        reports = FailureReport.objects.filter(provider__iexact=scope.provider)
        rows = rows.filter(pk__in=reports.values("ticket"))
    return rows
