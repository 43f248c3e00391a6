"""Is each reporter of an incident told once that it is solved, whoever is killed?

Their mail is what fails, and each of them has a phone. Workers die while they hand
notices over, and while the provider has taken one and has not answered yet. What goes
over the failing channel would stand in the ledger: its provider takes everything.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from secrets import token_hex

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from benchmarks.faults import world
from benchmarks.faults.crew import Crew
from benchmarks.faults.provider import Lane, Provider
from benchmarks.faults.reckoning import Reckoning, sends_of
from benchmarks.faults.shift import TELL, Shift
from deliveries import addresses
from deliveries.gate import RUNNING
from deliveries.models import (
    NEEDED_LEVEL,
    ChannelKind,
    DeliveryAttempt,
    FailureCategory,
    Message,
    MessageState,
    Purpose,
    Source,
)
from triage import access, grouping, resolution, tickets
from triage.models import (
    GENERAL,
    Carrier,
    FailureReport,
    MemberRole,
    Membership,
    Notice,
    NoticeState,
    Origin,
    Queue,
    ReportState,
    Symptom,
    Ticket,
)

MAIL, TEXTS = "mail", "texts"
NOT_AFTER = 0.9  # of the people: the last ones are told in peace
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Size:
    """How many reporters and kills, and how many workers."""

    people: int
    kills: int
    seed: int
    workers: int = 2
    real_time: bool = False


def run(size: Size) -> Reckoning:
    """Resolve the ticket of everybody, and kill whoever tells them."""
    world.begin()
    rng = random.Random(size.seed)
    lanes = {MAIL: Lane(), TEXTS: Lane()}
    with Provider(lanes) as provider, Crew() as crew:
        world.a_route(provider.url(MAIL), channel=ChannelKind.EMAIL)
        world.a_route(provider.url(TEXTS), channel=ChannelKind.SMS)
        ticket = _ticket(world.a_source(), size.people)
        _resolve(ticket)
        rows = Notice.objects.filter(event__ticket=ticket)
        if not size.real_time:  # the time to take it back is over
            rows.update(due_at=Now())
        shift = Shift(crew, provider, [], [TELL] * size.workers, size.real_time)
        began = time.monotonic()
        shift.begin()
        kills = _kill(shift, size, rng)
        shift.until(lambda: not _left(ticket))
        found = _reckon(ticket, provider, size)
        found.figures["kills"] = kills
        found.figures["seconds"] = round(time.monotonic() - began)
    found.promise("every kill was made", kills == size.kills)
    return found


def _ticket(source: Source, people: int) -> Ticket:
    """Have people miss a mail each, all for one cause, and hand it to staff."""
    cause = FailureCategory.objects.get(slug=world.CAUSE)
    made: list[Ticket] = []
    for at in range(0, people, CHUNK):
        with transaction.atomic():
            part = range(at, min(at + CHUNK, people))
            reports = [_report(source, cause, n) for n in part]
            grouping.join(reports)
            FailureReport.objects.bulk_create(reports)
            made = tickets.open_or_join(reports, timezone.now())
    return made[0]


def _report(source: Source, cause: FailureCategory, n: int) -> FailureReport:
    person = source.recipients.create(
        external_ref=f"person-{n}", locale="zh-CN" if n % 2 else "en"
    )
    mail = addresses.keep(person, ChannelKind.EMAIL, f"person-{n}@box.example")
    addresses.keep(person, ChannelKind.SMS, f"+8613{n:09d}")
    message = Message.objects.create(
        source=source,
        external_id=f"m-{token_hex(8)}",
        recipient=person,
        address=mail,
        channel=ChannelKind.EMAIL,
        purpose=Purpose.TRANSACTIONAL,
        state=MessageState.FAILED,
        needed_level=NEEDED_LEVEL[Purpose.TRANSACTIONAL],
    )
    now = timezone.now()
    return FailureReport(
        source=source,
        origin=Origin.CLIENT,
        message=message,
        recipient=person,
        reporter_pseudonym=token_hex(16),
        channel=message.channel,
        purpose=message.purpose,
        symptom=Symptom.FAILED_ERROR,
        provider=f"northpost-{source.pk}",
        provider_answer="503 Service unavailable",
        state=ReportState.DIAGNOSED,
        category=cause,
        occurred_at=now,
        received_at=now,
    )


def _resolve(ticket: Ticket) -> None:
    lead = world.a_person()
    queue = Queue.objects.get(slug=GENERAL)
    Membership.objects.create(person=lead, queue=queue, role=MemberRole.LEAD)
    answer = resolution.Answer(FailureCategory.objects.get(slug=world.CAUSE))
    actor = access.actor_for_user(lead)
    resolution.resolve(ticket.number, actor, answer, now=timezone.now())


def _kill(shift: Shift, size: Size, rng: random.Random) -> int:
    """Kill at chosen notices; return how many workers."""
    kills = 0
    sends = sorted(rng.sample(range(1, int(NOT_AFTER * size.people)), size.kills))
    for _lane in shift.moments(sends, rng):
        shift.kill(rng.randrange(size.workers))
        kills += 1
    return kills


def _left(ticket: Ticket) -> int:
    """Count the notices and their tries that have not come to an end."""
    rows = Notice.objects.filter(event__ticket=ticket)
    messages = Carrier.objects.filter(notice__in=rows.values("pk")).values("message")
    tries = DeliveryAttempt.objects.filter(message__in=messages, outcome__in=RUNNING)
    return int(rows.filter(state=NoticeState.DUE).count() + tries.count())


def _reckon(ticket: Ticket, provider: Provider, size: Size) -> Reckoning:
    """Compare the ledger with who should have been told, person by person."""
    rows = Notice.objects.filter(event__ticket=ticket)
    carriers = Carrier.objects.filter(notice__in=rows.values("pk"))
    messages = Message.objects.filter(pk__in=carriers.values("message"))
    told = Counter[int | None]()
    for message in messages:
        told[message.recipient_id] += sends_of(provider, message)
    sent = rows.filter(state=NoticeState.SENT).count()
    mailed = provider.lanes[MAIL].requests
    found = Reckoning(
        lost=size.people - len(+told),
        double_sent=sum(max(0, n - 1) for n in told.values()),
        stuck=_left(ticket) + rows.filter(parked_at__isnull=False).count(),
    )
    found.figures = {
        "people": size.people,
        "told": len(+told),
        "over_the_failing_channel": mailed,
        "notices": rows.count(),
    }
    found.promise("each person has one notice of it", rows.count() == size.people)
    found.promise("each notice says that it left", sent == size.people)
    found.promise("nothing goes over the failing channel", mailed == 0)
    return found
