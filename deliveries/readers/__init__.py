"""What codes and words does a provider's raw answer hold? Never why it failed."""

from deliveries.readers.by_channel import known_channel, read, spoken
from deliveries.readers.mail import (
    LONGEST_MAIL,
    Fault,
    MailKind,
    MailReading,
    RecipientStatus,
    excerpt,
    opened,
    place,
    read_mail,
)
from deliveries.readers.reading import LONGEST_ANSWER, Code, CodeKind, Place, Reading

__all__ = [
    "LONGEST_ANSWER",
    "LONGEST_MAIL",
    "Code",
    "CodeKind",
    "Fault",
    "MailKind",
    "MailReading",
    "Place",
    "Reading",
    "RecipientStatus",
    "excerpt",
    "known_channel",
    "opened",
    "place",
    "read",
    "read_mail",
    "spoken",
]
