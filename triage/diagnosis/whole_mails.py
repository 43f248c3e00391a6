"""How is an answer judged that is a whole mail?

The words that tell are taken out of it first. What is found is then pointed to where it
stands in the mail, as that is the answer that people see.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from deliveries import readers
from triage.diagnosis.evidence import Bundle, Evidence, Vote


def opened(evidence: Evidence) -> Evidence:
    """Return evidence with the words, codes and kind of the mail; other as it is.

    Codes that were given beside the answer stay.
    """
    if readers.known_channel(evidence.channel) != "email":
        return evidence
    mail = readers.opened(evidence.answer[: readers.LONGEST_ANSWER])
    if mail is None:
        return evidence
    return replace(
        evidence,
        answer=mail.answer,
        provider_code=evidence.provider_code or mail.smtp_code,
        enhanced_code=evidence.enhanced_code or mail.enhanced_code,
        kind=evidence.kind or str(mail.kind),
    )


def placed(votes: Iterable[Vote], inside: Evidence, mail: Evidence) -> Iterator[Vote]:
    """Yield votes that were given on the words of a mail, pointing into the mail.

    Words that stand there encoded are quoted without a place.
    """
    own = {
        bundle
        for bundle, given in (
            (Bundle.PROVIDER_CODE, mail.provider_code),
            (Bundle.ENHANCED_CODE, mail.enhanced_code),
        )
        if not given
    }
    for vote in votes:
        reason = vote.reason
        if reason.bundle in own:
            reason = replace(reason, bundle=Bundle.ANSWER)
        elif reason.bundle == Bundle.ANSWER and None not in (reason.start, reason.end):
            start, end = readers.place(
                inside.answer, reason.start or 0, reason.end or 0, mail.answer
            ) or (None, None)
            reason = replace(reason, start=start, end=end)
        yield replace(vote, reason=reason)
