"""Mails as systems write them, invented for the tests."""

from base64 import encodebytes

ORIGINAL = """\
Received: from desk.example.org by mx.example.org; Thu, 1 Jan 2026 00:00:00 +0000
From: Ana <ana@example.org>
To: kim@example.net
Subject: mailbox full of spam, relaying denied
Message-ID: <1@example.org>

Our user unknown campaign: quota exceeded, blacklisted, greylisted!
"""


def letter(
    subject: str,
    body: str | bytes,
    *,
    sender: str = "MAILER-DAEMON@mx.example.org",
    charset: str = "utf-8",
    encoding: str = "8bit",
    extra: str = "",
) -> bytes:
    """A mail of one text part; ``extra`` are more header lines, each with its end."""
    if isinstance(body, str):
        body = body.encode(charset)
    if encoding == "base64":
        body = encodebytes(body)
    head = (
        f"From: {sender}\nTo: ana@example.org\nSubject: {subject}\n{extra}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
        f"Content-Transfer-Encoding: {encoding}\n\n"
    )
    return head.encode() + body


def recipient(
    address: str = "kim@example.net",
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 No such user here",
) -> str:
    """The fields of one recipient of a delivery report."""
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Remote-MTA: dns; mx.example.net\n{said}"
    )


def report(
    *recipients: str,
    notice: str = "Your message could not be delivered.\n",
    subject: str = "Undelivered Mail Returned to Sender",
    border: str = "b0rder",
    declared: str = "",
    kind: str = "message/delivery-status",
    original: str = ORIGINAL,
) -> bytes:
    """A delivery report of three parts (RFC 3464)."""
    fields = "Reporting-MTA: dns; relay.example.org\n\n" + "\n".join(recipients)
    return many(
        subject,
        [
            ("text/plain; charset=utf-8", notice),
            (kind, fields),
            ("message/rfc822", original),
        ],
        border=border,
        declared=declared,
    )


def many(
    subject: str,
    parts: list[tuple[str, str]],
    *,
    kind: str = "multipart/report; report-type=delivery-status",
    border: str = "b0rder",
    declared: str = "",
    sender: str = "MAILER-DAEMON@mx.example.org",
) -> bytes:
    """A mail of several parts; ``declared`` is another border than the one used."""
    body = "".join(
        f"--{border}\nContent-Type: {content}\n\n{text}\n" for content, text in parts
    )
    return (
        f"From: {sender}\nTo: ana@example.org\nSubject: {subject}\n"
        f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="{declared or border}"\n\n'
        f"This is a multi-part message in MIME format.\n\n{body}--{border}--\n"
    ).encode()
