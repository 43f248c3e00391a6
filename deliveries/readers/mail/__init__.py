"""What does a whole mail say about the failure of another?"""

from deliveries.readers.mail.reader import read_mail
from deliveries.readers.mail.reading import (
    Fault,
    MailKind,
    MailReading,
    RecipientStatus,
)
from deliveries.readers.mail.whole import opened, place

__all__ = [
    "Fault",
    "MailKind",
    "MailReading",
    "RecipientStatus",
    "opened",
    "place",
    "read_mail",
]
