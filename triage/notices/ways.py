"""Over which of a reporter's addresses does a notice reach them?

Never over a channel on which this person misses a message, nor one where the last
message to the address came back. Consent, suppression and caps are the gate's to judge.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import Q

from deliveries.models import Address, Message, MessageState
from triage.models import REPORT_LIVE, FailureReport, Notice, Origin

# Behind these stands no source that vouches for an address.
ANONYMOUS = (Origin.END_USER, Origin.COMMUNITY)
BROKEN = (MessageState.FAILED, MessageState.EXPIRED)


def is_anonymous(report: FailureReport) -> bool:
    """Say whether nobody we know stands behind a report."""
    return report.origin in ANONYMOUS


def of(notice: Notice) -> Iterator[Address]:
    """Yield the addresses that a notice may go to and was not tried at, best first."""
    tried = set(notice.carriers.values_list("message__address", flat=True))
    found = ranked([notice.report])[notice.report_id]
    yield from (each for each in found if each.pk not in tried)


def ranked(reports: Sequence[FailureReport]) -> dict[int, list[Address]]:
    """Return the addresses that serve for each report, by its id, the best first.

    The one that was named for answers comes first, then verified ones, then the channel
    that reached the person last. What anonymous input names has to be verified. The
    number of queries is the same for any number of reports.
    """
    people = {each.recipient_id for each in reports if each.recipient_id is not None}
    by_person: dict[int, list[Address]] = defaultdict(list)
    rows = Address.objects.filter(recipient__in=people).select_related("recipient")
    for address in rows.order_by("pk"):
        by_person[address.recipient_id].append(address)
    several = [person for person, own in by_person.items() if len(own) > 1]
    failing, good = _failing(reports, people), _last_good(several)
    lost = _came_back(each.pk for own in by_person.values() for each in own)
    found = {}
    for report in reports:
        person = report.recipient_id or 0
        fit = [
            each
            for each in by_person.get(person, [])
            if each.channel not in failing[report.pk]
            and each.pk not in lost
            and (each.verified_at is not None or not is_anonymous(report))
        ]
        fit.sort(key=lambda each: _rank(each, report, good))
        found[report.pk] = fit
    return found


def _rank(
    address: Address, report: FailureReport, good: dict[int, str]
) -> tuple[bool, bool, bool]:
    return (
        address.pk != report.contact_address_id,
        address.verified_at is None,
        address.channel != good.get(address.recipient_id, ""),
    )


def _failing(reports: Sequence[FailureReport], people: set[int]) -> dict[int, set[str]]:
    """Return by report the channels on which its person misses a message."""
    ids = [each.pk for each in reports]
    same = Q(pk__in=ids) | Q(recipient__in=people, state__in=REPORT_LIVE)
    rows = FailureReport.objects.filter(same).order_by()
    of_report: dict[int, set[str]] = defaultdict(set)
    of_person: dict[int, set[str]] = defaultdict(set)
    values = rows.values_list("pk", "recipient", "channel", "message__channel")
    for pk, person, *channels in values:
        named = {each for each in channels if each}
        of_report[pk] |= named
        if person is not None:
            of_person[person] |= named
    return {
        each.pk: of_report[each.pk] | of_person[each.recipient_id or 0]
        for each in reports
    }


def _last_good(people: Sequence[int]) -> dict[int, str]:
    """Return the channel over which each person was reached last."""
    if not people:
        return {}
    rows = Message.objects.filter(recipient__in=people, state=MessageState.DELIVERED)
    newest = rows.order_by("recipient", "-pk").distinct("recipient")
    return dict(newest.values_list("recipient", "channel"))


def _came_back(addresses: Iterator[int]) -> set[int]:
    """Return the addresses whose newest message did not arrive."""
    rows = Message.objects.filter(address__in=list(addresses))
    newest = rows.order_by("address", "-pk").distinct("address")
    values = newest.values_list("address", "state", "contradicted_at", "complained_at")
    return {
        pk
        for pk, state, contradicted, complained in values
        if state in BROKEN or contradicted or complained
    }
