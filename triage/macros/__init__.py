"""Which steps and words do people keep for the next time, and how are they used?"""

from triage.macros.acting import RunMacro, read
from triage.macros.filling import NAMES, fill, values_of
from triage.macros.managing import (
    articles,
    change_macro,
    change_text,
    delete,
    find,
    offered,
    texts_for,
)
from triage.macros.running import dry_run, run
from triage.macros.steps import Outcome, StepKind, describe, steps_of

__all__ = [
    "NAMES",
    "Outcome",
    "RunMacro",
    "StepKind",
    "articles",
    "change_macro",
    "change_text",
    "delete",
    "describe",
    "dry_run",
    "fill",
    "find",
    "offered",
    "read",
    "run",
    "steps_of",
    "texts_for",
    "values_of",
]
