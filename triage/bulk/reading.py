"""Which act is meant by a stored verb and its parameters?"""

from collections.abc import Mapping
from typing import Any

from triage import incidents, macros
from triage.models import Ticket, Verb
from triage.tickets.acts import Act


def read(verb: str, said: Mapping[str, Any]) -> Act:
    """Make an act from its stored parameters.

    Raises ``DoesNotExist`` when what they name is gone, or a macro was changed since.
    """
    if verb != Verb.MERGE:
        return macros.read(verb, said)
    rows = Ticket.objects.select_related("group__category", "queue")
    return incidents.MergeInto(rows.get(pk=said["into"]))
