"""Does a merge catch what comes, and does its undo restore what was, exactly?"""

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.people import Person
from tests.triage.incidents.desk import (
    counters,
    fail,
    group_of,
    membership,
    merge,
    part,
    recounted,
    split,
    ticket_of,
)
from tests.work import UNAVAILABLE, hand_to_people, make_report
from triage import incidents, tickets
from triage.models import (
    EventKind,
    FailureGroup,
    FailureReport,
    GroupAlias,
    Ticket,
    TicketState,
)

pytestmark = pytest.mark.django_db


def come(provider: str) -> FailureReport:
    report = make_report(cause=UNAVAILABLE, provider=provider)
    hand_to_people([report])
    return FailureReport.objects.get(pk=report.pk)


def test_a_new_report_lands_in_the_target_and_the_undo_restores_what_was(
    leo: Person,
) -> None:
    source, target = fail("here", 3), fail("there", 2)
    before = membership()

    alias = merge(source, target, leo)
    fresh = come("here")
    assert group_of(fresh) == target
    assert counters() == recounted()

    part(alias, leo)
    assert {pk: at for pk, at in membership().items() if pk in before} == before
    assert group_of(fresh) == source
    assert counters() == recounted()


def test_the_ticket_of_the_target_takes_the_other_in(leo: Person) -> None:
    source, target = fail("here", 3), fail("there", 2)
    ticket, other = ticket_of(source), ticket_of(target)

    merge(source, target, leo)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.merged_into) == (TicketState.MERGED, other)
    assert other.reports.count() == 5
    assert other.events.filter(kind=EventKind.ABSORBED, actor=leo.user).exists()


def test_the_undo_restores_the_state_of_a_ticket_that_waited(leo: Person) -> None:
    source, target = fail("here"), fail("there")
    ticket = ticket_of(source)
    until = timezone.now() + timezone.timedelta(hours=3)
    was = {"state": "waiting", "waiting_on": "provider", "wait_until": until}
    Ticket.objects.filter(pk=ticket.pk).update(assignee=leo.user, **was)

    part(merge(source, target, leo), leo)

    ticket.refresh_from_db()
    assert {name: getattr(ticket, name) for name in was} == was
    assert (ticket.assignee, ticket.merged_into) == (leo.user, None)
    kinds = [event.kind for event in ticket.events.all()][-2:]
    assert kinds == [EventKind.MERGED, EventKind.UNDONE]


def test_a_target_without_a_ticket_takes_over_that_of_the_other(leo: Person) -> None:
    source, target = fail("here"), fail("there")
    ticket = ticket_of(source)
    Ticket.objects.filter(group=target).update(state="merged", merged_into=ticket)

    alias = merge(source, target, leo)
    ticket.refresh_from_db()
    assert (ticket.group, ticket.state) == (target, TicketState.NEW)

    part(alias, leo)
    ticket.refresh_from_db()
    assert ticket.group == source


def test_a_chain_of_merges_leads_to_its_end(leo: Person) -> None:
    one, two, three = fail("one"), fail("two"), fail("three")
    first = merge(one, two, leo)
    second = merge(two, three, leo)
    assert {group_of(come(name)) for name in ("one", "two", "three")} == {three}

    part(first, leo)
    assert [group_of(come(name)) for name in ("one", "two")] == [one, three]
    part(second, leo)
    assert group_of(come("two")) == two
    assert counters() == recounted()


def test_merging_into_a_merged_incident_goes_to_its_end(leo: Person) -> None:
    one, two, three = fail("one"), fail("two"), fail("three")
    merge(two, three, leo)
    alias = merge(one, two, leo)
    assert alias.group == three


def test_no_merge_makes_a_circle(leo: Person) -> None:
    one, two = fail("one"), fail("two")
    merge(one, two, leo)
    with pytest.raises(tickets.Invalid):
        merge(two, one, leo)
    with pytest.raises(tickets.Invalid):
        merge(one, two, leo)


def test_an_agent_may_not_merge_incidents(ana: Person) -> None:
    source, target = fail("here"), fail("there")
    with pytest.raises(tickets.Forbidden):
        merge(source, target, ana)
    assert not GroupAlias.objects.exists()


def test_nobody_merges_what_they_do_not_see(eve: Person) -> None:
    source, target = fail("here"), fail("there")
    with pytest.raises(tickets.NotFound):
        merge(source, target, eve)


def test_a_preview_counts_what_a_merge_moves(leo: Person) -> None:
    inner, source, target = fail("inner", 2), fail("here", 3), fail("there")
    merge(inner, source, leo)
    FailureReport.objects.filter(
        pk__in=FailureReport.objects.filter(group=source).values("pk")[:1]
    ).update(received_at=timezone.now() - timezone.timedelta(days=8))
    source.refresh_from_db()

    seen = incidents.preview(source.number, target, leo.actor, timezone.now())

    assert (seen.groups, seen.reports, seen.people, seen.caught) == (2, 5, 5, 4)
    merge(source, target, leo)
    target.refresh_from_db()
    assert target.reports == 1 + seen.reports


def test_what_is_solved_meanwhile_stays_done_when_a_merge_is_undone(
    leo: Person,
) -> None:
    source, target = fail("here"), fail("there")
    alias = merge(source, target, leo)
    other = ticket_of(target)
    Ticket.objects.filter(pk=other.pk).update(state="open")
    from_here = FailureReport.objects.get(fingerprint=source.digest)
    Ticket.objects.filter(pk=other.pk).update(state="solved")
    part(alias, leo)
    from_here.refresh_from_db()
    assert (from_here.group, from_here.ticket) == (source, ticket_of(source))
    Ticket.objects.filter(pk=other.pk).update(state="open")


# --- any history ----------------------------------------------------------------------

PLACES = 4


class Model:
    """Where reports belong, said in the simplest way: follow the arrows."""

    def __init__(self) -> None:
        self.into: dict[str, str] = {}
        self.base: dict[int, str] = {}

    def end(self, key: str) -> str:
        while key in self.into:
            key = self.into[key]
        return key


step = st.tuples(
    st.sampled_from(["merge", "part", "split", "join", "report"]),
    st.integers(0, 7),
    st.integers(0, 7),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(step, min_size=3, max_size=14))
def test_any_history_leaves_every_report_where_the_model_says(
    leo: Person, steps: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        _play(leo, steps)
        transaction.set_rollback(True)


def _play(leo: Person, steps: list[tuple[str, int, int]]) -> None:
    model = Model()
    homes = [fail(f"p{n}", 2) for n in range(PLACES)]
    groups = {group.digest: group for group in homes}
    made: dict[str, GroupAlias] = {}
    splits: list[FailureGroup] = []
    for report in FailureReport.objects.all():
        model.base[report.pk] = report.fingerprint
    for name, one, two in steps:
        keys = sorted(groups, key=lambda key: groups[key].pk)
        a, b = keys[one % len(keys)], keys[two % len(keys)]
        if name == "report":
            fresh = come(f"p{one % PLACES}")
            model.base[fresh.pk] = fresh.fingerprint
        elif name == "merge" and a not in model.into and model.end(b) != a:
            made[a] = merge(groups[a], groups[b], leo)
            model.into[a] = model.end(b)
        elif name == "part" and a in model.into:
            part(made.pop(a), leo)
            del model.into[a]
        elif name == "split":
            _split(model, groups, splits, a, leo)
        elif name == "join" and splits:
            gone = splits.pop(one % len(splits))
            incidents.undo_split(gone.pk, leo.actor, timezone.now())
            for pk, key in list(model.base.items()):
                if key == gone.digest:
                    model.base[pk] = FailureReport.objects.get(pk=pk).fingerprint
        found = {
            pk: FailureGroup.objects.get(pk=group).digest
            for pk, (group, _split, _ticket) in membership().items()
        }
        assert found == {pk: model.end(key) for pk, key in model.base.items()}
        assert counters() == recounted()
        _tickets_fit()


def _split(
    model: Model,
    groups: dict[str, FailureGroup],
    splits: list[FailureGroup],
    key: str,
    leo: Person,
) -> None:
    members = list(FailureReport.objects.filter(group=groups[key]).order_by("pk"))
    whole = [report for report in members if report.split_group_id is None]
    if key in model.into or len(members) < 2 or not whole:
        return
    fresh = split(groups[key], whole[:1], leo)
    groups[fresh.digest] = fresh
    splits.append(fresh)
    model.base[whole[0].pk] = fresh.digest


def _tickets_fit() -> None:
    for report in FailureReport.objects.select_related("ticket"):
        assert report.ticket is not None
        assert report.ticket.state != TicketState.MERGED
        assert report.ticket.group_id == report.group_id
    for ticket in Ticket.objects.all():
        seqs = list(ticket.events.values_list("seq", flat=True))
        assert seqs == list(range(1, ticket.last_seq + 1))
