"""Which sizes does the benchmark run?

``python -m benchmarks.faults.full [NAME …]`` runs scenarios in the database of the
settings, which it migrates, and ends with one line of JSON.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import django
from django.core.management import call_command
from django.utils.module_loading import import_string

from benchmarks.faults.crew import leave_with_parent

SEED = 20_261_126
SIZES: dict[str, dict[str, Any]] = {
    "kills": {"messages": 10_000, "kills": 200, "seed": SEED, "real_time": True},
    "breaking": {
        "messages": 10_000,
        "breaks_at": 300,
        "canary": 20,
        "ramp": (50, 100, 200),
        "kills": 3,
        "seed": SEED,
        "real_time": True,
    },
    "race": {"messages": 500, "rounds": 20, "real_time": True},
    "notices": {"people": 1_000, "kills": 20, "seed": SEED, "real_time": True},
    "wipe": {"messages": 500, "wipes": 2},
    "outage": {
        "before": 300,
        "during": 300,
        "after": 300,
        "per_s": 10,
        "real_time": True,
    },
}


def run(names: list[str]) -> dict[str, Any]:
    """Run scenarios, all of them if none is named."""
    django.setup()
    call_command("migrate", verbosity=0)
    found = {}
    for name in names or SIZES:
        # Models cannot be imported before Django is set up.
        size = import_string(f"benchmarks.faults.{name}.Size")
        scenario: Callable[[Any], Any] = import_string(f"benchmarks.faults.{name}.run")
        found[name] = asdict(scenario(size(**SIZES[name])))
        print(name, found[name], file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    leave_with_parent()
    print(json.dumps(run(sys.argv[1:])))
