"""What was learned from failures whose causes are known, and how is it kept?

``learned.json`` beside this file ships with the product; ``manage.py train_diagnosis``
writes it anew. It holds numbers alone: hashes, weights, the curve, the threshold.
"""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from triage.diagnosis.calibration import NAMES, Calibration
from triage.diagnosis.learned import Model

SHIPPED = Path(__file__).with_name("learned.json")
FORMAT = 1

# A weight is kept in one byte, in steps of this; finer would say nothing more.
UNIT = 0.05
MOST_UNITS = 127
_ROW = struct.Struct("<IB")  # hash of the feature, number of weights
_WEIGHT = struct.Struct("<Bb")  # number of the cause, weight in units


class Unreadable(ValueError):
    """A file of weights has another form than this version reads; train anew."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """All that was learned: the model, the curve, and the threshold of the gate.

    ``version`` names a file of weights within 20 letters; empty for one not kept.
    """

    model: Model
    calibration: Calibration
    least_retry: float
    version: str = ""


class _Stored(TypedDict):
    format: int
    trained: dict[str, str | int]
    causes: list[str]
    bias: list[float]
    rows: str
    calibration: dict[str, float]
    least_retry: float


@cache
def shipped() -> Fitted:
    """Read what ships with the product, once per process."""
    return loads(SHIPPED.read_text(encoding="utf-8"))


def dumps(fitted: Fitted, trained: dict[str, str | int]) -> str:
    """Return the text of the file; ``trained`` says from what it was learned."""
    curve = fitted.calibration
    stored: _Stored = {
        "format": FORMAT,
        "trained": trained,
        "causes": list(fitted.model.causes),
        "bias": [round(each, 3) for each in fitted.model.bias],
        "calibration": {
            "bias": round(curve.bias, 4),
            **{
                name: round(weight, 4)
                for name, weight in zip(NAMES, curve.weights, strict=True)
            },
        },
        "least_retry": round(fitted.least_retry, 4),
        "rows": base64.b64encode(_packed(fitted.model)).decode("ascii"),
    }
    return json.dumps(stored, indent=1) + "\n"


def loads(text: str) -> Fitted:
    """Read what ``dumps`` wrote; raises ``Unreadable``."""
    try:
        stored: _Stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise Unreadable(f"Weights of format {stored['format']} are not read.")
        curve = stored["calibration"]
        packed = base64.b64decode(stored["rows"], validate=True)
        return Fitted(
            model=Model(
                causes=tuple(stored["causes"]),
                bias=tuple(stored["bias"]),
                rows=_unpacked(packed, len(stored["causes"])),
            ),
            calibration=Calibration(
                curve["bias"], tuple(curve[name] for name in NAMES)
            ),
            least_retry=stored["least_retry"],
            version=f"{FORMAT}.{hashlib.sha256(text.encode()).hexdigest()[:10]}",
        )
    except (LookupError, TypeError, ValueError, struct.error) as error:
        raise Unreadable(f"The weights cannot be read: {error}") from error


def _packed(model: Model) -> bytes:
    packed = bytearray()
    for key, row in sorted(model.rows.items()):
        kept = [(at, units) for at, each in enumerate(row) if (units := _units(each))]
        if kept:
            packed += _ROW.pack(key, len(kept))
            for at, units in kept:
                packed += _WEIGHT.pack(at, units)
    return bytes(packed)


def _units(weight: float) -> int:
    return max(-MOST_UNITS, min(MOST_UNITS, round(weight / UNIT)))


def _unpacked(packed: bytes, width: int) -> dict[int, tuple[float, ...]]:
    # Equal weights are one object: the whole model takes a few megabytes.
    weights = {units: units * UNIT for units in range(-MOST_UNITS, MOST_UNITS + 1)}
    rows = {}
    at = 0
    while at < len(packed):
        key, size = _ROW.unpack_from(packed, at)
        at += _ROW.size
        row = [0.0] * width
        for cause, units in _WEIGHT.iter_unpack(packed[at : at + size * _WEIGHT.size]):
            row[cause] = weights[units]
        at += size * _WEIGHT.size
        rows[key] = tuple(row)
    return rows
