"""What do published codes mean?

A provider's own code says nearly all; a class of SMTP or HTTP says little. The lists
are in ``code_tables.py``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from deliveries import readers, taxonomy
from deliveries.readers import Code, CodeKind, Place, Reading
from deliveries.taxonomy import RetryClass
from triage.diagnosis import code_tables
from triage.diagnosis.code_tables import Table, files, tables
from triage.diagnosis.evidence import Evidence, Param, Reason, Vote

__all__ = ["classes", "files", "judge", "tables"]

# A code that stands there twice is a little surer; see also the score in engine.py.
REPEATED = 0.05
# The three digits of SMTP say little beside an enhanced status of more weight.
BESIDE_ENHANCED = 0.4
# The status of HTTP says little beside the provider's own code.
BESIDE_OWN = 0.3
# A code of a known shape from a provider that we have no table of.
BORROWED = 0.7
# A code of a table that the form of the answer made us think of.
GUESSED = 0.6
# A permanent class (5yz) speaks against causes that pass by themselves, and the other
# way round; little, because many systems answer with the wrong class.
PERMANENT_AGAINST_SAFE = -0.4
TRANSIENT_AGAINST_LASTING = -0.2
# A mail provider has tried for days before it reports this; its word is its own.
GIVEN_UP_AGAINST_SAFE = -1.6
_GIVEN_UP = frozenset(
    {"hard_bounce", "hard_bounced", "hardbounce", "hardfail", "permanent", "hard"}
)

# The fields that a code which was given beside the answer may have stood in.
_GIVEN_FROM = (
    "code",
    "errorcode",
    "errcode",
    "status",
    "statuscode",
    "error",
    "event",
    "type",
    "reason",
    "result",
    "errno",
    "err",
    "stat",
    "bounceclass",
)
# Which folders of rules lend words to the providers of a channel.
_LENDERS = {
    "push": frozenset({"push"}),
    "sms": frozenset({"sms"}),
    "chat": frozenset({"chat"}),
    "social": frozenset({"chat"}),
}
_ALL = frozenset({"push", "sms", "chat", "mail"})
_STATUS = re.compile(r"\A[1-5]\d\d\Z")
_COUNTED = re.compile(r"_\d{1,6}$")  # FLOOD_WAIT_35


@dataclass(frozen=True, slots=True)
class _Told:
    """What a table says of a code, and how much of its weight counts."""

    code: Code
    table: Table
    category: str
    weight: float
    share: float = 1.0


def judge(evidence: Evidence, reading: Reading) -> Iterator[Vote]:
    """Yield one vote for every code that a table explains."""
    told = list(_told(evidence, reading))
    enhanced = _heaviest(told, CodeKind.ENHANCED)
    own = _heaviest(told, CodeKind.PROVIDER)
    for each in told:
        share = each.share
        if each.code.kind is CodeKind.SMTP and each.weight <= enhanced:
            share *= BESIDE_ENHANCED
        elif each.table.kind is CodeKind.HTTP and each.weight < own:
            share *= BESIDE_OWN
        sure = share * each.weight + REPEATED * log(each.code.times)
        yield Vote(each.category, sure, _reason(each))


def classes(reading: Reading, votes: Sequence[Vote]) -> Iterator[Vote]:
    """Yield what the classes of the codes of mail say against the causes voted for.

    A code that has voted for a cause says nothing against it.
    """
    of_mail = [
        code
        for code in reading.codes
        if code.kind in (CodeKind.ENHANCED, CodeKind.SMTP) or _is_given_up(code)
    ]
    voted = {(vote.category, vote.reason.params.get("code")) for vote in votes}
    for category in dict.fromkeys(vote.category for vote in votes):
        for code in of_mail:
            if (category, code.value) not in voted:
                yield from _against(code, category)


def _against(code: Code, category: str) -> Iterator[Vote]:
    retry = taxonomy.load().get(category).retry_class
    if _is_given_up(code) and retry is RetryClass.SAFE:
        weight, sentence = GIVEN_UP_AGAINST_SAFE, "class_permanent"
    elif code.value[0] == "5" and retry is RetryClass.SAFE:
        weight, sentence = PERMANENT_AGAINST_SAFE, "class_permanent"
    elif code.value[0] == "4" and retry is RetryClass.NEVER:
        weight, sentence = TRANSIENT_AGAINST_LASTING, "class_transient"
    else:
        return
    yield Vote(category, weight, _pointing(code, "class", 1, sentence, {}))


def _is_given_up(code: Code) -> bool:
    return bool(code.field) and code.value.lower() in _GIVEN_UP


def _told(evidence: Evidence, reading: Reading) -> Iterator[_Told]:
    channel = readers.known_channel(evidence.channel)
    own = code_tables.own(channel, evidence.provider)
    general = code_tables.general(channel)
    guessed = () if own else code_tables.guessed(channel, evidence.answer)
    for code in reading.codes:
        told = (
            _explained(code, own)
            or _guessed(code, guessed)
            or _explained(code, general)
            or _borrowed(code, channel, own)
        )
        if told:
            yield told


def _heaviest(told: Iterable[_Told], kind: CodeKind) -> float:
    return max(
        (each.weight for each in told if each.code.kind is kind is each.table.kind),
        default=0.0,
    )


def _explained(code: Code, served: Iterable[Table]) -> _Told | None:
    """Look a code up where its word counts in full; the first table decides."""
    for table in served:
        for key in _keys(code, table.kind):
            if key in table.codes:
                return _Told(code, table, *table.codes[key])
    return None


def _agreed(found: Sequence[_Told]) -> _Told | None:
    """Choose among tables that may not be the provider's, if they agree in family.

    Where only some hold that the cause passes by itself, those do not count.
    """
    if len({told.category.partition(".")[0] for told in found}) != 1:
        return None
    lasting = [told for told in found if not _passes(told.category)]
    return max(lasting or found, key=lambda told: told.weight)


def _passes(category: str) -> bool:
    return taxonomy.load().get(category).retry_class is RetryClass.SAFE


def _guessed(code: Code, served: Iterable[Table]) -> _Told | None:
    found = (_explained(code, [table]) for table in served)
    return _agreed([replace(told, share=GUESSED) for told in found if told])


def _borrowed(code: Code, channel: str, own: Sequence[Table]) -> _Told | None:
    """Explain a word-like code by other providers' tables, if all of them agree.

    The same word may mean another thing on another channel: a token, say.
    """
    if code.kind is not CodeKind.PROVIDER or channel == "email":
        return None
    return _agreed(
        [
            _Told(code, table, category, weight, BORROWED)
            for table, category, weight in code_tables.of_word(code.value)
            if table not in own and table.folder in _LENDERS.get(channel, _ALL)
        ]
    )


def _keys(code: Code, kind: CodeKind) -> Iterator[str]:
    """Yield the spellings under which a table of a kind may hold a code."""
    value = code.value.lower()
    if code.kind is kind is CodeKind.ENHANCED:
        yield value
        yield value.partition(".")[2]
    elif kind is CodeKind.PROVIDER:
        if code.kind is not CodeKind.ENHANCED:
            yield from _in_fields(code, value)
    elif code.kind is kind:
        yield value
    elif kind is CodeKind.HTTP and code.kind is CodeKind.PROVIDER:
        # Many providers put the status of HTTP into their own code field.
        yield from _STATUS.findall(value)


def _in_fields(code: Code, value: str) -> Iterator[str]:
    if code.field:
        yield f"{code.field}={value}"
    yield value
    if value.startswith("0x"):
        yield f"0x{value[2:].lstrip('0'):0>2}"
    elif _COUNTED.search(value):
        yield _COUNTED.sub("", value)
    if code.place is Place.PROVIDER_CODE and not code.field:
        for field in _GIVEN_FROM:
            yield f"{field}={value}"


def _reason(told: _Told) -> Reason:
    code, table = told.code, told.table
    params = {"category": told.category}
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
