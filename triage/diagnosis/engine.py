"""Which cause is likeliest, which others were considered, and why?

Judges vote: codes, words, facts and what was learned each add to the score of a cause
or take from it. The same evidence always gives the same verdict; nothing is asked of a
database.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from deliveries import readers, taxonomy
from deliveries.readers import Reading
from triage.diagnosis import (
    checks,
    codes,
    fitted,
    kinds,
    learned,
    next_checks,
    phrases,
    retry_gate,
    taught,
    weighing,
    whole_mails,
)
from triage.diagnosis.evidence import Bundle, Evidence, Finding, Reason, Verdict, Vote
from triage.diagnosis.fitted import Fitted
from triage.diagnosis.learned import Heard, Model
from triage.diagnosis.taught import NOTHING_TAUGHT, Rulebook

MOST_FINDINGS = 4
MOST_REASONS = 6
LEAST_CONFIDENCE = 0.02  # a cause below it is not worth a line on the desk


@dataclass(frozen=True, slots=True)
class Weighed:
    """The votes of all judges and how they divide one whole; ``order`` is by share.

    ``evidence`` and ``reading`` are those of the words that tell, where the answer is a
    whole mail; the votes point into the answer as it was given. ``mark`` names the
    taught rules that voted.
    """

    evidence: Evidence
    reading: Reading
    votes: tuple[Vote, ...]
    shares: Mapping[str, float]
    order: tuple[str, ...]
    mark: str = ""


def diagnose(
    evidence: Evidence,
    rulebook: Rulebook = NOTHING_TAUGHT,
    fitting: Fitted | None = None,
) -> Verdict:
    """Weigh the evidence; findings are ranked and at least one is given.

    Every finding but ``unknown.unclassified`` names what speaks for it, and would be
    less likely without that. The confidence of the first is the probability that its
    family is right, as ``calibration`` knows it; the others divide what is left.
    The live rules of ``rulebook`` vote as well. ``fitting`` takes the place of what was
    learned and ships with the product.
    """
    learned_so_far = fitting or fitted.shipped()
    return conclude(weigh(evidence, learned_so_far.model, rulebook), learned_so_far)


def weigh(
    evidence: Evidence, model: Model, rulebook: Rulebook = NOTHING_TAUGHT
) -> Weighed:
    """Let every judge vote, and divide one whole among the causes."""
    inside = whole_mails.opened(evidence)
    reading = readers.read(
        inside.channel, inside.answer, inside.provider_code, inside.enhanced_code
    )
    votes = tuple(_votes(inside, reading, model, rulebook))
    if inside is not evidence:
        votes = tuple(whole_mails.placed(votes, inside, evidence))
    shares = weighing.shares(votes)
    # By share, then by name, so that equal shares have one order.
    order = sorted(shares, key=lambda category: (-shares[category], category))
    return Weighed(inside, reading, votes, shares, tuple(order), rulebook.mark)


def conclude(weighed: Weighed, fitting: Fitted) -> Verdict:
    """Say how sure each cause is, why, and whether the machine may send again."""
    votes = weighed.votes
    sure = weighing.confidences(
        weighed.order, weighed.shares, votes, fitting.calibration
    )
    kept = [
        category
        for place, category in enumerate(weighed.order)
        if place == 0 or sure[category] >= LEAST_CONFIDENCE
    ][:MOST_FINDINGS]
    findings = tuple(
        Finding(
            rank=rank,
            category=category,
            confidence=sure[category],
            speaks_for=_for(category, votes),
            speaks_against=_against(category, votes),
        )
        for rank, category in enumerate(kept, start=1)
    )
    return Verdict(
        findings,
        next_checks.after(findings),
        ruleset_version() + weighed.mark,
        auto_retry=retry_gate.allows(
            findings[0], votes, weighed.evidence, weighed.reading, fitting.least_retry
        ),
        model_version=fitting.version,
    )


@cache
def ruleset_version() -> str:
    """Return a name of the rules that changes whenever they do, within 20 letters."""
    digest = hashlib.sha256()
    read = (*codes.files(), *phrases.files(), retry_gate.SOURCE, fitted.SHIPPED)
    for file in (each for each in read if each.is_file()):
        digest.update(file.read_bytes())
    return f"1.{digest.hexdigest()[:10]}"


def _votes(
    evidence: Evidence, reading: Reading, model: Model, rulebook: Rulebook
) -> list[Vote]:
    coded = list(codes.judge(evidence, reading))
    worded = phrases.judge(evidence, [span for vote in coded for span in _words(vote)])
    votes = [*checks.judge(evidence), *kinds.judge(evidence), *coded, *worded]
    votes += taught.judge(evidence, rulebook.live, reading)
    votes += checks.weigh(evidence, votes)
    heard = [_heard(vote) for vote in votes if vote.weight > 0]
    votes += learned.judge(model, evidence, reading, heard)
    return [*votes, *codes.classes(reading, votes)]


def _words(vote: Vote) -> Iterator[tuple[int, int]]:
    """The span of a provider's code in the answer: such codes are made of words."""
    reason = vote.reason
    if reason.code != "provider_code" or reason.bundle != Bundle.ANSWER:
        return
    if reason.start is not None and reason.end is not None:
        yield reason.start, reason.end


def _heard(vote: Vote) -> Heard:
    reason = vote.reason
    if reason.bundle != Bundle.ANSWER or None in (reason.start, reason.end):
        return Heard(vote.category, vote.weight)
    return Heard(vote.category, vote.weight, reason.start or 0, reason.end or 0)


def _for(category: str, votes: Sequence[Vote]) -> tuple[Reason, ...]:
    own = [vote for vote in votes if vote.category == category and vote.weight > 0]
    return _strongest(own)


def _against(category: str, votes: Sequence[Vote]) -> tuple[Reason, ...]:
    """What was held against a cause, then what speaks for others instead."""
    held = [vote for vote in votes if vote.category == category and vote.weight < 0]
    others = [vote for vote in votes if vote.category != category and vote.weight > 0]
    if category == taxonomy.UNKNOWN:
        others = []
    return _strongest([*held, *others])


def _strongest(votes: Sequence[Vote]) -> tuple[Reason, ...]:
    ranked = sorted(votes, key=lambda vote: -abs(vote.weight))
    return tuple(vote.reason for vote in ranked[:MOST_REASONS])
