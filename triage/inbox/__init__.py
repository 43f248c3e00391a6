"""What do people of the desk hear about, where do they read it, who writes to them?"""

from triage.inbox.mailing import mail_due
from triage.inbox.mentions import called, unknown_names
from triage.inbox.reading import mark_all_read, mark_read, unread, unread_rows
from triage.inbox.sweeping import sweep
from triage.inbox.telling import (
    JOBS,
    assigned,
    assigned_many,
    bulk_over,
    change_over,
    export_over,
    mentioned,
    rehearsal_over,
    revealed,
    watched,
)
from triage.inbox.words import of_notice

__all__ = [
    "JOBS",
    "assigned",
    "assigned_many",
    "bulk_over",
    "called",
    "change_over",
    "export_over",
    "mail_due",
    "mark_all_read",
    "mark_read",
    "mentioned",
    "of_notice",
    "rehearsal_over",
    "revealed",
    "sweep",
    "unknown_names",
    "unread",
    "unread_rows",
    "watched",
]
