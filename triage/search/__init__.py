"""What do we have about these words? One question for everything on the desk."""

from triage.search.asking import PAGE, SHOWN, Asked, Hits, Since, find, suggestions
from triage.search.jump import Meaning, meaning_of, place_of
from triage.search.kinds import KINDS, Kind

__all__ = [
    "KINDS",
    "PAGE",
    "SHOWN",
    "Asked",
    "Hits",
    "Kind",
    "Meaning",
    "Since",
    "find",
    "meaning_of",
    "place_of",
    "suggestions",
]
