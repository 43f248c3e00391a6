"""Which of our reasons may the reporter read, and in which words?

A reason tells of the report's own answer and message. How many others fail, and what
reached the address from elsewhere, is not theirs to know in figures.
"""

from django.utils.translation import gettext as _

from triage.diagnosis import report
from triage.diagnosis.evidence import Reason


def reason_in_words(reason: Reason) -> str:
    """Say what was found and what it means, without a figure about anybody else."""
    if reason.code == "fact_outage":
        return _("The provider fails for others as well.")
    return report.reason_in_words(reason)
