"""What does the kind of a mail say about the cause, beside its words?

A delay notice, a complaint or an automatic reply is one by its form; its words may
speak of anything.
"""

from collections.abc import Iterator

from deliveries.readers import MailKind
from triage.diagnosis.evidence import Bundle, Evidence, Reason, Vote

VERSION = 1

# Words of a complaint or of an absent reader are not about the delivery, so the form
# outweighs two clear wordings. A delay is the other way round: all ten delay notices
# of the benchmark are labelled with a cause and none as a delay, so the form decides
# only where nothing else is said (see the score of "unknown" in engine.py).
WEIGHTS = {
    MailKind.COMPLAINT: ("consent.complaint", 7.0),
    MailKind.AUTO_REPLY: ("notice.auto_reply", 6.0),
    MailKind.DELIVERED: ("notice.delivered", 6.0),
    MailKind.DELAY: ("notice.delayed", 1.3),
}


def judge(evidence: Evidence) -> Iterator[Vote]:
    """Yield a vote for a kind that names its own cause; a bounce names none."""
    if evidence.kind not in WEIGHTS:
        return
    kind = MailKind(evidence.kind)
    category, weight = WEIGHTS[kind]
    reason = Reason(
        rule=f"mail.{kind}",
        version=VERSION,
        code=f"mail_{kind}",
        params={"category": category},
        bundle=Bundle.ANSWER,
    )
    yield Vote(category, weight, reason)
