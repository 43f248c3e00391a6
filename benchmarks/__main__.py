"""Which benchmark is run? ``python -m benchmarks NAME [--json]``."""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import intake

BENCHMARKS: dict[str, Callable[[], Mapping[str, float]]] = {"intake": intake.run}
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run it, print its figures, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON for programs"
    )
    options = parser.parse_args()
    figures = BENCHMARKS[options.name]()
    table = "".join(f"{name:<20} {figure:>10g}\n" for name, figure in figures.items())
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{options.name}.txt").write_text(table)
    print(table, end="")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
