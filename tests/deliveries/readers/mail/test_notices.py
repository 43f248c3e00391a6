"""Does the reader find the cause in notices for people, of any system and language?"""

import pytest

from deliveries.readers import MailKind, read_mail
from tests.deliveries.readers.mail.letters import ORIGINAL, letter, many

# A notice as a system of that form words it, and what must be left of it.
NOTICES = {
    "qmail": (
        "failure notice",
        "Hi. This is the mail program at example.org.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<kim@example.net>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 nobody here\nGiving up on 192.0.2.1.\n\n"
        "--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        "Remote host said: 550 5.1.1 nobody here",
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  kim@example.net\n    host mx.example.net [192.0.2.1]\n"
        "    SMTP error from remote mail server after RCPT TO:<kim@example.net>:\n"
        "    550 5.1.1 nobody here\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        + ORIGINAL,
        "550 5.1.1 nobody here",
    ),
    "transcript": (
        "Returned mail: see transcript for details",
        "The original message was received at Thu, 1 Jan 2026 00:00:00 GMT\n"
        "from desk.example.org [192.0.2.9]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n"
        "<kim@example.net>\n\n   ----- Transcript of session follows -----\n"
        "... while talking to mx.example.net.:\n>>> RCPT To:<kim@example.net>\n"
        "<<< 550 5.7.1 nobody may write here\n550 5.1.1 <kim>... User unknown\n"
        ">>> DATA\n<<< 503 5.0.0 Need RCPT (recipient)\n\n"
        "   ----- Original message follows -----\n\n" + ORIGINAL,
        "550 5.7.1 nobody may write here",
    ),
    "in and out": (
        "Postmaster notify: errors from client",
        (
            "Transcript of session follows.\n\n Out: 220 mx.example.org ESMTP\n"
            " In:  EHLO desk\n Out: 250-mx.example.org\n Out: 250-SIZE 1000\n"
            " Out: 250 DSN\n In:  RCPT TO:<kim@example.net>\n"
            " Out: 451 4.3.0 disk is read-only\n In:  QUIT\n Out: 221 2.0.0 Bye\n"
        ),
        "451 4.3.0 disk is read-only",
    ),
    "sent and received": (
        "Mail delivery failure",
        ("Sent >>> RCPT TO:<kim@example.net>\nReceived <<< 550 5.1.1 nobody here\n"),
        "550 5.1.1 nobody here",
    ),
    "arrows": (
        "Permanent Delivery Failure",
        (
            "----------------------------------------------------------\n"
            "Reason for failure:\n\n550 5.1.1 nobody here\n\n"
            "-- Session Transcript --\n <-- 220 ready\n --> EHLO desk\n"
            " <-- 250 SIZE\n --> RCPT TO:<kim@example.net>\n"
            " <-- 550 5.1.1 nobody here\n --> QUIT\n-- End Transcript --\n"
        ),
        "Reason for failure:\n550 5.1.1 nobody here",
    ),
    "summary first": (
        "Undeliverable: mailbox full",
        (
            "Your message\n\n  To: kim@example.net\n  Subject: mailbox full\n"
            "  Sent: Thu, 1 Jan 2026\n\ndid not reach the following recipient(s):\n\n"
            "kim@example.net on Thu, 1 Jan 2026\n"
            "    The name is in no address book\n"
        ),
        "The name is in no address book",
    ),
    "response": (
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n\n"
        "     kim@example.net\n\nTechnical details of permanent failure:\n"
        "The error that the other server returned was:\n550 5.1.1 nobody here\n\n"
        "----- Original message -----\n\n" + ORIGINAL,
        "550 5.1.1 nobody here",
    ),
    "german": (
        "Unzustellbar: Hallo",
        "Guten Tag Ana,\n\nIhre Nachricht konnte nicht zugestellt werden.\n"
        "Grund: 550 5.1.1 Empfänger unbekannt\n\n"
        "Mit freundlichen Grüßen\nIhr Postmaster\n\n"
        "--- Ursprüngliche Nachricht ---\n" + ORIGINAL,
        "Grund: 550 5.1.1 Empfänger unbekannt",
    ),
    "french": (
        "Non remis : Bonjour",
        "Votre message n'a pas été remis.\nRaison : boîte aux lettres pleine\n\n"
        "----- Message d'origine -----\n" + ORIGINAL,
        "Raison : boîte aux lettres pleine",
    ),
    "spanish": (
        "No se pudo entregar",
        "No se pudo entregar.\nMotivo: el buzón está lleno\n\n"
        "----- Mensaje original -----\n" + ORIGINAL,
        "Motivo: el buzón está lleno",
    ),
    "portuguese": (
        "Falha na entrega",
        "A mensagem não foi entregue.\nMotivo: caixa postal cheia\n\n"
        "----- Mensagem original -----\n" + ORIGINAL,
        "Motivo: caixa postal cheia",
    ),
    "italian": (
        "Mancata consegna",
        "Il messaggio non è stato consegnato.\nMotivo: casella piena\n\n"
        "----- Messaggio originale -----\n" + ORIGINAL,
        "Motivo: casella piena",
    ),
    "russian": (
        "Письмо не доставлено",
        "Здравствуйте!\n\nПричина: почтовый ящик переполнен\n\n"
        "----- Исходное сообщение -----\n" + ORIGINAL,
        "Причина: почтовый ящик переполнен",
    ),
    "chinese": (
        "系统退信",
        "您好，\n\n主 题：quota exceeded\n\n退信原因：收件人邮箱已满\n\n"
        "------ 原始邮件 ------\n" + ORIGINAL,
        "退信原因：收件人邮箱已满",
    ),
    "japanese": (
        "配信エラー",
        "次の宛先に配信できませんでした。\n理由：メールボックスがいっぱいです\n\n"
        "----- 元のメール -----\n" + ORIGINAL,
        "理由：メールボックスがいっぱいです",
    ),
    "korean": (
        "메일 전송 실패",
        "사유: 받는 사람의 사서함이 가득 찼습니다\n\n----- 원본 메일 -----\n"
        + ORIGINAL,
        "사유: 받는 사람의 사서함이 가득 찼습니다",
    ),
}


@pytest.mark.parametrize("form", NOTICES)
def test_the_reason_is_read_and_the_original_is_not(form: str) -> None:
    subject, body, reason = NOTICES[form]

    reading = read_mail(letter(subject, body))

    assert reading.kind is MailKind.BOUNCE
    assert reason in reading.answer
    for word in ("quota exceeded", "relaying denied", "campaign"):
        assert word not in reading.answer


def test_of_a_session_only_the_refusal_of_the_remote_side_is_kept() -> None:
    subject, body, _ = NOTICES["transcript"]

    reading = read_mail(letter(subject, body))

    assert reading.answer == "550 5.7.1 nobody may write here"
    assert (reading.smtp_code, reading.enhanced_code) == ("550", "5.7.1")


def test_what_a_server_accepted_is_no_refusal() -> None:
    subject, body, _ = NOTICES["in and out"]

    reading = read_mail(letter(subject, body))

    assert reading.answer == "451 4.3.0 disk is read-only"
    assert reading.smtp_code == "451"


def test_of_a_session_with_arrows_nothing_else_is_kept() -> None:
    subject, body, reason = NOTICES["arrows"]

    assert read_mail(letter(subject, body)).answer == reason


def test_what_the_original_was_called_does_not_count() -> None:
    subject, body, _ = NOTICES["summary first"]

    assert "mailbox full" not in read_mail(letter(subject, body)).answer


def test_a_notice_that_says_nothing_leaves_the_word_to_its_subject() -> None:
    body = "----- The following addresses had permanent delivery errors -----\n"

    reading = read_mail(letter("Returned mail: User unknown", body))

    assert reading.answer.startswith("User unknown\n")


def test_a_subject_that_is_the_originals_is_never_a_reason() -> None:
    body = "----- The following addresses had permanent delivery errors -----\n"

    reading = read_mail(letter("Undeliverable: quota exceeded", body))

    assert "quota" not in reading.answer


def test_a_mail_without_any_words_is_told_by_its_subject() -> None:
    assert read_mail(letter("Mailbox full", "")).answer == "Mailbox full"


@pytest.mark.parametrize(
    "reason",
    [
        "Sorry, no mailbox here by that name. (#5.1.1)",
        "Sorry, the mailbox is full.",
        "We are sorry to inform you that the mailbox is full.",
        "Please contact the recipient: 5.2.2 over quota",
    ],
)
def test_an_apology_that_gives_a_reason_is_kept(reason: str) -> None:
    body = f"Sorry it didn't work out.\n\n<kim@example.net>:\n{reason}\n"

    assert read_mail(letter("failure notice", body)).answer == reason


def test_a_summary_of_the_original_is_no_original() -> None:
    body = (
        "This report relates to a message with the following header fields:\n\n"
        "  Message-id: <1@example.org>\n  Date: Thu, 1 Jan 2026\n"
        "  From: Ana <ana@example.org>\n  Subject: quota exceeded\n\n"
        "Your message cannot be delivered to the following recipients:\n\n"
        "  Recipient address: kim@example.net\n"
        "  Reason: Remote SMTP server has rejected address\n"
    )

    answer = read_mail(letter("Delivery has failed", body)).answer

    assert "Reason: Remote SMTP server has rejected address" in answer
    assert "quota" not in answer


def test_a_heading_is_no_announcement() -> None:
    body = (
        "UNDELIVERABLE MAIL\n\nYour message cannot be delivered to:\n\n"
        "<kim@example.net>:\n>>> RCPT TO:<kim@example.net>\n"
        "<<< 550 5.1.1 nobody here\n"
    )

    assert "550 5.1.1 nobody here" in read_mail(letter("Notice", body)).answer


def test_lines_that_belong_together_are_not_lost_in_a_remark() -> None:
    body = (
        "kim@example.net\n    (ultimately generated from kim.chan@example.org)\n"
        "    all hosts have been failing for a long time\n"
    )

    answer = read_mail(letter("Undelivered", body)).answer

    assert answer == "all hosts have been failing for a long time"


def test_an_attached_text_is_the_original() -> None:
    attached = "text/plain\nContent-Disposition: attachment; filename=letter.txt"
    raw = many(
        "Undelivered",
        [("text/plain", "550 5.1.1 nobody"), (attached, "quota exceeded, they said")],
        kind="multipart/mixed",
    )

    assert read_mail(raw).answer == "550 5.1.1 nobody"


def test_the_headers_of_the_original_in_a_text_of_their_own_do_not_count() -> None:
    raw = many(
        "Undelivered",
        [("text/plain", "550 5.1.1 nobody"), ("text/plain", ORIGINAL)],
        kind="multipart/mixed",
    )

    assert read_mail(raw).answer == "550 5.1.1 nobody"


def test_a_page_is_read_without_its_source() -> None:
    page = (
        "<html><head><title>quota</title><style>p {color: red}</style></head><body>"
        "<!-- quota --><p>Could not deliver:<br>550&nbsp;5.1.1 <b>nobody</b> here</p>"
    )
    raw = many("Undeliverable", [("text/html", page)], kind="multipart/mixed")

    reading = read_mail(raw)

    assert "550 5.1.1 nobody here" in reading.answer
    assert "quota" not in reading.answer
    assert "color" not in reading.answer


def test_the_plain_text_of_two_forms_is_read() -> None:
    raw = many(
        "Undeliverable",
        [("text/plain", "550 5.1.1 nobody"), ("text/html", "<p>550 5.1.1 <i>x</i>")],
        kind="multipart/alternative",
    )

    assert read_mail(raw).answer == "550 5.1.1 nobody"


def test_attachments_are_not_opened() -> None:
    raw = many(
        "Undelivered",
        [
            ("text/plain", "550 5.1.1 nobody"),
            ("application/zip", "552 quota"),
            ("application/ms-tnef; name=winmail.dat", "552 quota"),
            ("image/png", "552 quota"),
        ],
        kind="multipart/mixed",
    )

    assert read_mail(raw).answer == "550 5.1.1 nobody"


def test_a_forwarded_notice_is_read_though_it_is_quoted() -> None:
    body = (
        "See below.\n\n---------- Forwarded message ---------\n"
        "> From: MAILER-DAEMON@example.net\n> Subject: Undelivered Mail\n>\n"
        "> <kim@example.net>: 550 5.1.1 nobody here\n"
    )
    raw = letter("Fwd: Undelivered Mail", body, sender="leo@example.org")

    reading = read_mail(raw)

    assert reading.kind is MailKind.BOUNCE
    assert "550 5.1.1 nobody here" in reading.answer
