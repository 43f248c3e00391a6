"""Which benchmark is run? ``python -m benchmarks NAME [--json]``."""

import argparse
import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import django

BENCHMARKS = ("desk", "diagnosis", "faults", "intake", "knowledge", "resend")
INSIDE = ("diagnosis",)  # runs in this process; others start servers of their own
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run it, print its figures, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON for programs"
    )
    options = parser.parse_args()
    if options.name in INSIDE:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triage.settings")
        django.setup()
    # Only the one that runs: its imports may need what was just set up.
    benchmark = import_module(f"benchmarks.{options.name}")
    figures: dict[str, Any] = benchmark.run()
    rows = (f"{name:<32} {_shown(figure):>10}\n" for name, figure in figures.items())
    table = getattr(benchmark, "HEAD", "") + "".join(rows)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{options.name}.txt").write_text(table)
    print(table, end="")
    if options.json:
        print(json.dumps(figures))
    if figures.get("broken"):
        raise SystemExit(1)


def _shown(figure: float | list[str]) -> str:
    if isinstance(figure, list):
        return ", ".join(figure) or "none"
    return f"{figure:g}"


if __name__ == "__main__":
    main()
