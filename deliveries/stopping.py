"""When does a bulk resend stop by itself?

A pure rule over what became of its last messages, so that a provider that breaks is
not handed the rest.
"""

from dataclasses import dataclass

PERCENT, WINDOW = 5, 50
MOST_PERCENT = 50  # a rule that admits more than half would stop nothing
LEAST_WINDOW, MOST_WINDOW = 20, 1_000
# A share of fewer than these would let one bad address stop everything.
LEAST = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """How many ``percent`` may go wrong of the ``window`` whose tries ended last."""

    percent: int = PERCENT
    window: int = WINDOW


USUAL = Rule()


def most_wrong(ended: int, rule: Rule = USUAL) -> int:
    """Return how many of the last ``ended`` messages may go wrong; one more stops."""
    return rule.percent * min(rule.window, max(LEAST, ended)) // 100


def too_many(ended: int, wrong: int, rule: Rule = USUAL) -> bool:
    """Say whether so many of the last ended messages went wrong that it stops.

    Wrong is what was refused, what bounced, and what nobody knows about: a provider
    that answers nothing is no better than one that says no.
    """
    return wrong > most_wrong(ended, rule)
