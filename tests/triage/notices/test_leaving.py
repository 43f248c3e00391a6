"""Over which channel does a notice leave, once, and when does it stay?"""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from deliveries import addresses, suppressions
from deliveries.models import (
    Address,
    ChangeKind,
    ChannelKind,
    DeliveryAttempt,
    FactChange,
    Message,
    MessageState,
    Outcome,
    ResendMode,
    SuppressionOrigin,
)
from tests.factories import make_source
from tests.people import Person
from tests.triage.notices.letters import leave, letters, make_sms_route, reachable
from tests.triage.notices.test_planning import solve
from tests.work import category, hand_to_people, make_report
from triage import notices, repair
from triage.models import (
    Carrier,
    FailureReport,
    Notice,
    NoticeState,
    Origin,
    Skipped,
)

pytestmark = pytest.mark.django_db


def told(report: FailureReport, ana: Person) -> Notice:
    """Solve a report's ticket and let its notice leave."""
    [ticket] = hand_to_people([report])
    solve(ticket, ana)
    leave()
    return Notice.objects.get(report=report)


def test_a_thousand_in_small(ana: Person) -> None:
    make_sms_route()
    source = make_source()
    reports = [
        reachable(source, locale="zh-CN" if n % 2 else "en-GB") for n in range(20)
    ]
    [ticket] = hand_to_people(reports)
    solve(ticket, ana)
    leave()
    leave()
    rows = Notice.objects.all()
    assert Counter(each.state for each in rows) == {NoticeState.SENT: 20}
    sent = letters()
    assert {message.channel for message, _content in sent} == {ChannelKind.SMS}
    assert len({message.recipient_id for message, _content in sent}) == 20
    words = Counter(content.subject for _message, content in sent)
    assert words == {"What you reported is mended": 10, "您报告的问题已修复": 10}


def test_it_becomes_a_message_of_its_own_with_a_planned_try(ana: Person) -> None:
    route = make_sms_route()
    notice = told(reachable(), ana)
    attempt = DeliveryAttempt.objects.get()
    assert attempt.route == route
    assert attempt.message == notice.carriers.get().message
    assert attempt.message.state == MessageState.QUEUED
    assert attempt.message.external_id.startswith(notice.public_id)


def test_the_channel_that_failed_is_never_taken(ana: Person) -> None:
    make_sms_route()
    notice = told(reachable(phone=""), ana)
    assert (notice.state, notice.skipped) == (NoticeState.SKIPPED, Skipped.NO_CHANNEL)
    assert not letters()


def test_nor_is_one_that_fails_in_another_report_of_the_person(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    other = make_report(channel=ChannelKind.SMS, source=report.source)
    FailureReport.objects.filter(pk=other.pk).update(recipient=report.recipient)
    assert told(report, ana).skipped == Skipped.NO_CHANNEL


def test_nor_an_address_whose_last_message_came_back(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    phone = Address.objects.get(recipient=report.recipient, channel="sms")
    Message.objects.create(
        source=report.source,
        external_id="earlier",
        recipient=report.recipient,
        address=phone,
        channel="sms",
        purpose="transactional",
        state="failed",
        needed_level=3,
    )
    assert told(report, ana).skipped == Skipped.NO_CHANNEL


def test_the_gate_is_asked_about_the_address(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    phone = Address.objects.get(recipient=report.recipient, channel="sms")
    with transaction.atomic():
        suppressions.suppress(
            phone,
            category=category("recipient.mailbox_full"),
            origin=SuppressionOrigin.AGENT,
        )
    assert told(report, ana).skipped == Skipped.NO_CHANNEL
    assert not Carrier.objects.exists()
    assert not Message.objects.filter(channel="sms").exists()


def test_without_a_route_nothing_is_left_behind(ana: Person) -> None:
    assert told(reachable(), ana).skipped == Skipped.NO_CHANNEL
    assert Message.objects.count() == 1


def test_a_source_that_sends_itself_tells_its_people_itself(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    report.source.resend_mode = ResendMode.DELEGATED
    report.source.save()
    assert told(report, ana).skipped == Skipped.SOURCE_TELLS


def test_what_another_worker_held_leaves_once(ana: Person) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable()])
    solve(ticket, ana)
    Notice.objects.update(epoch=7)  # a worker held it when it was taken back
    leave()
    assert Notice.objects.get().state == NoticeState.SENT
    assert len(letters()) == 1


def test_a_worker_that_dies_in_between_sends_nothing_twice(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable(), reachable(), reachable()])
    solve(ticket, ana)
    real = notices.leaving._end  # type: ignore[attr-defined]
    calls = []

    def dies_once(*args: object, **changes: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        real(*args, **changes)

    monkeypatch.setattr("triage.notices.leaving._end", dies_once)
    leave()
    assert len(letters()) == 2
    leave()
    assert {each.state for each in Notice.objects.all()} == {NoticeState.SENT}
    assert len(letters()) == len({m.recipient_id for m, _ in letters()}) == 3


def test_one_that_fails_three_times_is_given_up(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sms_route()
    [ticket] = hand_to_people([reachable()])
    solve(ticket, ana)

    def breaks(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("triage.notices.leaving._leave", breaks)
    for _ in range(4):
        leave()
    Notice.objects.update(due_at=timezone.now() - timedelta(minutes=5))
    assert notices.park_exhausted(timezone.now()) == 1
    assert Notice.objects.get().state == NoticeState.DEAD


def lose(message: Message) -> None:
    """Let the try of a message be refused, and the facts be followed."""
    attempt = message.attempts.get()
    now = timezone.now()
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(
        outcome=Outcome.REFUSED, started_at=now, finished_at=now, due_at=None
    )
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)
    FactChange.objects.create(
        kind=ChangeKind.ATTEMPT_FINISHED,
        source=message.source,
        message=message,
        attempt_n=attempt.n,
        due_at=now
        - timedelta(minutes=5),  # the database knows the time by its own clock
    )
    repair.follow_up_due(now)


def test_one_that_is_refused_goes_another_way_and_is_never_reported(
    ana: Person,
) -> None:
    make_sms_route()
    report = reachable()
    assert report.recipient is not None
    with transaction.atomic():
        addresses.keep(report.recipient, ChannelKind.SMS, "+8613900000001")
    notice = told(report, ana)
    first = notice.carriers.get().message
    lose(first)
    leave()
    notice.refresh_from_db()
    second = notice.carriers.latest("pk").message
    assert notice.state == NoticeState.SENT
    assert second.address != first.address
    lose(second)
    leave()
    notice.refresh_from_db()
    assert notice.state == NoticeState.DEAD
    assert FailureReport.objects.get() == report


def test_silence_about_a_notice_asks_nobody(ana: Person) -> None:
    make_sms_route()
    notice = told(reachable(), ana)
    message = notice.carriers.get().message
    Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
    FactChange.objects.create(
        kind=ChangeKind.SILENT,
        source=message.source,
        message=message,
        due_at=timezone.now() - timedelta(minutes=5),
    )
    repair.follow_up_due(timezone.now())
    assert Notice.objects.get() == notice
    assert FailureReport.objects.count() == 1


def test_an_auto_responder_that_reports_a_notice_gets_no_notice(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    notice = told(report, ana)
    answer = make_report(notice.carriers.get().message)
    FailureReport.objects.filter(pk=answer.pk).update(recipient=report.recipient)
    [ticket] = hand_to_people([answer])
    solve(ticket, ana)
    assert Notice.objects.get() == notice


def test_anonymous_input_reaches_verified_addresses_alone(ana: Person) -> None:
    make_sms_route()
    report = reachable()
    FailureReport.objects.update(origin=Origin.END_USER)
    report.refresh_from_db()
    assert told(report, ana).skipped == Skipped.NO_CHANNEL


def test_anonymous_input_causes_one_notice_an_hour(ana: Person) -> None:
    make_sms_route()
    first, second = reachable(), reachable()
    Address.objects.update(verified_at=timezone.now())
    FailureReport.objects.update(
        origin=Origin.END_USER, recipient=first.recipient, source=first.source
    )
    for report in (first, second):
        report.refresh_from_db()
    [ticket] = hand_to_people([first, second])
    solve(ticket, ana)
    now = timezone.now()
    leave(now)
    assert len(letters()) == 1
    waiting = Notice.objects.get(state=NoticeState.DUE)
    assert waiting.due_at == now + timedelta(hours=1)
    leave(now + timedelta(hours=1))
    assert len(letters()) == 2
