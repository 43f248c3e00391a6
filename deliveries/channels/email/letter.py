"""How does a message become a mail, and a returned mail a message again?

The name of the try stands in the ``Message-ID`` and in the return path (a variable
envelope return path), so that a bounce names its message even when it quotes nothing.
"""

import re
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from deliveries.contents import Content

# Mail systems change the case of what stands before the at sign.
_NAME = re.compile(r"\b(msg_)([0-9a-z]{26})\.([0-9]{1,9})(?=[@>\s]|$)", re.IGNORECASE)


def compose(
    content: Content, *, sender: str, to: str, key: str, now: datetime
) -> bytes:
    """Return a mail of text, or of text and HTML, with CRLF at the ends of its lines.

    ``to`` is one address. Raises ``ValueError`` for a header that cannot be one.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = Mailbox(addr_spec=to)
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(key, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5: no vacation answers
    mail.set_content(content.text or _words(content.html))
    if content.html:
        mail.add_alternative(content.html, subtype="html")
    return mail.as_bytes()


def message_id(key: str, sender: str) -> str:
    """Name the try of a key in the sender's domain (RFC 5322, 3.6.4)."""
    return f"<{_name(key)}@{domain_of(sender)}>"


def return_path(base: str, key: str) -> str:
    """Return the address to which a bounce of this try goes: ``base`` with its name."""
    local, _, domain = parseaddr(base)[1].rpartition("@")
    return f"{local}+{_name(key)}@{domain}"


def key_of(text: str) -> str | None:
    """Return the key of the try that a return path or ``Message-ID`` names, if any."""
    found = _NAME.search(text)
    if not found:
        return None
    return f"{found[1].lower()}{found[2].upper()}:{int(found[3])}"


def domain_of(sender: str) -> str:
    """Return the domain of a sender, with or without a name before its address."""
    return parseaddr(sender)[1].rpartition("@")[2]


def _name(key: str) -> str:
    message, _, generation = key.rpartition(":")
    return f"{message}.{generation}"


def _words(html: str) -> str:
    """Return the words of a page for those who read no HTML."""
    without = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", " ", html)
    return " ".join(re.sub(r"<[^>]*>", " ", without).split())
