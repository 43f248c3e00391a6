"""Step 1: a failure is reported. Stored exactly once, redacted, and due at once."""

from triage.intake.filing import Filed, SameAddress, file
from triage.intake.row import Answer
from triage.intake.submission import Contact, Log, SourceAttempt, Submission

__all__ = [
    "Answer",
    "Contact",
    "Filed",
    "Log",
    "SameAddress",
    "SourceAttempt",
    "Submission",
    "file",
]
