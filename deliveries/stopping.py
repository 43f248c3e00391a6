"""When does a bulk resend stop by itself?

A pure rule over what became of its last messages, so that a provider that breaks is
not handed the rest.
"""

from math import floor

WINDOW = 50  # of the messages whose try ended last
SHARE = 0.05
# A share of fewer than these would let one bad address stop everything.
LEAST = 20


def most_wrong(ended: int) -> int:
    """Return how many of the last ``ended`` messages may go wrong; one more stops."""
    return floor(SHARE * min(WINDOW, max(LEAST, ended)))


def too_many(ended: int, wrong: int) -> bool:
    """Say whether so many of the last ended messages went wrong that it stops.

    Wrong is what was refused, what bounced, and what nobody knows about: a provider
    that answers nothing is no better than one that says no.
    """
    return wrong > most_wrong(ended)
