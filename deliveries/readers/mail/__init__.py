"""What does a whole mail say about the failure of another?"""

from deliveries.readers.mail.parts import LONGEST_MAIL
from deliveries.readers.mail.reader import read_mail
from deliveries.readers.mail.reading import (
    Fault,
    MailKind,
    MailReading,
    RecipientStatus,
)
from deliveries.readers.mail.whole import excerpt, opened, place

__all__ = [
    "LONGEST_MAIL",
    "Fault",
    "MailKind",
    "MailReading",
    "RecipientStatus",
    "excerpt",
    "opened",
    "place",
    "read_mail",
]
