"""Answers of providers in the form they send them, with the table that explains each.

The values are our own. One line: table, provider as a report may spell it, the answer,
its cause.
"""

import pytest

from triage.diagnosis import codes, engine
from triage.diagnosis.evidence import Evidence, Finding

Answer = tuple[str, str, str, str]


def named(answers: list[Answer]) -> pytest.MarkDecorator:
    """Give each answer to a test, under the name of its table and its place there."""
    return pytest.mark.parametrize(
        "answer",
        answers,
        ids=[f"{table}-{at}" for at, (table, *_) in enumerate(answers)],
    )


def diagnosed(channel: str, provider: str, raw: str, code: str = "") -> Finding:
    """Return the likeliest cause of an answer."""
    evidence = Evidence(channel, provider, "never_arrived", raw, code)
    return engine.diagnose(evidence).findings[0]


def tells(channel: str, answer: Answer) -> None:
    """Fail unless the cause is the expected one, and the table spoke for it."""
    table, provider, raw, category = answer
    found = diagnosed(channel, provider, raw)
    assert found.category == category, found
    rules = {reason.rule.partition(".")[0] for reason in found.speaks_for}
    assert table in rules, rules


def untested(channel: str, answers: list[Answer]) -> set[str]:
    """Return the tables of providers of a folder of rules that no answer asks."""
    tables = {
        table.name
        for table in codes.tables()
        if table.providers and table.folder == channel
    }
    return tables - {table for table, *_ in answers}
