"""How do mail systems return a mail of ours? As RFC 3464 says, and less well."""

from deliveries.models import Message


def bounce(
    message: Message,
    *,
    generation: int = 1,
    action: str = "failed",
    status: str = "5.1.1",
    words: str = "550 5.1.1 User unknown",
    own_id: str = "<notice-1@mx.example>",
    named_in: str = "return path",
) -> bytes:
    """A delivery status notification about one try of a message."""
    name = f"{message.public_id.lower()}.{generation}"
    to = f"bounces+{name}@shop.example" if named_in == "return path" else "b@shop.test"
    original = f"<{name}@shop.example>" if named_in == "original" else "<1@x.example>"
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: {own_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered to lin@shop.example.

{words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; lin@shop.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: message/rfc822

From: Shop <mail@shop.example>
To: lin@shop.example
Subject: Your code
Message-ID: {original}

Hello.
--b--
""".encode()
