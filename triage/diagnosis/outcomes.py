"""Which checks of our own records were run, and how did each end?

Every check has an outcome, also one that found nothing: the desk lists them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from deliveries import readers, retry
from triage import fingerprint
from triage.diagnosis import phrases
from triage.diagnosis.evidence import EarlierAttempt, Evidence, Param, Vote

# As many tries as the machine makes by itself, over as long a time: what lasts through
# all of them does not pass by itself.
WHOLE_BACKOFF = sum(retry.QUICK_DELAYS[1:], retry.QUICK_DELAYS[0])
WHOLE_TRIES = len(retry.QUICK_DELAYS) + 1
# What a person sees that hints at a cause; the others only say that it failed.
TELLING = ("delayed", "wrong_content", "duplicate", "blocked")


class Outcome(StrEnum):
    """How did a check end?"""

    HELD = "held"
    DID_NOT_HOLD = "did_not_hold"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was run; ``code`` is the key of its words in ``check_words``."""

    code: str
    outcome: Outcome
    params: Mapping[str, Param] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return a value for a JSON column, without what is empty."""
        stored: dict[str, object] = {"code": self.code, "outcome": str(self.outcome)}
        return stored | ({"params": dict(self.params)} if self.params else {})


@lru_cache(maxsize=8)  # judged and written down one after the other
def run(evidence: Evidence) -> tuple[Check, ...]:
    """Run every check; the order is that in which people should read them."""
    return tuple(_run(code, evidence) for code in _CHECKS)


def _run(code: str, evidence: Evidence) -> Check:
    found = _CHECKS[code](evidence)
    if found is None:
        return Check(code, Outcome.NOT_KNOWN)
    if not found:
        return Check(code, Outcome.DID_NOT_HOLD)
    return Check(code, Outcome.HELD, {} if found is True else found)


# Each check returns what it found: figures or True where it holds, False where it does
# not, None where our records cannot tell.
Found = Mapping[str, Param] | bool | None


def _outage(evidence: Evidence) -> Found:
    siblings = evidence.facts.siblings
    if siblings is None:
        return None
    if not siblings.surging:
        return False
    return {
        "people": siblings.people,
        "minutes": max(1, round(siblings.seconds / 60)),
    }


def _repeated(evidence: Evidence) -> Found:
    """The same answer, this time included, at least twice in a row."""
    if not evidence.earlier:
        return None
    times = 1 + len(_alike(evidence))
    return {"times": times} if times > 1 else False


def _alike(evidence: Evidence) -> list[EarlierAttempt]:
    """The tries right before this one that were answered alike."""
    if evidence.silent:
        return []
    found: list[EarlierAttempt] = []
    shape = fingerprint.shape(evidence.answer)
    codes = {evidence.provider_code, evidence.enhanced_code}
    for attempt in reversed(evidence.earlier):
        if shape and attempt.answer:
            same = fingerprint.shape(attempt.answer) == shape
        else:
            same = attempt.code in codes and bool(attempt.code)
        if not same:
            break
        found.append(attempt)
    return found


def _lasting(evidence: Evidence) -> Found:
    if not evidence.earlier:
        return None
    alike = _alike(evidence)
    if not alike:
        return False
    lasted = alike[0].at - alike[-1].at
    if len(alike) + 1 < WHOLE_TRIES and lasted < WHOLE_BACKOFF:
        return False
    return {"times": len(alike) + 1}


def _refused_before(evidence: Evidence) -> Found:
    """An earlier answer whose code calls the failure permanent."""
    if not evidence.earlier:
        return None
    for attempt in reversed(evidence.earlier):
        reading = readers.read(evidence.channel, attempt.answer, attempt.code, "")
        for code in reading.codes:
            of_mail = code.kind in (readers.CodeKind.ENHANCED, readers.CodeKind.SMTP)
            if of_mail and code.value[0] == "5":
                return {"code": code.value}
    return False


def _symptom(evidence: Evidence) -> Found:
    return {"symptom": evidence.symptom} if evidence.symptom in TELLING else False


def _log(evidence: Evidence) -> Found:
    if not evidence.log:
        return None
    return bool(of_log(evidence))


def of_log(evidence: Evidence) -> list[Vote]:
    """Judge the words of the client's log, as words of the detail."""
    told = replace(evidence, answer="", detail=evidence.log)
    return list(phrases.judge(told, ())) if evidence.log else []


def _of_message(name: str) -> Callable[[Evidence], Found]:
    """Make a check of a fact that only a known message has."""

    def check(evidence: Evidence) -> Found:
        facts = evidence.facts
        held: bool = getattr(facts, name)
        return held if facts.message or held else None

    return check


_CHECKS: dict[str, Callable[[Evidence], Found]] = {
    "delivered": _of_message("delivered"),
    "suppressed": _of_message("suppressed"),
    "expired": _of_message("expired"),
    "superseded": _of_message("superseded"),
    "expires_soon": lambda evidence: evidence.facts.expires_soon,
    "outage": _outage,
    "arrived_before": lambda evidence: evidence.facts.arrived_before,
    "repeated": _repeated,
    "lasting": _lasting,
    "refused_before": _refused_before,
    "symptom": _symptom,
    "client_log": _log,
}
CODES = tuple(_CHECKS)
