"""What do published codes mean?

The tables under ``rules/codes/`` hold, for each code, its category and the weight of its
word. A provider's own code says nearly all; a class of SMTP or HTTP says little.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import TypedDict

from deliveries import taxonomy
from deliveries.readers import Code, CodeKind, Reading
from deliveries.taxonomy import RetryClass
from triage.diagnosis.evidence import Evidence, Param, Reason, Vote

SOURCE = Path(__file__).with_name("rules") / "codes"

# A code that stands there twice is a little surer; see also the score in engine.py.
REPEATED = 0.05
# The three digits of SMTP say little beside an enhanced status of more weight.
BESIDE_ENHANCED = 0.4
# A code of a known shape from a provider that we have no table of.
BORROWED = 0.7
SHORTEST_BORROWED = 5  # letters; shorter codes mean different things elsewhere
# A permanent class (5yz) speaks against causes that pass by themselves, and the other
# way round; little, because many systems answer with the wrong class.
PERMANENT_AGAINST_SAFE = -0.4
TRANSIENT_AGAINST_LASTING = -0.2


@dataclass(frozen=True, slots=True)
class Table:
    """One published list: lower-case code -> (category, weight)."""

    name: str
    kind: CodeKind
    version: int
    channels: frozenset[str]
    providers: tuple[str, ...]
    codes: dict[str, tuple[str, float]]

    def serves(self, evidence: Evidence, provider: str) -> bool:
        """Whether the table is the one of this channel and provider."""
        if self.channels and evidence.channel not in self.channels:
            return False
        return not self.providers or any(name in provider for name in self.providers)


class _TableRow(TypedDict, total=False):
    name: str
    kind: str
    version: int
    channels: list[str]
    providers: list[str]
    codes: dict[str, tuple[str, float]]


def files() -> list[Path]:
    """Return the files of the tables, in one order."""
    return sorted(SOURCE.rglob("*.json"))


@cache
def tables() -> tuple[Table, ...]:
    """Read the tables, once per process; special ones come before general ones."""
    rows: list[_TableRow] = []
    for file in files():
        rows += json.loads(file.read_text(encoding="utf-8"))["tables"]
    read = [
        Table(
            name=row["name"],
            kind=CodeKind(row["kind"]),
            version=row["version"],
            channels=frozenset(row.get("channels", ())),
            providers=tuple(row.get("providers", ())),
            codes={
                code.lower(): (category, weight)
                for code, (category, weight) in row["codes"].items()
            },
        )
        for row in rows
    ]
    return tuple(
        sorted(read, key=lambda table: not (table.channels or table.providers))
    )


def judge(evidence: Evidence, reading: Reading) -> Iterator[Vote]:
    """Yield one vote for every code that a table explains."""
    provider = _bare(evidence.provider)
    served = [table for table in tables() if table.serves(evidence, provider)]
    told = [
        (code, *found)
        for code in reading.codes
        if (found := _explained(code, served) or _borrowed(code, evidence, served))
    ]
    enhanced = max(
        (weight for code, _, _, weight in told if code.kind is CodeKind.ENHANCED),
        default=0.0,
    )
    for code, table, category, weight in told:
        share = 1.0
        if code.kind is CodeKind.SMTP and weight <= enhanced:
            share = BESIDE_ENHANCED
        sure = share * weight + REPEATED * log(code.times)
        yield Vote(category, sure, _reason(table, code, category))


def classes(reading: Reading, votes: Sequence[Vote]) -> Iterator[Vote]:
    """Yield what the classes of the codes of mail say against the causes voted for.

    A code that has voted for a cause says nothing against it.
    """
    of_mail = [
        code
        for code in reading.codes
        if code.kind in (CodeKind.ENHANCED, CodeKind.SMTP)
    ]
    voted = {(vote.category, vote.reason.params.get("code")) for vote in votes}
    for category in dict.fromkeys(vote.category for vote in votes):
        for code in of_mail:
            if (category, code.value) not in voted:
                yield from _against(code, category)


def _against(code: Code, category: str) -> Iterator[Vote]:
    retry = taxonomy.load().get(category).retry_class
    if code.value[0] == "5" and retry is RetryClass.SAFE:
        weight, sentence = PERMANENT_AGAINST_SAFE, "class_permanent"
    elif code.value[0] == "4" and retry is RetryClass.NEVER:
        weight, sentence = TRANSIENT_AGAINST_LASTING, "class_transient"
    else:
        return
    yield Vote(category, weight, _pointing(code, "class", 1, sentence, {}))


def _bare(provider: str) -> str:
    """``Twilio_SMS`` and ``twilio-v1`` hold the name of one provider."""
    return "".join(letter for letter in provider.lower() if letter.isalnum())


def _explained(code: Code, served: Iterable[Table]) -> tuple[Table, str, float] | None:
    for table in served:
        for key in _keys(code, table.kind):
            if key in table.codes:
                return table, *table.codes[key]
    return None


def _keys(code: Code, kind: CodeKind) -> Iterator[str]:
    """Yield the spellings under which a table of a kind may hold a code."""
    value = code.value.lower()
    if code.kind is kind:
        if kind is CodeKind.ENHANCED:
            yield value
            yield value.partition(".")[2]
            return
        yield value
        if value.startswith("0x"):
            yield f"0x{value[2:].lstrip('0'):0>2}"
    elif code.kind is CodeKind.PROVIDER and kind is CodeKind.HTTP:
        # Many providers put the status of HTTP into their own code field.
        if len(value) == 3 and value.isdecimal():
            yield value
    elif code.kind is CodeKind.HTTP and kind is CodeKind.PROVIDER:
        yield value


def _borrowed(
    code: Code, evidence: Evidence, served: Iterable[Table]
) -> tuple[Table, str, float] | None:
    """Explain a word-like code by another provider's table, if all of them agree."""
    if code.kind is not CodeKind.PROVIDER or evidence.channel == "email":
        return None
    value = code.value.lower()
    if len(value) < SHORTEST_BORROWED or not value[0].isalpha():
        return None
    found = [
        (table, *table.codes[value])
        for table in tables()
        if table not in served and value in table.codes
    ]
    if not found or len({category for _, category, _ in found}) > 1:
        return None
    table, category, weight = found[0]
    return table, category, weight * BORROWED


def _reason(table: Table, code: Code, category: str) -> Reason:
    params = {"category": category}
    rule = f"{table.name}.{code.value}"
    return _pointing(code, rule, table.version, f"{code.kind}_code", params)


def _pointing(
    code: Code, rule: str, version: int, sentence: str, params: Mapping[str, Param]
) -> Reason:
    return Reason(
        rule=rule[:80],
        version=version,
        code=sentence,
        params={"code": code.value, **params},
        bundle=str(code.place),
        start=code.start,
        end=code.end,
    )
