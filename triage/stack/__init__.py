"""Where do the embedded PostgreSQL and Valkey live, and how are they run?

The wheels give the programs alone; folders, identities and command lines are
decided here, by values and ``stat``. Settings read this before Django exists.
"""

from triage.stack.folders import StackError, private_folder
from triage.stack.identity import Identity
from triage.stack.layout import LONGEST_RUN_PATH, Places, places
from triage.stack.programs import Programs, find
from triage.stack.servers import (
    Server,
    make_cluster,
    postgres,
    prepare,
    usable_programs,
    valkey,
)

__all__ = [
    "LONGEST_RUN_PATH",
    "Identity",
    "Places",
    "Programs",
    "Server",
    "StackError",
    "find",
    "make_cluster",
    "places",
    "postgres",
    "prepare",
    "private_folder",
    "usable_programs",
    "valkey",
]
