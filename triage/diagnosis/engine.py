"""Which cause is likeliest, which others were considered, and why?

Judges vote: codes, words and facts each add to the score of a cause or take from it.
The same evidence always gives the same verdict; nothing is asked of a database.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import exp

from deliveries import readers, taxonomy
from triage.diagnosis import (
    checks,
    codes,
    kinds,
    next_checks,
    phrases,
    whole_mails,
)
from triage.diagnosis.evidence import Bundle, Evidence, Finding, Reason, Verdict, Vote

MOST_FINDINGS = 4
MOST_REASONS = 6
LEAST_CONFIDENCE = 0.02  # a cause below it is not worth a line on the desk

# The score of "cannot be told": a cause must say more than this to come first. At 1.0 a
# class of codes alone does not reach it, one clear wording does.
UNKNOWN_SCORE = 1.0
# Each further voice on a side counts half of the one before: voices of one answer
# are not independent. With one half, taking any voice away always lowers the score.
FURTHER = 0.5


def diagnose(evidence: Evidence) -> Verdict:
    """Weigh the evidence; findings are ranked and at least one is given.

    Every finding but ``unknown.unclassified`` names what speaks for it, and would be
    less likely without that. Confidence is a share: those of all considered causes,
    listed or not, sum to one.
    """
    inside = whole_mails.opened(evidence)
    votes = _votes(inside)
    if inside is not evidence:
        votes = list(whole_mails.placed(votes, inside, evidence))
    scores = _scores(votes)
    shares = _shares(scores)
    # By share, then by name, so that equal shares have one order.
    order = sorted(shares, key=lambda category: (-shares[category], category))
    kept = [
        category
        for place, category in enumerate(order)
        if place == 0 or shares[category] >= LEAST_CONFIDENCE
    ][:MOST_FINDINGS]
    findings = tuple(
        Finding(
            rank=rank,
            category=category,
            confidence=shares[category],
            speaks_for=_for(category, votes),
            speaks_against=_against(category, votes),
        )
        for rank, category in enumerate(kept, start=1)
    )
    return Verdict(findings, next_checks.after(findings), ruleset_version())


@cache
def ruleset_version() -> str:
    """Return a name of the rules that changes whenever they do, within 20 letters."""
    digest = hashlib.sha256()
    for file in (*codes.files(), *phrases.files()):
        digest.update(file.read_bytes())
    return f"1.{digest.hexdigest()[:10]}"


def _votes(evidence: Evidence) -> list[Vote]:
    reading = readers.read(
        evidence.channel,
        evidence.answer,
        evidence.provider_code,
        evidence.enhanced_code,
    )
    coded = list(codes.judge(evidence, reading))
    worded = phrases.judge(evidence, [span for vote in coded for span in _words(vote)])
    votes = [*checks.judge(evidence), *kinds.judge(evidence), *coded, *worded]
    return [*votes, *codes.classes(reading, votes)]


def _words(vote: Vote) -> Iterator[tuple[int, int]]:
    """The span of a provider's code in the answer: such codes are made of words."""
    reason = vote.reason
    if reason.code != "provider_code" or reason.bundle != Bundle.ANSWER:
        return
    if reason.start is not None and reason.end is not None:
        yield reason.start, reason.end


def _scores(votes: Iterable[Vote]) -> dict[str, float]:
    """Add up what speaks for each cause and take away what speaks against it."""
    voices: defaultdict[str, list[float]] = defaultdict(list)
    for vote in votes:
        voices[vote.category].append(vote.weight)
    scores = {taxonomy.UNKNOWN: UNKNOWN_SCORE}
    for category, weights in voices.items():
        said_for = _fading(weight for weight in weights if weight > 0)
        said_against = _fading(-weight for weight in weights if weight < 0)
        scores[category] = scores.get(category, 0.0) + said_for - said_against
    return scores


def _fading(weights: Iterable[float]) -> float:
    ranked = sorted(weights, reverse=True)
    return sum(weight * FURTHER**place for place, weight in enumerate(ranked))


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    highest = max(scores.values())
    odds = {category: exp(score - highest) for category, score in scores.items()}
    total = sum(odds.values())
    return {category: each / total for category, each in odds.items()}


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
