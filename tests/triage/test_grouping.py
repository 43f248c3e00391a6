"""Do failures of one cause share a group, and are its counters exact?"""

import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.deliveries.readers.mail.letters import letter
from tests.factories import make_source
from tests.side_by_side import Other
from tests.work import MAILBOX_FULL, UNAVAILABLE, UNKNOWN, category, join, make_report
from triage import grouping
from triage.models import (
    REPORT_LIVE,
    FailureGroup,
    FailureReport,
    GroupRecipient,
    ReportState,
)
from triage.recent_reports import as_of, counted

pytestmark = pytest.mark.django_db


def counters(group: FailureGroup | None) -> tuple[int, int, int]:
    assert group is not None
    group.refresh_from_db()
    return group.reports, group.recipients, group.unserved


def recount(group: FailureGroup) -> tuple[int, int, int]:
    """What the counters should say, from the members alone."""
    members = list(FailureReport.objects.filter(group=group))
    came = counted([], None, [report.received_at for report in members])
    now = timezone.now()
    assert as_of(group.recent_reports, group.recent_at, now) == as_of(*came, now)
    people = {report.person for report in members}
    unserved = {report.person for report in members if report.state in REPORT_LIVE}
    return len(members), len(people), len(unserved)


def serve(*reports: FailureReport) -> None:
    """Let evidence arrive for reports."""
    with transaction.atomic():
        for report in reports:
            report.state = ReportState.VERIFIED
            report.save(update_fields=["state"])
        grouping.lock([report.group_id for report in reports if report.group_id])
        grouping.serve(reports, timezone.now())


def move(report: FailureReport, cause: str) -> None:
    with transaction.atomic():
        grouping.move(report, category(cause), timezone.now())


def test_whole_mails_are_grouped_by_what_tells_in_them() -> None:
    said = ["The gate is shut.", "The gate is shut.", "The door is shut."]
    mails = [
        letter(f"Undelivered {word}", body, extra=f"X-Spam: {word}\n").decode()
        for word, body in zip(["one", "two", "three"], said, strict=True)
    ]
    reports = [make_report(cause=UNKNOWN, answer=mail) for mail in mails]

    join(reports)

    first, second, other = [report.group_id for report in reports]
    assert first == second
    assert other != first


def test_a_group_counts_reports_and_people() -> None:
    reports = [
        make_report(person="ana"),
        make_report(person="ana"),
        make_report(person="bo"),
    ]
    join(reports)
    assert len({report.group_id for report in reports}) == 1
    assert counters(reports[0].group) == (3, 2, 2)


def test_people_who_are_not_known_count_each() -> None:
    reports = [make_report(person=""), make_report(person="")]
    join(reports)
    assert counters(reports[0].group) == (2, 2, 2)
    serve(reports[0])
    assert counters(reports[0].group) == (2, 2, 1)


def test_a_group_says_what_its_failures_have_in_common() -> None:
    report = make_report(provider="northpost", region="eu-west")
    join([report])
    group = report.group
    assert group is not None
    assert dict(group.fingerprint) == {
        "cause": UNAVAILABLE,
        "channel": "email",
        "provider": "northpost",
        "region": "eu-west",
    }
    assert (group.provider, group.region, group.source) == (
        "northpost",
        "eu-west",
        None,
    )
    assert group.category.slug == UNAVAILABLE


def test_a_failure_that_concerns_one_source_names_it() -> None:
    here, there = make_source("here"), make_source("there")
    reports = [make_report(source=each, cause=MAILBOX_FULL) for each in (here, there)]
    join(reports)
    assert [report.group and report.group.source for report in reports] == [here, there]


def test_a_notice_opens_no_group() -> None:
    report = make_report(cause="notice.auto_reply")
    join([report])
    assert (report.group, report.fingerprint) == (None, "")


def test_unknown_failures_meet_by_the_shape_of_their_answer() -> None:
    reports = [
        make_report(cause=UNKNOWN, answer=f"Relay {n} says wibble at host{n}.example")
        for n in (1, 2)
    ]
    reports.append(make_report(cause=UNKNOWN, answer="Something else entirely"))
    join(reports)
    assert reports[0].group_id == reports[1].group_id != reports[2].group_id


def test_somebody_who_fails_again_after_being_served_is_unserved_again() -> None:
    first = make_report(person="ana")
    join([first])
    serve(first)
    assert counters(first.group) == (1, 1, 0)
    again = make_report(person="ana")
    join([again])
    assert counters(first.group) == (2, 1, 1)


def test_somebody_with_another_live_report_is_not_served_yet() -> None:
    reports = [make_report(person="ana"), make_report(person="ana")]
    join(reports)
    serve(reports[0])
    assert counters(reports[0].group) == (2, 1, 1)
    serve(reports[1])
    assert counters(reports[0].group) == (2, 1, 0)


def test_a_report_that_changes_its_cause_is_counted_there_alone() -> None:
    stays, moves = make_report(person="ana"), make_report(person="bo")
    join([stays, moves])
    move(moves, MAILBOX_FULL)
    assert counters(stays.group) == (1, 1, 1)
    moves.refresh_from_db()
    assert counters(moves.group) == (1, 1, 1)
    assert moves.group is not None
    assert moves.group.category.slug == MAILBOX_FULL


def test_who_leaves_only_served_reports_behind_counts_as_served() -> None:
    served, moves = make_report(person="ana"), make_report(person="ana")
    join([served])
    serve(served)
    join([moves])
    move(moves, MAILBOX_FULL)
    assert counters(served.group) == (1, 1, 0)


def test_a_report_that_turns_out_to_be_a_notice_leaves_its_group() -> None:
    report = make_report()
    join([report])
    group = report.group
    move(report, "notice.auto_reply")
    assert counters(group) == (0, 0, 0)
    report.refresh_from_db()
    assert (report.group, report.fingerprint) == (None, "")


def test_moving_to_the_same_cause_changes_nothing() -> None:
    report = make_report()
    join([report])
    move(report, UNAVAILABLE)
    assert counters(report.group) == (1, 1, 1)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_course_of_events_the_counters_equal_a_recount(seed: int) -> None:
    rng = random.Random(seed)
    causes = [UNAVAILABLE, MAILBOX_FULL, "network.dns_failure"]
    reports: list[FailureReport] = []
    for _ in range(25):
        live = [each for each in reports if each.state in REPORT_LIVE]
        act = rng.choice(["join", "join", "serve", "move"])
        if act == "join" or not live:
            fresh = [
                make_report(
                    cause=rng.choice(causes), person=rng.choice(["ana", "bo", "cy", ""])
                )
                for _ in range(rng.randint(1, 4))
            ]
            for report in fresh:
                report.received_at -= timedelta(minutes=rng.randrange(400))
                report.save()
            join(fresh)
            reports += fresh
        elif act == "serve":
            serve(*rng.sample(live, rng.randint(1, len(live))))
        else:
            move(rng.choice(live), rng.choice(causes))
    for group in FailureGroup.objects.all():
        assert counters(group) == recount(group)
        people = GroupRecipient.objects.filter(digest=group.digest)
        assert people.count() == group.recipients
        assert people.filter(served_at=None).count() == group.unserved


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_one_cause_at_the_same_time_are_both_counted() -> None:
    mine = [make_report(person="ana"), make_report(person="bo")]
    theirs = [make_report(person="bo"), make_report(person="cy")]
    with transaction.atomic():
        join(mine)
        other = Other(lambda: join(theirs)).until_it_waits()
    other.end()
    group = FailureGroup.objects.get()
    assert counters(group) == recount(group) == (4, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_batches_that_share_causes_in_another_order_do_not_block_each_other() -> None:
    causes = [UNAVAILABLE, MAILBOX_FULL, "network.dns_failure"]
    mine = [make_report(cause=cause) for cause in causes]
    theirs = [make_report(cause=cause) for cause in reversed(causes)]
    with transaction.atomic():
        join(mine)
        other = Other(lambda: join(theirs)).until_it_waits()
    other.end()
    for group in FailureGroup.objects.all():
        assert counters(group) == (2, 2, 2)
