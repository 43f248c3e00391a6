"""Does the reader find in a delivery report who failed, and in which words?"""

import pytest

from deliveries.readers import MailKind, RecipientStatus, read_mail
from deliveries.readers.mail.reading import Fault
from tests.deliveries.readers.mail.letters import ORIGINAL, many, recipient, report


def test_a_report_names_recipient_codes_and_servers() -> None:
    reading = read_mail(report(recipient()))

    assert reading.kind is MailKind.BOUNCE
    assert (reading.smtp_code, reading.enhanced_code) == ("550", "5.1.1")
    assert reading.recipients == (
        RecipientStatus(
            address="kim@example.net",
            action="failed",
            enhanced_code="5.1.1",
            diagnostic="550 5.1.1 No such user here",
            remote_mta="mx.example.net",
        ),
    )
    assert reading.reporting_mta == "relay.example.org"
    assert reading.remote_mta == "mx.example.net"
    assert reading.subject == "Undelivered Mail Returned to Sender"
    assert reading.faults == ()


def test_the_words_of_the_server_come_first_and_those_of_the_original_never() -> None:
    notice = "Kim moved to another company.\n"

    answer = read_mail(report(recipient(), notice=notice)).answer

    assert answer == "550 5.1.1 No such user here\nKim moved to another company."


def test_beside_a_reply_of_many_words_the_notice_only_advises() -> None:
    diagnostic = (
        "smtp; 550 5.7.1 We do not take mail from networks that nobody looks after"
    )
    notice = "Maybe the mailbox is full.\n\nReason: nobody knows\n"

    answer = read_mail(report(recipient(diagnostic=diagnostic), notice=notice)).answer

    assert answer == f"{diagnostic[6:]}\nReason: nobody knows"


def test_the_notice_repeats_nothing_but_the_command_that_was_refused() -> None:
    notice = (
        "<kim@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1 No such\n"
        "    user here (in reply to RCPT TO command)\n"
    )

    answer = read_mail(report(recipient(), notice=notice)).answer

    assert answer == "550 5.1.1 No such user here (in reply to RCPT TO command)"


def test_who_failed_is_told_before_who_waits_and_who_was_reached() -> None:
    raw = report(
        recipient("lee@example.net", "delivered", "2.0.0", ""),
        recipient("jo@example.net", "delayed", "4.4.1", "smtp; 421 4.4.1 busy"),
        recipient("kim@example.net", "failed", "5.2.2", "smtp; 552 5.2.2 over quota"),
    )

    reading = read_mail(raw)

    assert [each.action for each in reading.recipients] == [
        "delivered",
        "delayed",
        "failed",
    ]
    assert reading.kind is MailKind.BOUNCE
    assert (reading.smtp_code, reading.enhanced_code) == ("552", "5.2.2")
    assert reading.answer.startswith("552 5.2.2 over quota")
    assert "busy" not in reading.answer


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", MailKind.BOUNCE),
        ("delayed", MailKind.DELAY),
        ("Delayed (will retry)", MailKind.DELAY),
        ("delivered", MailKind.DELIVERED),
        ("relayed", MailKind.DELIVERED),
        ("expanded", MailKind.DELIVERED),
    ],
)
def test_the_action_says_what_kind_of_report_it_is(action: str, kind: MailKind) -> None:
    assert read_mail(report(recipient(action=action))).kind is kind


def test_a_status_that_says_only_the_class_gives_way_to_the_servers_own() -> None:
    raw = report(recipient(status="5.0.0", diagnostic="smtp; 552 5.2.2 over quota"))

    assert read_mail(raw).enhanced_code == "5.2.2"


def test_a_status_stands_in_where_the_server_gave_none() -> None:
    raw = report(recipient(status="5.2.2", diagnostic="smtp; 552 over quota"))

    assert read_mail(raw).enhanced_code == "5.2.2"


def test_a_reply_of_several_lines_becomes_one_sentence() -> None:
    diagnostic = (
        "smtp; 550-5.7.1 [192.0.2.1] We do not\n 550-5.7.1 know\n 550 5.7.1 you"
    )

    answer = read_mail(report(recipient(diagnostic=diagnostic), notice="")).answer

    assert answer == "550 5.7.1 [192.0.2.1] We do not know you"


def test_an_international_report_is_read_like_any_other() -> None:
    fields = (
        "Reporting-MTA: dns; relay.example.org\n\n"
        "Final-Recipient: utf-8; \\x{7528}\\x{6237}@example.net\nAction: failed\n"
        "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 用户不存在\n"
    )
    raw = many(
        "Undelivered",
        [
            ("message/global-delivery-status; charset=utf-8", fields),
            ("message/global", ORIGINAL),
        ],
    )

    reading = read_mail(raw)

    assert reading.recipients[0].address == "用户@example.net"
    assert reading.answer == "550 5.1.1 用户不存在"


def test_fields_in_the_text_count_as_a_report() -> None:
    raw = many(
        "Returned mail",
        [("text/plain", f"Sorry.\n\n{recipient()}\n{ORIGINAL}")],
        kind="multipart/mixed",
    )

    reading = read_mail(raw)

    assert reading.kind is MailKind.BOUNCE
    assert reading.answer == "550 5.1.1 No such user here"


def test_a_diagnostic_that_forgot_to_fold_is_read_to_its_end() -> None:
    raw = report(recipient(diagnostic="smtp; 550-5.1.1 No such\n550 5.1.1 mailbox"))

    assert "550 5.1.1 No such mailbox" in read_mail(raw).answer


def test_the_exit_of_a_program_is_no_diagnostic() -> None:
    notice = "----- Transcript of session follows -----\n451 4.0.0 disk on fire\n"
    raw = report(recipient(status="4.5.0", diagnostic="X-Unix; 71"), notice=notice)

    reading = read_mail(raw)

    assert reading.answer == "451 4.0.0 disk on fire"
    assert (reading.smtp_code, reading.enhanced_code) == ("451", "4.5.0")


def test_an_attached_report_is_read_under_any_name() -> None:
    attached = "text/plain\nContent-Disposition: attachment; filename=status.txt"

    assert read_mail(report(recipient(), kind=attached)).enhanced_code == "5.1.1"


def test_a_wrong_report_type_changes_nothing() -> None:
    raw = report(recipient()).replace(b"delivery-status;", b"disposition;", 1)

    assert read_mail(raw).kind is MailKind.BOUNCE


@pytest.mark.parametrize("declared", ["another", "b0rder-of-old"])
def test_a_border_that_is_named_wrongly_is_found(declared: str) -> None:
    reading = read_mail(report(recipient(), declared=declared))

    assert reading.faults == (Fault.NO_BOUNDARY,)
    assert reading.answer.startswith("550 5.1.1 No such user here")
    assert "quota" not in reading.answer


def test_a_border_that_is_not_named_is_found() -> None:
    raw = report(recipient()).replace(b'; boundary="b0rder"', b"")

    reading = read_mail(raw)

    assert reading.faults == (Fault.NO_BOUNDARY,)
    assert reading.enhanced_code == "5.1.1"


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes) -> None:
    assert read_mail(report(recipient()).replace(b"\n", end)) == read_mail(
        report(recipient())
    )


def test_the_line_of_a_mailbox_is_skipped() -> None:
    raw = b"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n" + report(recipient())

    assert read_mail(raw) == read_mail(report(recipient()))


def test_a_forwarded_report_is_read_inside() -> None:
    inner = report(recipient(), border="inner").decode()
    raw = many(
        "Fwd: what is this?",
        [("text/plain", "Hi Sam, can you look at this?"), ("message/rfc822", inner)],
        kind="multipart/mixed",
        sender="Leo <leo@example.org>",
    )

    reading = read_mail(raw)

    assert reading.kind is MailKind.BOUNCE
    assert reading.answer.startswith("550 5.1.1 No such user here")


def test_a_report_about_a_returned_report_is_about_itself() -> None:
    inner = report(
        recipient(diagnostic="smtp; 552 5.2.2 over quota"), border="inner"
    ).decode()

    reading = read_mail(report(recipient(), original=inner))

    assert reading.enhanced_code == "5.1.1"
    assert "quota" not in reading.answer


def test_a_notice_that_only_passes_a_report_on_leaves_the_word_to_it() -> None:
    inner = report(recipient(), border="inner").decode()
    notice = "Your message could not be delivered.\n\n----------\n"
    raw = (
        b"From: MAILER-DAEMON@example.org\nSubject: Undelivered Mail\n\n"
        + notice.encode()
        + b"Return-Path: <>\nReceived: by relay.example.org\n"
        + inner.encode()
    )

    assert read_mail(raw).answer.startswith("550 5.1.1 No such user here")
