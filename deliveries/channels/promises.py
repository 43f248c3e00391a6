"""What does each kind of provider promise, as a table of the manual?

``docs/channels.md`` holds it between two marks; a test finds drift.
"""

from collections.abc import Sequence
from datetime import timedelta

from deliveries.channels.catalogue import Spec, specs
from deliveries.models import Dedup

NAMES = (
    "Adapter",
    "Channels",
    "Settings",
    "Credentials",
    "Accepted / at best",
    "Against a second copy",
    "In words",
)


def table() -> str:
    """Return the table in Markdown, one line an adapter in the order of the file."""
    head = [_line(NAMES), _line(["---"] * len(NAMES))]
    return "\n".join([*head, *(_row(spec) for spec in specs().values())]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(spec: Spec) -> str:
    settings = [
        _code(name) + ("" if default is None else "?")
        for name, default in spec.settings.items()
    ]
    credentials = [_code(name) for name in spec.secrets]
    credentials += [f"{_code(name)}?" for name in spec.optional_secrets]
    cells = (
        _code(spec.adapter),
        ", ".join(spec.channels),
        ", ".join(settings) or "–",
        ", ".join(credentials) or "–",
        f"{int(spec.level)} / {int(spec.attainable)}",
        _dedup(spec),
        f"{spec.duplicates} ({spec.source})",
    )
    return _line(cells)


def _code(name: str) -> str:
    return f"`{name}`"


def _dedup(spec: Spec) -> str:
    if spec.dedup is Dedup.KEY:
        return f"key, {spec.dedup_window // timedelta(hours=1)} h"
    if spec.look_up is not None:
        minutes = spec.look_up.settle // timedelta(minutes=1)
        return f"look-up after {minutes} min"
    return "none"
