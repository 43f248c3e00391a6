"""How does a list of tickets become a file that others can read?

The ids are taken at once, as a selection, so the file holds what was shown when it was
asked for. A job writes the rows in the order of the list, in the language of who asked
and with the rights that they have then.
"""

from triage.exports.asking import ACTION, is_allowed, is_offered, start
from triage.exports.keeping import KEPT, forgotten, is_there, read, remove_old
from triage.exports.writing import INLINE, write

__all__ = [
    "ACTION",
    "INLINE",
    "KEPT",
    "forgotten",
    "is_allowed",
    "is_offered",
    "is_there",
    "read",
    "remove_old",
    "start",
    "write",
]
